import { parseExactly } from '../../engine/core/contracts/parse-exactly.ts';
import { isForbiddenKey } from '../../engine/core/expression/forbidden-key.ts';
import { findUnstorable } from '../../engine/core/intake/find-unstorable.ts';
import type { Json } from '../../schemas/json.ts';
import { Problem } from './problem.ts';

/*
 * JSON from outside (audit facts 4.2). The platform's parser takes any depth, keeps the last of two
 * equal keys, rounds long whole numbers and passes NUL and lone surrogates on to a database that refuses
 * them; each has broken somebody's automation. One cheap pass over the text looks at its shape before the real
 * parser builds anything.
 */

export const jsonLimits = {
  /** Deeper than any alert; JSON.stringify later recurses over the same depth. */
  depth: 32,
  /** All objects together. */
  keys: 10_000,
};

/** @throws Problem request/invalid, never anything else. */
export function parseJson(bytes: Uint8Array): Json {
  const text = decode(bytes);
  checkShape(text);
  let value: Json;
  try {
    value = parseExactly(text);
  } catch {
    throw invalid('The body is not JSON.');
  }
  const unstorable = findUnstorable(value);
  if (unstorable !== null) throw invalid(`${placeOf(unstorable.pointer)} ${unstorable.message}.`);
  return value;
}

function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw invalid('The body is not UTF-8.');
  }
}

interface Frame {
  /** Null inside a list. */
  keys: Set<string> | null;
  expectsKey: boolean;
}

function checkShape(text: string): void {
  const frames: Frame[] = [];
  let keyCount = 0;
  for (let at = 0; at < text.length; at++) {
    const frame = frames.at(-1);
    switch (text[at]) {
      case '{':
      case '[':
        if (frames.length === jsonLimits.depth)
          throw invalid(`The body is nested deeper than ${jsonLimits.depth}.`);
        frames.push({
          keys: text[at] === '{' ? new Set() : null,
          expectsKey: text[at] === '{',
        });
        break;
      case '}':
      case ']':
        frames.pop();
        break;
      case ',':
        if (frame !== undefined) frame.expectsKey = frame.keys !== null;
        break;
      case ':':
        if (frame !== undefined) frame.expectsKey = false;
        break;
      case '"': {
        const end = endOfText(text, at);
        if (frame?.keys && frame.expectsKey) {
          keyCount++;
          if (keyCount > jsonLimits.keys) throw invalid(`The body has more than ${jsonLimits.keys} keys.`);
          addKey(frame.keys, text.slice(at, end + 1));
        }
        at = end;
        break;
      }
      default:
    }
  }
}

/** Index of the closing quote; a text that never ends is left to the real parser to refuse. */
function endOfText(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at++) {
    if (text[at] === '\\') at++;
    else if (text[at] === '"') return at;
  }
  return text.length;
}

function addKey(keys: Set<string>, quoted: string): void {
  let key: unknown;
  try {
    // Decoded before it is compared: "a" and "\u0061" are the same key.
    key = JSON.parse(quoted);
  } catch {
    throw invalid('The body is not JSON.');
  }
  if (typeof key !== 'string') throw invalid('The body is not JSON.');
  if (isForbiddenKey(key)) throw invalid(`The key "${key}" is not allowed.`);
  if (keys.has(key))
    throw invalid(`The key ${JSON.stringify(key.slice(0, 100))} is written twice in one object.`);
  keys.add(key);
}

/** A key may be as long as its sender likes. */
function placeOf(pointer: string): string {
  return pointer === '' ? 'The body' : pointer.slice(0, 200);
}

function invalid(detail: string): Problem {
  return new Problem('request/invalid', detail);
}
