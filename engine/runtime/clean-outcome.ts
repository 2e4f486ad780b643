import type { Json, JsonObject } from '../../schemas/json.ts';
import type { ActionClass, ActionOutcome } from '../core/contracts/action.ts';
import type { Reported } from './inbound.ts';
import { hasOutcomeShape } from './outcome-shape.ts';

/** Language reference 9.16: a step's output is at most 256 KiB. There is no artifact yet that a larger one could go to. */
const outputBytesMax = 256 * 1024;

/**
 * A target's answer is attacker text. What JSON columns cannot hold (U+0000, lone surrogates) is
 * replaced visibly. An effect whose answer is too large keeps its outcome but not its body; a read has no
 * other outcome than its body, and without it "nothing found" would be what the playbook reads.
 * @param actionClass of the action that answered; whoever only reads need not say it
 */
export function cleanOutcome(reported: Reported, actionClass: ActionClass = 'read'): Reported {
  if (!hasOutcomeShape(reported)) throw new TypeError('the answer does not have the shape of an outcome');
  const { outcome } = reported;
  if (outcome.kind === 'succeeded' && reported.of === 'action') {
    const { outputs, excess } = bounded(cleanObject(outcome.outputs));
    if (excess !== null && actionClass === 'read') return { of: 'action', outcome: tooLarge(excess) };
    return { of: 'action', outcome: { ...outcome, outputs } };
  }
  if (outcome.kind === 'present' && reported.of === 'check') {
    const { outputs } = bounded(cleanObject(outcome.outputs));
    return { of: 'check', outcome: { ...outcome, outputs } };
  }
  return clean(reported as unknown as Json) as unknown as Reported;
}

function bounded(outputs: JsonObject): { outputs: JsonObject; excess: string | null } {
  const size = Buffer.byteLength(JSON.stringify(outputs), 'utf8');
  if (size <= outputBytesMax) return { outputs, excess: null };
  const excess = `the answer has ${size} bytes; at most ${outputBytesMax} are kept`;
  return { outputs: { omitted: excess }, excess };
}

function tooLarge(message: string): ActionOutcome {
  return { kind: 'failed', failure: { code: 'run/output-too-large', kind: 'terminal', message } };
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
