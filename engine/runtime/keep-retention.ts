import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import type { MintId, TenantId } from '../../schemas/ids.ts';
import type { EntryDraft } from '../core/contracts/entry.ts';
import type { Log } from './engine-parts.ts';
import type { Pass } from './fault-point.ts';
import { type Keeper, lookByClock } from './look-by-clock.ts';
import { recordAudit } from './record-audit.ts';
import type { Database } from './store/database.ts';
import { databaseNowMs } from './store/queries/lock-scopes.ts';
import { isRoundDue, type LetGo, letGo, lockDays, writeDays } from './store/queries/retention.ts';

/*
 * Lets what is over go, a batch at a time. What is over the database judges (`let_go`, record 0040); here is only the
 * pace, and the entry in the transaction of each batch. Where a round stands is kept in the database, so that whoever
 * comes after this process goes on there.
 */

export interface RetentionParts {
  database: Database;
  tenant: TenantId;
  mint: MintId;
  log: Log;
  /** Null: everything stays. */
  days: number | null;
  onEntries(): void;
  pass?: Pass;
}

/** A hundred alerts with their runs are some 3,000 rows: a commit of a tenth of a second. */
export const batchMax = 100;
const lookMs = 10_000;
/** A fifth of the time at most, so that four fifths are everybody else's. */
const restFactor = 4;
const restMsMin = 20;

const actor = { kind: 'system', id: 'riposte', channel: 'engine' } as const;

export function createRetention(parts: RetentionParts): Keeper {
  let noted = false;
  return lookByClock({
    everyMs: lookMs,
    async pass(stopping) {
      if (!noted) await noteDays(parts);
      noted = true;
      await letGoInTurn(parts, stopping);
    },
    failed: (error) =>
      parts.log('warn', 'rows that are over could not go; trying again', { error: String(error) }),
  });
}

/** Until the round is through, somebody waits for the database, or the process stops. */
async function letGoInTurn(parts: RetentionParts, stopping: () => boolean): Promise<void> {
  while (!stopping() && parts.days !== null && (await isRoundDue(parts.database, parts.tenant))) {
    const beganMs = performance.now();
    const { state } = await letGoOnce(parts, parts.days);
    if (state !== 'going') return;
    await sleep(Math.max(restMsMin, restFactor * (performance.now() - beganMs)), undefined, { ref: false });
  }
}

/** One batch with its entry, in one commit. */
export async function letGoOnce(parts: RetentionParts, days: number, atMost = batchMax): Promise<LetGo> {
  const { database, tenant, mint } = parts;
  const answer = await database.transaction(async (tx) => {
    const went = await letGo(tx, tenant, days, atMost);
    if ('any' in went && went.any) {
      const { before, removed } = went;
      const entry: EntryDraft = {
        type: 'retention.removed',
        actor,
        outcome: 'success',
        data: { days, before, ...removed },
      };
      await recordAudit(tx, tenant, await databaseNowMs(tx), [entry], mint);
    }
    parts.pass?.('retention.deleted');
    return went;
  });
  parts.pass?.('retention.committed');
  if ('any' in answer && answer.any) parts.onEntries();
  return answer;
}

/** The log says what is set, when it is another number than before. */
export async function noteDays(parts: RetentionParts): Promise<void> {
  const { database, tenant, mint, days } = parts;
  const changed = await database.transaction(async (tx) => {
    const before = await lockDays(tx, tenant);
    if (before === days) return false;
    await writeDays(tx, tenant, days);
    const entry: EntryDraft = { type: 'retention.set', actor, outcome: 'success', data: { before, days } };
    await recordAudit(tx, tenant, await databaseNowMs(tx), [entry], mint);
    return true;
  });
  if (changed) parts.onEntries();
}
