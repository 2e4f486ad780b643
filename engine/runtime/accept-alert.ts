import type { Code } from '../../schemas/codes.ts';
import type { AlertId } from '../../schemas/ids.ts';
import type { Json } from '../../schemas/json.ts';
import type { Actor } from '../core/contracts/entry.ts';
import { normalizeAlert } from '../core/intake/normalize-alert.ts';
import type { AlertToStore } from './alert-to-store.ts';
import type { EngineParts } from './engine-parts.ts';
import { createGroup, GroupFull } from './group-commit.ts';
import { recordAudit } from './record-audit.ts';
import { databaseNowMs } from './store/queries/lock-scopes.ts';
import { storeAlerts } from './store-alerts.ts';

export interface AcceptInput {
  /** The caller's word for where it comes from; a normalised alert may name its own. */
  source: string;
  body: Json;
  actor: Actor;
  requestId: string;
}

export type Accepted =
  | { ok: true; alertId: AlertId; duplicate: boolean }
  | { ok: false; code: Code; detail: string; errors: { pointer: string; code: string; detail: string }[] };

const megabyte = 1_048_576;

/*
 * A batch stays in the tens of milliseconds. What waits is bounded by what a process can hold: an alert
 * may be a megabyte, and five thousand of them are a second or two of a busy database.
 */
const bounds = {
  batch: { items: 128, bytes: 8 * megabyte },
  waiting: { items: 5_000, bytes: 64 * megabyte },
};

export function createIntake(parts: EngineParts): EngineParts['intake'] {
  const bytesOf = ({ normalized }: AlertToStore): number => JSON.stringify(normalized.alert).length;
  // Whoever sends it, not the source that an alert names: that one is the attacker's to choose.
  const ownerOf = ({ actor }: AlertToStore): string => actor.id;
  return createGroup((alerts) => storeAlerts(parts, alerts), { ...bounds, bytesOf, ownerOf });
}

/*
 * From here nothing is lost: alert, targets, incident and entry are one commit, and the answer comes
 * after it. The same alert twice (same source and source id) is told its first id; when it says something
 * else than before, it is the alert as it is now, and a signal.
 */
export async function acceptAlert(parts: EngineParts, input: AcceptInput): Promise<Accepted> {
  const { actor, requestId } = input;
  const normalized = normalizeAlert(input.body, input.source);
  if (!normalized.ok) return refuse(parts, input, normalized.problems);
  try {
    const stored = await parts.intake.submit({ normalized: normalized.alert, actor, requestId });
    return { ok: true, ...stored };
  } catch (error) {
    if (!(error instanceof GroupFull)) throw error;
    const detail = 'more alerts arrive than can be stored; send this one again in a second';
    return { ok: false, code: 'request/unavailable', detail, errors: [] };
  }
}

/** A refused alert is written down too: somebody's detection did not get through. */
async function refuse(
  parts: EngineParts,
  input: AcceptInput,
  problems: { pointer: string; message: string }[],
): Promise<Accepted> {
  const errors = problems
    .slice(0, 50)
    .map(({ pointer, message }) => ({ pointer, code: 'request/invalid', detail: message }));
  const [first] = errors;
  const detail = `the alert was not accepted: ${first === undefined ? 'it has no shape that is known' : `${first.pointer || 'body'} ${first.detail}`}`;
  await parts.database.transaction(async (tx) => {
    const entry = {
      type: 'alert.refused' as const,
      actor: input.actor,
      code: 'request/invalid',
      reason: detail,
      requestId: input.requestId,
    };
    await recordAudit(tx, parts.tenant, await databaseNowMs(tx), [entry], parts.mint);
  });
  return { ok: false, code: 'request/invalid', detail, errors };
}
