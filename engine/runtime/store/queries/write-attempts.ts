import type { AttemptId, TenantId } from '../../../../schemas/ids.ts';
import type { AttemptRow } from '../../batch.ts';
import type { Tx } from '../sql.ts';
import { goesOut, switches } from './claim-attempts.ts';
import { newAttempt } from './row-types.ts';

/** A worker of this very process, and which of the rows it would take up at once. */
export interface ClaimAtOnce {
  worker: string;
  marginMs: number;
  wanted: ReadonlySet<AttemptId>;
}

/*
 * Attempts, each with a row in the outbox or already claimed: what the worker of this process has a place
 * for needs no way over the queue. The same conditions hold for it as for a claim from a lot, and the lease
 * is on the database's clock.
 * In: tenant, rows, worker, margin in ms.
 */
const text = `
with ${switches},
judged as materialized (
  -- An eradication waits until its intent has its place in the audit log.
  select a.*, a.wanted and (a.class <> 'eradicate' or a.purpose <> 'perform') and ${goesOut} as mine from unnest($2::new_attempt[]) a
),
added as (
  insert into attempts (tenant_id, id, run_id, scope_path, step_path, purpose, number, generation, action_key, action,
    action_version, class, system, connection, arguments, handle, target_kind, target_id, priority, timeout_ms,
    intent_entry_id, look, claim_before, state, fence, worker, claimed_at, lease_until)
  select $1, id, run_id, scope_path, step_path, purpose, number, generation, action_key, action, action_version, class,
    system, connection, arguments, handle, target_kind, target_id, priority, timeout_ms, intent_entry_id, look,
    to_timestamp(claim_before_ms / 1000.0), case when mine then 'claimed' else 'queued' end, case when mine then 1 else 0 end,
    case when mine then $3 end, case when mine then clock_timestamp() end,
    case when mine then clock_timestamp() + make_interval(secs => (timeout_ms + $4) / 1000.0) end
  from judged
  returning id, system, priority, state
),
unclaimed as (
  insert into outbox (tenant_id, attempt_id, system, priority)
  select $1, id, system, priority from added where state = 'queued'
)
select id from added where state = 'claimed'`;

/** Returns those that the worker has now. */
export async function writeAttempts(
  tx: Tx,
  tenant: TenantId,
  rows: readonly AttemptRow[],
  claim: ClaimAtOnce | null,
): Promise<Set<AttemptId>> {
  if (rows.length === 0) return new Set();
  const given = rows.map((row) => ({ ...row, wanted: claim?.wanted.has(row.id) ?? false }));
  const { rows: claimed } = await tx.query<{ id: AttemptId }>(text, [
    tenant,
    newAttempt.pack(given),
    claim?.worker ?? null,
    claim?.marginMs ?? 0,
  ]);
  return new Set(claimed.map(({ id }) => id));
}
