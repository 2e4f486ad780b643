import type { Json } from '../../../schemas/json.ts';
import type { ScalarStyle } from '../diagnostics/map-scalar.ts';
import type { Span } from '../diagnostics/position.ts';

/*
 * A playbook file as plain values that know where they stand. Everything behind the YAML reader
 * works on these and never sees the YAML library.
 */

export interface PlaybookSource {
  file: string;
  text: string;
  root: SourceMap;
}

export type SourceNode = SourceMap | SourceList | SourceScalar;

export interface SourceMap {
  kind: 'map';
  at: Span;
  /** JSON pointer (RFC 6901). */
  path: string;
  fields: Map<string, SourceField>;
}

export interface SourceField {
  key: string;
  keyAt: Span;
  value: SourceNode;
}

export interface SourceList {
  kind: 'list';
  at: Span;
  path: string;
  items: SourceNode[];
}

export interface SourceScalar {
  kind: 'scalar';
  at: Span;
  path: string;
  value: string | number | boolean | null;
  style: ScalarStyle;
}

export function toJson(node: SourceNode): Json {
  switch (node.kind) {
    case 'scalar':
      return node.value;
    case 'list':
      return node.items.map(toJson);
    case 'map': {
      // Entries, not assignment: `__proto__` stays an ordinary key.
      return Object.fromEntries([...node.fields.values()].map(({ key, value }) => [key, toJson(value)]));
    }
  }
}

/** The value under a key; undefined when there is none or the node is no map. */
export function field(node: SourceNode | undefined, key: string): SourceNode | undefined {
  return node?.kind === 'map' ? node.fields.get(key)?.value : undefined;
}

export function mapField(node: SourceNode | undefined, key: string): SourceMap | undefined {
  const value = field(node, key);
  return value?.kind === 'map' ? value : undefined;
}

export function listField(node: SourceNode | undefined, key: string): SourceNode[] {
  const value = field(node, key);
  return value?.kind === 'list' ? value.items : [];
}

export function scalarField(node: SourceNode | undefined, key: string): SourceScalar | undefined {
  const value = field(node, key);
  return value?.kind === 'scalar' ? value : undefined;
}

/** A text under a key; undefined for numbers, booleans and null: nothing is coerced. */
export function textField(node: SourceNode | undefined, key: string): string | undefined {
  const value = scalarField(node, key)?.value;
  return typeof value === 'string' ? value : undefined;
}

export function textItems(node: SourceNode | undefined, key: string): string[] {
  return listField(node, key).flatMap((item) =>
    item.kind === 'scalar' && typeof item.value === 'string' ? [item.value] : [],
  );
}

/** Where a key stands; the whole map when it has no such key. */
export function keyAt(node: SourceMap, key: string): Span {
  return node.fields.get(key)?.keyAt ?? firstKeyAt(node);
}

/** Something short to point at when a whole map is meant. */
export function firstKeyAt(node: SourceMap): Span {
  for (const { keyAt } of node.fields.values()) return keyAt;
  return node.at;
}

/** Follows a JSON pointer; the nearest node that exists. */
export function nodeAt(root: SourceNode, pointer: string): SourceNode {
  let node = root;
  for (const part of pointer.split('/').slice(1)) {
    const name = part.replaceAll('~1', '/').replaceAll('~0', '~');
    const next =
      node.kind === 'map'
        ? node.fields.get(name)?.value
        : node.kind === 'list'
          ? node.items[Number(name)]
          : undefined;
    if (!next) return node;
    node = next;
  }
  return node;
}

export function pointerTo(parent: string, part: string | number): string {
  return `${parent}/${String(part).replaceAll('~', '~0').replaceAll('/', '~1')}`;
}
