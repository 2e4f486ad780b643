import type { IndexedNeed } from '../contracts/plan.ts';
import { parseSyntax } from './parse-syntax.ts';
import { referencesOf } from './references.ts';
import { type Node, pathOf, sourceOf } from './syntax.ts';

/*
 * What a condition certainly demands, read off the parts that must all hold. It serves as an index:
 * what is not recognised costs a try, never a match.
 */

/**
 * `root.a.b == "x"` and `root.a.b in ["x", "y"]` as needs. A condition whose need is not met is
 * false, unless the value is missing: then it fails, which only evaluating shows.
 */
export function indexedNeeds(condition: string, root: string): IndexedNeed[] {
  return conjunctsOf(condition).flatMap((part) => {
    if (part.op !== '==' && part.op !== 'in') return [];
    const [left, right] = part.args;
    const values = part.op === 'in' ? textsOf(right) : (textOf(right) ?? textOf(left));
    const path = plainPath(part.op === '==' && textOf(left) !== null ? right : left);
    return path?.[0] === root && values !== null ? [{ path: path.join('.'), values }] : [];
  });
}

/** The other side of `path == …` when it does not depend on the path's root. */
export function keyOf(condition: string, path: string): { path: string; expr: string } | null {
  const root = path.split('.')[0];
  for (const part of conjunctsOf(condition)) {
    if (part.op !== '==') continue;
    const [left, right] = part.args;
    for (const [key, value] of [
      [left, right],
      [right, left],
    ] as const) {
      const found = plainPath(key)?.join('.') === path;
      if (found && referencesOf(value).every((reference) => reference.root !== root))
        return { path, expr: sourceOf(value) };
    }
  }
  return null;
}

/** The parts that must all hold, as text: a condition that has them all and more is the narrower one. */
export function conjunctTexts(condition: string): string[] {
  return conjunctsOf(condition).map((part) => sourceOf(part).replace(/\s+/g, ' '));
}

function conjunctsOf(condition: string): Node[] {
  const syntax = parseSyntax(condition);
  return syntax.ok ? flatten(syntax.parsed.ast) : [];
}

function flatten(node: Node): Node[] {
  return node.op === '&&' ? node.args.flatMap(flatten) : [node];
}

/** The names of a path without `.?` and without indexes. */
function plainPath(node: Node): string[] | null {
  const path = pathOf(node);
  if (!path || path.segments.some(({ key, optional }) => optional || typeof key !== 'string')) return null;
  return [path.root.name, ...path.segments.map(({ key }) => String(key))];
}

function textOf(node: Node): string[] | null {
  return node.op === 'value' && typeof node.args === 'string' ? [node.args] : null;
}

function textsOf(node: Node): string[] | null {
  if (node.op !== 'list') return null;
  const values = node.args.map(textOf);
  return values.every((value) => value !== null) ? values.flat() : null;
}
