import { createHash } from 'node:crypto';
import canonicalize from 'canonicalize';
import type { Json, JsonObject } from '../../../schemas/json.ts';
import { encodedBytes, repairText } from './plain-text.ts';

/** Longest argument value that an entry shows in full, in encoded bytes: paths, URLs and hashes fit. */
export const argumentBytesMax = 1_024;

/**
 * Arguments of an action as an entry shows them. Only names that the action's input schema declares are
 * admitted. Short texts, integers and flags are shown; anything longer, and lists or objects, as
 * `{ sha256, size, media_type }` over the UTF-8 text or the RFC 8785 form: the auditor can compare it
 * with the plan without the log holding a mail body. Fractions become strings, as entries have no floats.
 */
export function redactArguments(values: JsonObject, declared: readonly string[]): JsonObject {
  const admitted = declared.filter((name) => Object.hasOwn(values, name));
  return Object.fromEntries(admitted.map((name) => [name, redactValue(values[name] ?? null)]));
}

export function redactValue(value: Json): Json {
  switch (typeof value) {
    case 'boolean':
      return value;
    case 'number':
      return Number.isSafeInteger(value) && !Object.is(value, -0) ? value : String(value);
    case 'string': {
      const text = repairText(value);
      return encodedBytes(text) <= argumentBytesMax ? text : digest(text, 'text/plain');
    }
    default:
      if (value === null) return null;
      if (isShortList(value)) return value.map(redactValue);
      return digest(canonicalize(repaired(value)) ?? 'null', 'application/json');
  }
}

/** Lists of plain values (addresses, hashes) are what a reader needs to see most. */
function isShortList(value: Json): value is Json[] {
  if (!Array.isArray(value) || value.some((item) => typeof item === 'object' && item !== null)) return false;
  return Buffer.byteLength(JSON.stringify(value)) <= argumentBytesMax;
}

function repaired(value: Json): Json {
  if (typeof value === 'string') return repairText(value);
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(repaired);
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [repairText(name), repaired(item)]));
}

function digest(text: string, mediaType: string): JsonObject {
  const sha256 = createHash('sha256').update(text).digest('hex');
  return { sha256, size: Buffer.byteLength(text), media_type: mediaType };
}
