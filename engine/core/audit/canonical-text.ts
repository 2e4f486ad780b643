import canonicalize from 'canonicalize';
import type { JsonObject } from '../../../schemas/json.ts';
import { invariant } from '../contracts/invariant.ts';

/*
 * RFC 8785 is what `JSON.stringify` writes, with the members in order and without lone surrogates. Where both are
 * so already it writes the text itself, at a fifth of the price: each entry is written once by whoever records it
 * and once more by whoever seals it. Everything else is the library's, also to refuse.
 */

export function canonicalText(value: object): string {
  const text = textInOrder(value) ?? canonicalize(value);
  invariant(text !== undefined, 'an entry is always serialisable');
  return text;
}

/** @param value what `text` was parsed to */
export function isCanonicalText(value: object, text: string): boolean {
  if (textInOrder(value) === text) return true;
  try {
    return canonicalize(value) === text;
  } catch {
    return false;
  }
}

/** Deeper than any entry of ours; a text that is made of brackets must not end the stack. */
const depthMax = 32;

function textInOrder(value: object): string | null {
  if (!isInOrder(value, depthMax)) return null;
  const text = JSON.stringify(value);
  // A lone surrogate is written as its escape; whatever else looks like one costs only time.
  return text.includes('\\ud') ? null : text;
}

function isInOrder(value: unknown, depth: number): boolean {
  if (typeof value === 'number') return Number.isFinite(value);
  if (typeof value !== 'object' || value === null) return true;
  if (depth === 0 || 'toJSON' in value) return false;
  if (Array.isArray(value)) return value.every((item) => isInOrder(item, depth - 1));
  let last: string | null = null;
  for (const name of Object.keys(value)) {
    if ((last !== null && name <= last) || !isInOrder((value as JsonObject)[name], depth - 1)) return false;
    last = name;
  }
  return true;
}
