import type { Code } from '../../schemas/codes.ts';
import type { JsonObject } from '../../schemas/json.ts';
import type { Actor, EntryDraft, EntryType } from '../core/contracts/entry.ts';
import type { EngineParts } from './engine-parts.ts';
import { firstOfTwo, mayStill } from './first-of-two.ts';
import { lapsePause } from './lapse-words.ts';
import { recordAudit } from './record-audit.ts';
import { type MovedClock, moveApprovalClocks } from './store/queries/approval-clocks.ts';
import { databaseNowMs } from './store/queries/lock-scopes.ts';
import { readPauseRow } from './store/queries/pause.ts';
import type { Tx } from './store/sql.ts';
import { wakeHeld } from './wake-held.ts';

/*
 * The pause: nothing begins and nothing is sent, while alerts are taken in, matched and kept. One person
 * sets it and two lift it, as with the emergency stop; what the two hold is compared in decision 0014.
 */

export interface PauseInput {
  reason: string;
  actor: Actor;
  /** Null for service tokens, which may pause but never lift. */
  personId: string | null;
  requestId: string;
}

type Refused = { ok: false; code: Code; detail: string };

/** When it answers, nothing new is sent and no run begins any more. */
export async function setPause(
  parts: EngineParts,
  input: PauseInput,
): Promise<{ ok: true; generation: number }> {
  const generation = await parts.database.transaction(async (tx) => {
    await lockPause(tx);
    // A second word keeps it, and whoever had asked to lift it has to ask again.
    const { rows } = await tx.query<{ generation: number }>(
      `insert into pauses as p (tenant_id, active, generation, set_by, set_at, reason)
       values ($1, true, 1, $2, clock_timestamp(), $3)
       on conflict (tenant_id) do update set active = true, generation = p.generation + 1, set_by = $2,
         set_at = clock_timestamp(), reason = $3, lift_asked_by = null
       returning generation`,
      [parts.tenant, input.actor.id, input.reason],
    );
    const set = rows[0]?.generation ?? 0;
    await write(tx, parts, input, 'pause.set', { generation: set });
    return set;
  }, deadlockRetries);
  parts.afterCommit({ entries: true });
  return { ok: true, generation };
}

/** `generation`: of the pause that the caller saw, and no later one is lifted. */
export async function liftPause(
  parts: EngineParts,
  input: PauseInput & { generation: number },
): Promise<{ ok: true; state: 'lifted' | 'needs-second-person' } | Refused> {
  const answer = await parts.database.transaction(async (tx) => {
    await lockPause(tx);
    await lapsePause(tx, parts);
    const { personId } = input;
    if (personId === null)
      return refuse(tx, parts, input, 'approval/needs-person', 'only people lift the pause');
    if (!(await mayStill(tx, parts.tenant, personId, 'stops.clear')))
      return refuse(tx, parts, input, 'auth/forbidden', 'you may not lift it any more; nothing was changed');
    const row = await readPauseRow(tx, parts.tenant);
    if (row === null || !row.active)
      return refuse(tx, parts, input, 'pause/not-active', 'nothing is paused; nothing was changed');
    if (input.generation !== row.generation) {
      const detail = `it was paused anew since you looked: ${row.reason ?? 'no reason given'}`;
      return refuse(tx, parts, input, 'request/stale', detail);
    }
    const first = await firstOfTwo(tx, parts.tenant, {
      asked: row.liftAskedBy,
      second: personId,
      permission: 'stops.clear',
    });
    if (first === null) {
      await tx.query('update pauses set lift_asked_by = $2 where tenant_id = $1', [parts.tenant, personId]);
      await write(tx, parts, input, 'pause.lift-requested', {});
      return { ok: true as const, state: 'needs-second-person' as const };
    }
    const clocks = await moveApprovalClocks(tx, parts.tenant);
    await tx.query(
      'update pauses set active = false, generation = generation + 1, lift_asked_by = null where tenant_id = $1',
      [parts.tenant],
    );
    await wakeHeld(tx, parts);
    await write(tx, parts, input, 'pause.lifted', { first, questions: clocks.length });
    await writeClocks(tx, parts, input, clocks);
    return { ok: true as const, state: 'lifted' as const };
  }, deadlockRetries);
  // Runs that were kept begin with the next sweep, which this makes the one of now.
  parts.afterCommit({ attempts: true, entries: true, freedGroups: [everyGroup], soonestDueMs: 0 });
  return answer;
}

const everyGroup = '*';

/** Waits for whoever begins a run or sends an action at this moment, and holds back newcomers. */
async function lockPause(tx: Tx): Promise<void> {
  await tx.query('lock table pauses in exclusive mode');
}

/** A held step that looks again at this moment may meet a lifting that wakes it. */
const deadlockRetries = { retries: 3 };

async function refuse(
  tx: Tx,
  parts: EngineParts,
  input: PauseInput,
  code: Code,
  detail: string,
): Promise<Refused> {
  await write(tx, parts, input, 'pause.refused', {}, code);
  return { ok: false, code, detail };
}

async function write(
  tx: Tx,
  parts: EngineParts,
  input: PauseInput,
  type: Extract<EntryType, `pause.${string}`>,
  data: JsonObject,
  code?: Code,
): Promise<void> {
  const entry = {
    type,
    actor: input.actor,
    reason: input.reason,
    requestId: input.requestId,
    outcome: code === undefined ? ('success' as const) : ('denied' as const),
    ...(code !== undefined && { code }),
    data,
  };
  await recordAudit(tx, parts.tenant, await databaseNowMs(tx), [entry], parts.mint);
}

/** The clock of each question runs on: whoever reads the run's story sees until when it can be answered now. */
async function writeClocks(
  tx: Tx,
  parts: EngineParts,
  { requestId }: PauseInput,
  clocks: readonly MovedClock[],
): Promise<void> {
  const entries = clocks.map(
    ({ id, runId, step, digest, before, after, stoodMs }): EntryDraft => ({
      type: 'approval.resumed',
      actor: { kind: 'system', id: 'pause', channel: 'engine' },
      runId,
      step,
      approvalId: id,
      planDigest: digest,
      requestId,
      outcome: 'success',
      reason: 'everything was paused; the time to decide stood still meanwhile',
      data: { before: before.toISOString(), after: after.toISOString(), stood_ms: stoodMs },
    }),
  );
  await recordAudit(tx, parts.tenant, await databaseNowMs(tx), entries, parts.mint);
}
