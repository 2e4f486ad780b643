import { parseSyntax } from '../expression/parse-syntax.ts';
import { type Node, spanOf } from '../expression/syntax.ts';

/*
 * Whether one condition lets more through than another, read off their parts. Knows `&&`, `||`, lists
 * after `in`, and numbers after `<` and `>`; two conditions that differ in any other way are `other`.
 */

export type Width = 'same' | 'wider' | 'narrower' | 'other';

/** Null is the condition that is always true. */
export function compareConditions(before: string | null, after: string | null): Width {
  if (before === after) return 'same';
  const one = before === null ? null : parse(before);
  const other = after === null ? null : parse(after);
  if (one === undefined || other === undefined) return 'other';
  return compare(one, other);
}

function parse(text: string): Node | undefined {
  const syntax = parseSyntax(text);
  return syntax.ok ? syntax.parsed.ast : undefined;
}

function compare(before: Node | null, after: Node | null): Width {
  if (before === null) return after === null ? 'same' : 'narrower';
  if (after === null) return 'wider';
  if (textOf(before) === textOf(after)) return 'same';
  // A list of alternatives is compared as one, also when one of the two has only one of them.
  if (before.op === '||' || after.op === '||') {
    return flip(compareParts(partsOf(before, '||'), partsOf(after, '||'), flip));
  }
  if (before.op === '&&' || after.op === '&&') {
    return compareParts(partsOf(before, '&&'), partsOf(after, '&&'), (width) => width);
  }
  return compareAtoms(before, after);
}

/**
 * Parts that all must hold: without one of them more gets through. For alternatives `seen` turns
 * each answer round, and so does the caller.
 */
function compareParts(before: Node[], after: Node[], seen: (width: Width) => Width): Width {
  const gone = before.filter((part) => !after.some((each) => textOf(each) === textOf(part)));
  const come = after.filter((part) => !before.some((each) => textOf(each) === textOf(part)));
  const widths: Width[] = [];
  for (const part of gone) {
    const index = come.findIndex((each) => compare(part, each) !== 'other');
    const pair = come[index];
    if (pair === undefined) widths.push('wider');
    else {
      come.splice(index, 1);
      widths.push(seen(compare(part, pair)));
    }
  }
  for (const _ of come) widths.push('narrower');
  return join(widths);
}

function join(widths: readonly Width[]): Width {
  const told = new Set(widths.filter((width) => width !== 'same'));
  const [only, ...more] = told;
  if (only === undefined) return 'same';
  return more.length === 0 ? only : 'other';
}

function compareAtoms(before: Node, after: Node): Width {
  if (before.op === 'in' && after.op === 'in' && textOf(before.args[0]) === textOf(after.args[0])) {
    return compareLists(before.args[1], after.args[1]);
  }
  if (isEquality(before) && after.op === 'in' && textOf(before.args[0]) === textOf(after.args[0])) {
    const list = itemsOf(after.args[1]);
    return list?.includes(textOf(before.args[1])) ? (list.length === 1 ? 'same' : 'wider') : 'other';
  }
  if (before.op === 'in' && isEquality(after)) return flip(compareAtoms(after, before));
  return compareNumbers(before, after);
}

function isEquality(node: Node): node is Node & { op: '=='; args: [Node, Node] } {
  return node.op === '==';
}

function compareLists(before: Node, after: Node): Width {
  const one = itemsOf(before);
  const other = itemsOf(after);
  if (one === null || other === null) return 'other';
  const gained = other.some((each) => !one.includes(each));
  const lost = one.some((each) => !other.includes(each));
  if (gained && lost) return 'other';
  return gained ? 'wider' : lost ? 'narrower' : 'same';
}

function compareNumbers(before: Node, after: Node): Width {
  const one = boundOf(before);
  const other = boundOf(after);
  if (one === null || other === null || one.text !== other.text || one.op !== other.op) return 'other';
  if (one.value === other.value) return 'same';
  const lower = other.value < one.value;
  const least = one.op === '>' || one.op === '>=';
  return lower === least ? 'wider' : 'narrower';
}

function boundOf(node: Node): { op: string; text: string; value: number } | null {
  if (node.op !== '<' && node.op !== '<=' && node.op !== '>' && node.op !== '>=') return null;
  const [left, right] = node.args;
  const value = right.op === 'value' ? right.args : null;
  if (typeof value !== 'number' && typeof value !== 'bigint') return null;
  return { op: node.op, text: textOf(left), value: Number(value) };
}

function itemsOf(node: Node): string[] | null {
  if (node.op !== 'list') return null;
  return node.args.every((item) => item.op === 'value') ? node.args.map(textOf) : null;
}

function partsOf(node: Node, op: '&&' | '||'): Node[] {
  return node.op === op ? (node.args as readonly Node[]).flatMap((each) => partsOf(each, op)) : [node];
}

function textOf(node: Node): string {
  return spanOf(node).text.replaceAll(/\s+/g, ' ').trim();
}

export function flip(width: Width): Width {
  return width === 'wider' ? 'narrower' : width === 'narrower' ? 'wider' : width;
}
