import { performance } from 'node:perf_hooks';
import type { Code } from '../../schemas/codes.ts';
import type { Json } from '../../schemas/json.ts';
import type { Actor } from '../core/contracts/entry.ts';
import { normalizeAlert } from '../core/intake/normalize-alert.ts';
import type { Admitter } from './admit-runs.ts';
import type { AlertToStore, StoredAlert } from './alert-to-store.ts';
import type { EngineParts } from './engine-parts.ts';
import { createGroup, GroupFull } from './group-commit.ts';
import type { Matcher } from './match-waiting.ts';
import { recordAudit } from './record-audit.ts';
import { GoneNamed } from './store/queries/gone-names.ts';
import { databaseNowMs } from './store/queries/lock-scopes.ts';
import { storeAlerts, storeAndMatch } from './store-alerts.ts';

export interface AcceptInput {
  /** The caller's word for where it comes from; a normalised alert may name its own. */
  source: string;
  body: Json;
  actor: Actor;
  requestId: string;
}

export type Accepted =
  | ({ ok: true } & StoredAlert)
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

/** More than this at once is a storm, in which the most severe is matched first and not the one that came first. */
const stormAbove = 100;
/** Half a crowd, so that its runs take turns with those of the other half; a storm is stored as fast as it can be. */
const halfMax = 32;
const share = (waiting: number): number => (waiting > stormAbove ? bounds.batch.items : halfMax);

/** Whoever matches in this process. */
export interface MatchTogether {
  matcher: Pick<Matcher, 'isFree'>;
  admitter: Admitter;
}

/** An answer to whoever sends alerts must not take much longer because they are matched with it. */
const togetherMsMax = 250;
/** After one that took longer, alerts are stored alone for so long. */
const apartMs = 10_000;

/** @param together null: others match */
export function createIntake(
  parts: EngineParts,
  together: MatchTogether | null = null,
): EngineParts['intake'] {
  const bytesOf = ({ normalized }: AlertToStore): number => JSON.stringify(normalized.alert).length;
  // Whoever sends it, not the source that an alert names: that one is the attacker's to choose.
  const ownerOf = ({ actor }: AlertToStore): string => actor.id;
  let apartUntilMs = 0;
  /**
   * A crowd that failed is repeated one by one, all at once. Were each matched with its alert, they could hold every
   * connection and wait for one more, to read a plan with.
   */
  let matching = false;
  async function store(alerts: readonly AlertToStore[]): Promise<StoredAlert[]> {
    const beganMs = performance.now();
    const apart = beganMs < apartUntilMs || alerts.length > halfMax;
    if (together === null || apart || matching || !together.matcher.isFree())
      return storeAlerts(parts, alerts);
    matching = true;
    try {
      return await storeAndMatch(parts, together.admitter, alerts);
    } catch (error) {
      // What cannot be matched is accepted all the same, and then looked at one by one.
      if (!(error instanceof GoneNamed))
        parts.log(
          'warn',
          'alerts could not be matched in the commit that stores them; they are stored first',
          {
            alerts: alerts.length,
            error: String(error),
          },
        );
      return await storeAlerts(parts, alerts);
    } finally {
      matching = false;
      const nowMs = performance.now();
      if (nowMs - beganMs > togetherMsMax) apartUntilMs = nowMs + apartMs;
    }
  }
  return createGroup(store, { ...bounds, bytesOf, ownerOf, share });
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
    if (error instanceof GoneNamed) {
      const detail = 'its incident went by retention at this very moment; send the alert again';
      return { ok: false, code: 'request/unavailable', detail, errors: [] };
    }
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
