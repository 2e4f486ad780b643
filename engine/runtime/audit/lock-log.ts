import type { TenantId } from '../../../schemas/ids.ts';
import type { Tx } from '../store/sql.ts';
import { claimLost } from './alarm.ts';
import type { Claim } from './claim-log.ts';

/** The log as it is under its lock. */
export interface LockedLog {
  epoch: number;
  size: number;
  incarnation: number;
  origin: string;
  nowMs: number;
  /** Since the last batch; null in an empty log. */
  idleMs: number | null;
}

/**
 * The log under its lock, if it is still ours. What is sent together with this has to be for the one who
 * won alone: it asks `wonLog`.
 * @throws SequencerFenced, AuditAlarm
 */
export async function lockLog(
  tx: Tx,
  tenant: TenantId,
  claim: Claim,
  heldMs: number,
): Promise<LockedLog | 'busy'> {
  const { rows } = await tx.query<{ won: boolean } & { [Field in keyof LockedLog]: LockedLog[Field] | null }>(
    lock,
    [tenant, claim.logId, String(heldMs)],
  );
  const { won, epoch, ...log } = rows[0] ?? { won: false, epoch: null };
  if (!won) return 'busy';
  if (epoch === null || epoch !== claim.epoch) throw claimLost(claim, epoch);
  return { ...log, epoch } as LockedLog;
}

/** In SQL behind the lock: whether this transaction has it. */
export const wonLog = `current_setting('riposte.won_log', true) = 'true'`;

/*
 * In: tenant, log, milliseconds. Out: whether this is the only batch under way, and then the log.
 * The pool hands out another connection each time, so a session lock cannot be held across batches; a
 * transaction lock keeps two sequencers from queueing up behind each other, and the epoch, read under the
 * row lock, is what decides. A commit that is not durable is no commit.
 * When the log was last written stands in its row: looking up the newest entry read a thousand pages,
 * as long as the table was young and the planner took the index of the ids for it.
 */
const lock = `
with turn as materialized (
  select set_config('idle_in_transaction_session_timeout', $3, true),
    case when current_setting('synchronous_commit') in ('off', 'local') then set_config('synchronous_commit', 'on', true) end,
    set_config('riposte.won_log',
      pg_try_advisory_xact_lock(hashtextextended('riposte.audit.' || $1, 0))::text, true) = 'true' as won
),
log as (
  select epoch, size, incarnation, origin, sealed_at from audit_log_meta
  where tenant_id = $1 and log_id = $2 and (select won from turn)
  for update
)
select turn.won, epoch, size, incarnation, origin,
  floor(extract(epoch from clock_timestamp()) * 1000)::bigint as "nowMs",
  case when size > 0 then floor(extract(epoch from clock_timestamp() - sealed_at) * 1000)::bigint end as "idleMs"
from turn left join log on true`;
