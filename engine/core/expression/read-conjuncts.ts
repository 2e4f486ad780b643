import type { IndexedNeed } from '../contracts/plan.ts';
import { parseSyntax } from './parse-syntax.ts';
import { type Reference, referencesOf } from './references.ts';
import { comprehensionOf, type Node, pathOf, sourceOf } from './syntax.ts';

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

/** A part that must hold: what is at a path below a root equals what does not come from there. */
export interface Equality {
  /** Dotted, without the root; `alert.targets.hosts[].id` is that of any item of a list. */
  path: string;
  /** The other side. */
  expr: string;
  /** What the other side is made of. */
  references: Reference[];
}

/** `root.a.b == <expr>` and `root.list.exists(v, v.a == <expr> && …)`, either way round, in the order of the condition. */
export function equalities(condition: string, root: string): Equality[] {
  const names: Names = { root, above: '', bound: [root] };
  return conjunctsOf(condition).flatMap((part) => equalitiesOf(part, names));
}

interface Names {
  /** What a path begins with, and what stands before it in the answer. */
  root: string;
  above: string;
  /** Names that the other side may not use. */
  bound: readonly string[];
}

function equalitiesOf(part: Node, names: Names): Equality[] {
  if (part.op === 'rcall' && part.args[0] === 'exists') return equalitiesInside(part, names);
  if (part.op !== '==') return [];
  const [left, right] = part.args;
  return [[left, right] as const, [right, left] as const].flatMap(([key, value]) => {
    const path = pathBelow(key, names);
    const references = referencesOf(value);
    const own = references.every((reference) => !names.bound.includes(reference.root));
    return path === null || path === '' || !own ? [] : [{ path, expr: sourceOf(value), references }];
  });
}

function equalitiesInside(part: Node, names: Names): Equality[] {
  const walk = comprehensionOf(part);
  const list = walk === undefined ? null : pathBelow(walk.range, names);
  const [body] = walk?.bodies ?? [];
  if (walk === undefined || list === null || body === undefined) return [];
  const root = walk.variable;
  return flatten(body).flatMap((each) =>
    equalitiesOf(each, { root, above: `${list}[]`, bound: [...names.bound, root] }),
  );
}

/** Null: it is no path from there, or one that cannot be told from another when it is dotted. */
function pathBelow(node: Node, { root, above }: Names): string | null {
  const [first, ...rest] = plainPath(node) ?? [];
  if (first !== root || rest.some((name) => name === '' || /[.[\]]/.test(name))) return null;
  return [...(above === '' ? [] : [above]), ...rest].join('.');
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
