import type { Json, JsonObject } from '../../schemas/json.ts';
import type { Reported } from './inbound.ts';
import { hasOutcomeShape } from './outcome-shape.ts';

/** Language reference 9.16: a step's output is at most 256 KiB. */
const outputBytesMax = 256 * 1024;

/*
 * A target's answer is attacker text. What JSON columns cannot hold (U+0000, lone surrogates) is
 * replaced visibly, and an answer that is too large keeps its outcome but not its body.
 */
export function cleanOutcome(reported: Reported): Reported {
  if (!hasOutcomeShape(reported)) throw new TypeError('the answer does not have the shape of an outcome');
  const { outcome } = reported;
  if (outcome.kind === 'succeeded' && reported.of === 'action') {
    return { of: 'action', outcome: { ...outcome, outputs: bounded(cleanObject(outcome.outputs)) } };
  }
  if (outcome.kind === 'present' && reported.of === 'check') {
    return { of: 'check', outcome: { ...outcome, outputs: bounded(cleanObject(outcome.outputs)) } };
  }
  return clean(reported as unknown as Json) as unknown as Reported;
}

function bounded(outputs: JsonObject): JsonObject {
  const size = Buffer.byteLength(JSON.stringify(outputs), 'utf8');
  return size <= outputBytesMax
    ? outputs
    : { omitted: `the answer has ${size} bytes; at most ${outputBytesMax} are kept` };
}

function cleanObject(value: JsonObject): JsonObject {
  return clean(value) as JsonObject;
}

export function clean(value: Json): Json {
  if (typeof value === 'string') return value.toWellFormed().replaceAll('\u0000', '\uFFFD');
  if (Array.isArray(value)) return value.map(clean);
  if (value === null || typeof value !== 'object') return value;
  const copy: JsonObject = {};
  for (const [key, item] of Object.entries(value)) {
    if (item !== undefined) copy[cleanKey(key)] = clean(item);
  }
  return copy;
}

function cleanKey(key: string): string {
  const plain = key.toWellFormed().replaceAll('\u0000', '\uFFFD');
  return plain === '__proto__' ? '\uFFFDproto' : plain;
}
