import type { Json } from '../../../schemas/json.ts';
import { parseSyntax } from '../expression/parse-syntax.ts';
import { type Node, pathOf, sourceOf } from '../expression/syntax.ts';

/*
 * What a condition can come to, from what is known on a path: true, false, an error, or several of
 * them. Reads `==`, `!=`, `in`, `&&`, `||`, `!`, `? :`, `has` and tests of `.status`; everything else is
 * an opaque atom that may come to anything, but to the same thing twice while nothing it reads changes.
 */

export interface Outcomes {
  true: boolean;
  false: boolean;
  error: boolean;
}

export const anything: Outcomes = { true: true, false: true, error: true };

/** What a condition may ask about. */
export interface Sight {
  /** Words that `steps.<id>.status` may be; null when any. */
  status(id: string): readonly string[] | null;
  /** Whether `steps.<id>` is an action step: it has outputs only when it succeeded. */
  isAction(id: string): boolean;
  /** The constant behind an expression's text. */
  value(text: string): Json | undefined;
  isNot(text: string, constant: string): boolean;
  held(text: string): boolean | undefined;
  /** Reading this text fails on every run that gets here. */
  fails(text: string): boolean;
}

/** What can be learnt from a condition's outcome. */
export interface Learn {
  status(id: string, words: readonly string[]): void;
  value(text: string, value: Json): void;
  not(text: string, value: Json): void;
  held(text: string, holds: boolean): void;
}

export function judgeText(expr: string, sight: Sight): Outcomes {
  const syntax = parseSyntax(expr);
  return syntax.ok ? judge(syntax.parsed.ast, sight) : { true: false, false: false, error: true };
}

/** Tells `learn` what must hold when the condition came to `holds`. */
export function assumeText(expr: string, holds: boolean, sight: Sight, learn: Learn): void {
  const syntax = parseSyntax(expr);
  if (syntax.ok) assume(syntax.parsed.ast, holds, sight, learn);
}

function judge(node: Node, sight: Sight): Outcomes {
  switch (node.op) {
    case 'value':
      return typeof node.args === 'boolean' ? known(node.args) : { true: false, false: false, error: true };
    case '!_': {
      const inner = judge(node.args, sight);
      return { true: inner.false, false: inner.true, error: inner.error };
    }
    case '&&': {
      const [a, b] = both(node.args, sight);
      // `false` wins over an error on either side; an error beside true stays one.
      return {
        true: a.true && b.true,
        false: a.false || b.false,
        error: (a.error && (b.true || b.error)) || (b.error && (a.true || a.error)),
      };
    }
    case '||': {
      const [a, b] = both(node.args, sight);
      return {
        true: a.true || b.true,
        false: a.false && b.false,
        error: (a.error && (b.false || b.error)) || (b.error && (a.false || a.error)),
      };
    }
    case '?:': {
      const [test, then, otherwise] = node.args;
      const tested = judge(test, sight);
      const none = { true: false, false: false, error: false };
      const yes = tested.true ? judge(then, sight) : none;
      const no = tested.false ? judge(otherwise, sight) : none;
      return {
        true: yes.true || no.true,
        false: yes.false || no.false,
        error: tested.error || yes.error || no.error,
      };
    }
    case '==':
      return judgeEquality(node, sight);
    case '!=': {
      if (equalityOf(node) === null) return judgeAtom(node, sight);
      const equal = judgeEquality(node, sight);
      return { true: equal.false, false: equal.true, error: equal.error };
    }
    case 'in':
      return judgeMembership(node, sight);
    default:
      return judgeAtom(node, sight);
  }
}

function both(args: readonly [Node, Node], sight: Sight): [Outcomes, Outcomes] {
  return [judge(args[0], sight), judge(args[1], sight)];
}

function judgeEquality(node: Node, sight: Sight): Outcomes {
  const test = equalityOf(node);
  if (test === null) return judgeAtom(node, sight);
  const { side, text, constant } = test;
  const id = statusOf(side);
  if (id !== null) {
    const words = sight.status(id);
    if (words === null) return { true: true, false: true, error: false };
    return {
      true: words.some((word) => word === constant),
      false: words.some((word) => word !== constant),
      error: false,
    };
  }
  if (sight.fails(text)) return { true: false, false: false, error: true };
  const value = sight.value(text);
  // A comparison of different types may be refused instead of answered.
  if (value !== undefined) return { ...known(value === constant), error: typeof value !== typeof constant };
  return sight.isNot(text, JSON.stringify(constant)) ? { true: false, false: true, error: true } : anything;
}

function judgeMembership(node: Node, sight: Sight): Outcomes {
  const test = membershipOf(node);
  if (test === null) return judgeAtom(node, sight);
  const { side, text, constants } = test;
  const id = statusOf(side);
  const words = id === null ? null : sight.status(id);
  if (words !== null) {
    return {
      true: words.some((word) => constants.includes(word)),
      false: words.some((word) => !constants.includes(word)),
      error: false,
    };
  }
  if (sight.fails(text)) return { true: false, false: false, error: true };
  const value = sight.value(text);
  if (value !== undefined) {
    const error = constants.some((constant) => typeof constant !== typeof value);
    return { ...known(constants.some((constant) => constant === value)), error };
  }
  if (constants.every((constant) => sight.isNot(text, JSON.stringify(constant))))
    return { true: false, false: true, error: true };
  return judgeAtom(node, sight);
}

function judgeAtom(node: Node, sight: Sight): Outcomes {
  const text = sourceOf(node).trim();
  if (sight.fails(text)) return { true: false, false: false, error: true };
  const value = sight.value(text);
  if (typeof value === 'boolean') return known(value);
  const held = sight.held(text);
  if (held !== undefined) return known(held);
  if (node.op === 'call' && node.args[0] === 'has') {
    const path = node.args[1][0] && pathOf(node.args[1][0]);
    const [id, part] = path?.segments.map(({ key }) => key) ?? [];
    if (path?.root.name === 'steps' && typeof id === 'string' && part === 'outputs' && sight.isAction(id)) {
      const words = sight.status(id);
      if (words !== null && !words.includes('succeeded')) return known(false);
    }
  }
  return anything;
}

function assume(node: Node, holds: boolean, sight: Sight, learn: Learn): void {
  switch (node.op) {
    case 'value':
      return;
    case '!_':
      assume(node.args, !holds, sight, learn);
      return;
    case '&&':
    case '||': {
      const [left, right] = node.args;
      const every = node.op === '&&' ? holds : !holds;
      if (every) {
        assume(left, holds, sight, learn);
        assume(right, holds, sight, learn);
        return;
      }
      // One of the two decided it: when the other cannot have, this one did.
      const word = holds ? 'true' : 'false';
      if (!judge(left, sight)[word]) assume(right, holds, sight, learn);
      else if (!judge(right, sight)[word]) assume(left, holds, sight, learn);
      return;
    }
    case '==':
    case '!=':
      assumeEquality(node, node.op === '==' ? holds : !holds, sight, learn);
      return;
    case 'in':
      assumeMembership(node, holds, sight, learn);
      return;
    case '?:':
      return;
    default:
      learnAtom(node, holds, learn);
  }
}

function assumeEquality(node: Node, equal: boolean, sight: Sight, learn: Learn): void {
  const test = equalityOf(node);
  if (test === null) {
    learnAtom(node, node.op === '==' ? equal : !equal, learn);
    return;
  }
  const id = statusOf(test.side);
  if (id !== null) {
    const words = sight.status(id);
    if (words !== null)
      learn.status(
        id,
        words.filter((word) => (word === test.constant) === equal),
      );
  } else if (equal) learn.value(test.text, test.constant);
  else learn.not(test.text, test.constant);
}

function assumeMembership(node: Node, holds: boolean, sight: Sight, learn: Learn): void {
  const test = membershipOf(node);
  if (test === null) {
    learnAtom(node, holds, learn);
    return;
  }
  const id = statusOf(test.side);
  if (id !== null) {
    const words = sight.status(id);
    if (words !== null)
      learn.status(
        id,
        words.filter((word) => test.constants.includes(word) === holds),
      );
    return;
  }
  const [only, ...more] = test.constants;
  if (!holds) for (const constant of test.constants) learn.not(test.text, constant);
  else if (only !== undefined && more.length === 0) learn.value(test.text, only);
  else learnAtom(node, true, learn);
}

function learnAtom(node: Node, holds: boolean, learn: Learn): void {
  const text = sourceOf(node).trim();
  if (pathOf(node)) learn.value(text, holds);
  else learn.held(text, holds);
}

function known(value: boolean): Outcomes {
  return { true: value, false: !value, error: false };
}

type Constant = string | boolean;

/** `<something> == <constant>`, either way round. Numbers are left out: 1 and 1.0 are equal here, not in JSON text. */
function equalityOf(node: Node): { side: Node; text: string; constant: Constant } | null {
  if (node.op !== '==' && node.op !== '!=') return null;
  const [left, right] = node.args;
  for (const [side, other] of [
    [left, right],
    [right, left],
  ] as const) {
    const constant = constantOf(other);
    if (constant !== null && side.op !== 'value') return { side, text: sourceOf(side).trim(), constant };
  }
  return null;
}

function membershipOf(node: Node): { side: Node; text: string; constants: Constant[] } | null {
  if (node.op !== 'in') return null;
  const [side, list] = node.args;
  if (list.op !== 'list' || side.op === 'value') return null;
  const constants = list.args.map(constantOf);
  return constants.every((constant) => constant !== null)
    ? { side, text: sourceOf(side).trim(), constants }
    : null;
}

function constantOf(node: Node): Constant | null {
  if (node.op !== 'value') return null;
  return typeof node.args === 'string' || typeof node.args === 'boolean' ? node.args : null;
}

/** The id in `steps.<id>.status`. */
function statusOf(node: Node): string | null {
  const path = pathOf(node);
  if (path?.root.name !== 'steps' || path.segments.some(({ optional }) => optional)) return null;
  const [id, field, ...rest] = path.segments.map(({ key }) => key);
  return typeof id === 'string' && field === 'status' && rest.length === 0 ? id : null;
}

/** Every text that `judge` or `assume` may ask about. */
export function atomsOf(expr: string): string[] {
  const atoms: string[] = [];
  const syntax = parseSyntax(expr);
  if (syntax.ok) collectAtoms(syntax.parsed.ast, atoms);
  return atoms;
}

function collectAtoms(node: Node, atoms: string[]): void {
  switch (node.op) {
    case 'value':
      return;
    case '!_':
      collectAtoms(node.args, atoms);
      return;
    case '&&':
    case '||':
    case '?:':
      for (const child of node.args) collectAtoms(child, atoms);
      return;
    case '==':
    case '!=': {
      const test = equalityOf(node);
      atoms.push(test === null ? sourceOf(node).trim() : test.text);
      return;
    }
    case 'in': {
      const test = membershipOf(node);
      atoms.push(sourceOf(node).trim(), ...(test === null ? [] : [test.text]));
      return;
    }
    default:
      atoms.push(sourceOf(node).trim());
  }
}
