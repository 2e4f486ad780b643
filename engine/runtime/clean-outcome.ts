import type { Json, JsonObject } from '../../schemas/json.ts';
import type { ActionClass, ActionOutcome } from '../core/contracts/action.ts';
import type { Reported } from './inbound.ts';
import { hasOutcomeShape } from './outcome-shape.ts';

/** Language reference 9.16: a step's output is at most 256 KiB; what is larger goes to an artifact. */
const outputBytesMax = 256 * 1024;

export interface Cleaned {
  reported: Reported;
  /** The outputs that are too large for a step, as JSON; null when it keeps all of them. */
  excess: string | null;
}

/** Where the whole answer is kept, as whoever reads the step finds it. */
export interface KeptApart {
  /** `art_…` */
  id: string;
  /** `sha256:…` of its bytes. */
  sha256: string;
}

/**
 * A target's answer is attacker text. What JSON columns cannot hold (U+0000, lone surrogates) is
 * replaced visibly. An effect whose answer is too large keeps its outcome but not its body; a read has no
 * other outcome than its body, and without it "nothing found" would be what the playbook reads.
 * @param actionClass of the action that answered; whoever only reads need not say it
 */
export function cleanOutcome(reported: Reported, actionClass: ActionClass = 'read'): Cleaned {
  if (!hasOutcomeShape(reported)) throw new TypeError('the answer does not have the shape of an outcome');
  const { outcome } = reported;
  if (outcome.kind === 'succeeded' && reported.of === 'action') {
    const { outputs, excess, why } = bounded(cleanObject(outcome.outputs));
    if (why !== null && actionClass === 'read')
      return { reported: { of: 'action', outcome: tooLarge(why) }, excess };
    return { reported: { of: 'action', outcome: { ...outcome, outputs } }, excess };
  }
  if (outcome.kind === 'present' && reported.of === 'check') {
    const { outputs, excess } = bounded(cleanObject(outcome.outputs));
    return { reported: { of: 'check', outcome: { ...outcome, outputs } }, excess };
  }
  return { reported: clean(reported as unknown as Json) as unknown as Reported, excess: null };
}

/** What is reported in place of an answer that is kept apart says where. */
export function nameArtifact(reported: Reported, { id, sha256 }: KeptApart): Reported {
  const { outcome } = reported;
  if (reported.of === 'action' && outcome.kind === 'failed') {
    const message = `${outcome.failure.message}; all of it is ${id} (${sha256})`;
    return { of: 'action', outcome: { ...outcome, failure: { ...outcome.failure, message } } };
  }
  if (outcome.kind !== 'succeeded' && outcome.kind !== 'present') return reported;
  return {
    ...reported,
    outcome: { ...outcome, outputs: { ...outcome.outputs, artifact: id, sha256 } },
  } as Reported;
}

function bounded(outputs: JsonObject): { outputs: JsonObject; excess: string | null; why: string | null } {
  const text = JSON.stringify(outputs);
  const size = Buffer.byteLength(text, 'utf8');
  if (size <= outputBytesMax) return { outputs, excess: null, why: null };
  const why = `the answer has ${size} bytes; at most ${outputBytesMax} are kept`;
  return { outputs: { omitted: why }, excess: text, why };
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
