import {
  type Document,
  isAlias,
  isMap,
  isNode,
  isPair,
  isScalar,
  isSeq,
  type Node,
  type Pair,
  type Scalar,
  visit,
  type YAMLMap,
} from 'yaml';
import { unwrapExpression } from '../expression/parse-template.ts';
import type { Shape } from './shape.ts';

/** What is known about a value before it is written: how much of its line is taken, and what it is. */
export interface Layout {
  /** Columns that its key takes. */
  lead: number;
  isExpression: boolean;
}

export type Layouts = ReadonlyMap<Node, Layout>;

/** Puts keys in order, takes `${{ }}` off expressions and sets blank lines; values keep their meaning. */
export function arrange(document: Document, shape: Shape, canReorder: boolean): Layouts {
  tidyComments(document);
  const layouts = new Map<Node, Layout>();
  const walk = (node: Node | null, at: Shape, lead: number, around = false): void => {
    if (node === null) return;
    layouts.set(node, { lead, isExpression: at.isExpression });
    // What is anchored may stand elsewhere too, where only `${{ }}` says that it is an expression.
    const isShared = around || (!isAlias(node) && node.anchor !== undefined);
    if (isScalar(node) && at.isExpression && !isShared) unwrap(node);
    if (isSeq(node)) {
      for (const item of node.items) if (isNode(item)) walk(item, at.item(), 0, isShared);
    }
    if (isMap(node)) {
      if (canReorder) orderKeys(node, at.keys);
      for (const { key, value } of node.items) {
        const name = isScalar(key) ? String(key.value) : '';
        if (isNode(value)) walk(value, at.child(name), name.length, isShared);
      }
    }
  };
  walk(document.contents, shape, 0);
  if (isMap(document.contents)) spaceOut(document.contents);
  return layouts;
}

/** One blank line between comments at most, and none at their end, where the library would add one each time. */
function tidyComments(document: Document): void {
  const tidy = (comment: string | null | undefined) => {
    const text = comment?.replace(/\n{3,}/g, '\n\n').replace(/^\n+|\n+$/g, '');
    return text === undefined || text === '' ? null : text;
  };
  document.commentBefore = tidy(document.commentBefore);
  document.comment = tidy(document.comment);
  visit(document, {
    Node: (_key, node) => {
      node.commentBefore = tidy(node.commentBefore);
      node.comment = tidy(node.comment);
    },
  });
}

function unwrap(scalar: Scalar): void {
  if (typeof scalar.value !== 'string') return;
  const { expr, wrapped } = unwrapExpression(scalar.value);
  if (wrapped) scalar.value = expr;
}

/** Unknown keys and `x-…` keep their order behind the known ones. Comments above a key move with it. */
function orderKeys(map: YAMLMap, keys: readonly string[]): void {
  if (keys.length === 0) return;
  const rank = (pair: Pair) => {
    const at = isScalar(pair.key) ? keys.indexOf(String(pair.key.value)) : -1;
    return at === -1 ? keys.length : at;
  };
  const ordered = map.items
    .map((pair, at) => ({ pair, at }))
    .sort((a, b) => rank(a.pair) - rank(b.pair) || a.at - b.at)
    .map(({ pair }) => pair);
  const [first] = map.items;
  if (first === undefined || ordered[0] === first) {
    map.items = ordered;
    return;
  }
  // The parser gives a comment above the first key to the map; it is about that key.
  if (isNode(first.key) && map.commentBefore) {
    first.key.commentBefore = [map.commentBefore, first.key.commentBefore].filter(Boolean).join('\n');
    map.commentBefore = null;
  }
  map.items = ordered;
  const [top] = ordered;
  if (isNode(top?.key)) top.key.spaceBefore = false;
}

const sections = [
  'triggers',
  'inputs',
  'vars',
  'dedupe',
  'guards',
  'defaults',
  'steps',
  'on_failure',
  'finally',
  'outputs',
  'given',
  'cases',
];
const lists = ['steps', 'on_failure', 'finally', 'cases'];

/** A blank line above every section and between the steps; elsewhere the author's stay. */
function spaceOut(root: YAMLMap): void {
  for (const [at, pair] of root.items.entries()) {
    if (!isPair(pair) || !isScalar(pair.key)) continue;
    const name = String(pair.key.value);
    if (at > 0 && sections.includes(name) && !isShort(pair.value)) pair.key.spaceBefore = true;
    if (!lists.includes(name) || !isSeq(pair.value) || pair.value.flow) continue;
    for (const [index, item] of pair.value.items.entries()) {
      if (isMap(item) && !item.flow) item.spaceBefore = index > 0;
    }
  }
}

function isShort(value: unknown): boolean {
  return isScalar(value) || ((isMap(value) || isSeq(value)) && value.flow === true);
}
