import type { Json } from '../../../schemas/json.ts';
import type { Template } from '../contracts/template.ts';
import { evaluate, type Scope } from '../expression/evaluate.ts';
import { expressionsOf } from '../expression/expressions-of.ts';
import { isForbiddenKey } from '../expression/forbidden-key.ts';
import { parseSyntax } from '../expression/parse-syntax.ts';
import { referencesOf } from '../expression/references.ts';
import { renderTemplate } from '../expression/render-template.ts';
import { childrenOf, type Node, spanOf } from '../expression/syntax.ts';

/*
 * Evaluates what can be evaluated before a run has begun. A value that only the run can find out is
 * a hole; whatever reads one is unknown and says what it depends on. Never guesses: `false && hole`
 * is false because it is false for every value, everything else around a hole stays open.
 */

/** What an expression sees, and the paths in it that nobody knows yet. */
export interface Sight {
  scope: Scope;
  holes: readonly (readonly (string | number)[])[];
  /** Paths whose values are used and never shown. */
  hidden: readonly (readonly (string | number)[])[];
}

export type Seen =
  | { is: 'value'; value: Json }
  | { is: 'error'; message: string }
  /** Names as written, e.g. `steps.asset.outputs.role`. */
  | { is: 'open'; dependsOn: string[] };

/** When the run gets there it will be later than now. */
const clock = 'now()';

export function lookAt(expr: string, sight: Sight): Seen {
  const syntax = parseSyntax(expr);
  if (!syntax.ok) return { is: 'error', message: syntax.problem.message };
  return lookAtNode(syntax.parsed.ast, sight);
}

function lookAtNode(node: Node, sight: Sight): Seen {
  if (node.op === '&&' || node.op === '||') {
    const deciding = node.op === '||';
    const sides = [lookAtNode(node.args[0], sight), lookAtNode(node.args[1], sight)];
    if (sides.some((side) => side.is === 'value' && side.value === deciding))
      return { is: 'value', value: deciding };
    const open = openOf(sides);
    if (open !== null) return open;
    // Neither side decides: an error of one of them is the result, two that do not decide are the other word.
    const failed = sides.find((side) => side.is === 'error');
    if (failed !== undefined) return failed;
    return sides.every((side) => side.is === 'value' && typeof side.value === 'boolean')
      ? { is: 'value', value: !deciding }
      : evaluateNode(node, sight);
  }
  if (node.op === '!_') {
    const inner = lookAtNode(node.args, sight);
    return inner.is === 'value' && typeof inner.value === 'boolean'
      ? { is: 'value', value: !inner.value }
      : inner.is === 'open'
        ? inner
        : evaluateNode(node, sight);
  }
  if (node.op === '?:') {
    const [test, then, otherwise] = node.args;
    const tested = lookAtNode(test, sight);
    if (tested.is === 'open') return tested;
    if (tested.is === 'value' && typeof tested.value === 'boolean')
      return lookAtNode(tested.value ? then : otherwise, sight);
    return evaluateNode(node, sight);
  }
  return evaluateNode(node, sight);
}

function evaluateNode(node: Node, sight: Sight): Seen {
  const dependsOn = holesIn(node, sight);
  if (dependsOn.length > 0) return { is: 'open', dependsOn };
  const result = evaluate(spanOf(node).text, sight.scope);
  return result.ok ? { is: 'value', value: result.value } : { is: 'error', message: result.message };
}

function openOf(sides: readonly Seen[]): Seen | null {
  const dependsOn = sides.flatMap((side) => (side.is === 'open' ? side.dependsOn : []));
  return dependsOn.length === 0 ? null : { is: 'open', dependsOn: [...new Set(dependsOn)] };
}

function holesIn(node: Node, { holes }: Sight): string[] {
  const names = referencesOf(node)
    .filter(({ root, path }) => holes.some((hole) => overlap([root, ...path], hole)))
    .map(({ start, end }) => node.input.slice(start, end));
  return [...new Set(readsClock(node) ? [...names, clock] : names)];
}

/** A hole inside what is read opens it, and so does a hole around it. */
function overlap(one: readonly (string | number)[], other: readonly (string | number)[]): boolean {
  const shared = Math.min(one.length, other.length);
  return one.slice(0, shared).every((key, index) => key === other[index]);
}

function readsClock(node: Node): boolean {
  return (node.op === 'call' && node.args[0] === 'now') || childrenOf(node).some(readsClock);
}

/** Whether a template's value would show something hidden. */
export function showsHidden(template: Template, { hidden }: Sight): boolean {
  if (hidden.length === 0) return false;
  return expressionsOf(template).some((expr) => {
    const syntax = parseSyntax(expr);
    if (!syntax.ok) return false;
    return referencesOf(syntax.parsed.ast).some(({ root, path }) =>
      hidden.some((each) => overlap([root, ...path], each)),
    );
  });
}

/** A template filled as far as it can be. */
export type Filled =
  | { is: 'value'; value: Json }
  | { is: 'error'; message: string }
  /** `written`: known parts filled in, open ones as their expression. */
  | { is: 'open'; written: Json; dependsOn: string[] };

export function fill(template: Template, sight: Sight): Filled {
  const dependsOn = new Set<string>();
  const written = write(template, sight, dependsOn);
  if (dependsOn.size > 0) return { is: 'open', written, dependsOn: [...dependsOn] };
  const rendered = renderTemplate(template, sight.scope);
  return rendered.ok ? { is: 'value', value: rendered.value } : { is: 'error', message: rendered.message };
}

function write(template: Template, sight: Sight, dependsOn: Set<string>): Json {
  switch (template.t) {
    case 'literal':
      return template.value;
    case 'expr': {
      const seen = lookAt(template.expr, sight);
      return seen.is === 'value' ? seen.value : asWritten(template.expr, seen, dependsOn);
    }
    case 'text':
      return template.parts
        .map((part) => {
          if (typeof part === 'string') return part;
          const seen = lookAt(part.expr, sight);
          return seen.is === 'value' && typeof seen.value !== 'object'
            ? String(seen.value)
            : asWritten(part.expr, seen, dependsOn);
        })
        .join('');
    case 'list':
      return template.items.map((item) => write(item, sight, dependsOn));
    case 'map':
      return Object.fromEntries(
        Object.entries(template.fields)
          .filter(([key]) => !isForbiddenKey(key))
          .map(([key, field]) => [key, write(field, sight, dependsOn)]),
      );
  }
}

function asWritten(expr: string, seen: Seen, dependsOn: Set<string>): string {
  if (seen.is === 'open') for (const name of seen.dependsOn) dependsOn.add(name);
  return `\${{ ${expr.trim()} }}`;
}
