import type { AttemptId, RunId, TenantId } from '../../../../schemas/ids.ts';
import type { DeadlineKind } from '../../../core/contracts/command.ts';
import type { WonAttempt } from '../../inbound.ts';
import { insideTransaction } from '../run-transaction.ts';
import type { Sql, Tx } from '../sql.ts';
import { onApprovalClock } from './approval-clocks.ts';
import { reportedAttempt } from './row-types.ts';
import { inForce } from './stops-in-force.ts';

/*
 * The compare-and-set of everything that moves a run. A row comes back only to the one who won it;
 * a worker whose fence is old, or a deadline somebody else posted, gets nothing.
 *
 * A claimed attempt is known by its lease, which no other has. By its state the planner would look for it in the small
 * index of the claimed ones, where everything that was claimed since the last vacuum still has an entry: thousands
 * under load.
 */

const reported = `
update attempts a set state = 'done', outcome = x.outcome, finished_at = clock_timestamp(), lease_until = null
from unnest($2::reported_attempt[]) as x
where a.tenant_id = $1 and a.id = x.id and a.fence = x.fence and a.lease_until is not null and ${insideTransaction}
returning a.id, a.step_path as "stepPath", a.number, a.purpose`;

export async function winReports(
  tx: Tx,
  tenant: TenantId,
  reports: { id: string; fence: number; outcome: unknown }[],
): Promise<WonAttempt[]> {
  if (reports.length === 0) return [];
  return (await tx.query<WonAttempt>(reported, [tenant, reportedAttempt.pack(reports)])).rows;
}

const reportedBefore = `
select a.id from attempts a, unnest($2::text[], $3::int[]) as x(id, fence)
where a.tenant_id = $1 and a.id = x.id and a.fence = x.fence and a.state = 'done'`;

/** Which of these were won by themselves: nobody but the owner of a fence reports under it. */
export async function findReported(
  tx: Tx,
  tenant: TenantId,
  reports: readonly { id: AttemptId; fence: number }[],
): Promise<Set<AttemptId>> {
  if (reports.length === 0) return new Set();
  const ids = reports.map(({ id }) => id);
  const fences = reports.map(({ fence }) => fence);
  const { rows } = await tx.query<{ id: AttemptId }>(reportedBefore, [tenant, ids, fences]);
  return new Set(rows.map(({ id }) => id));
}

const lost = `
update attempts a set state = 'lost', finished_at = clock_timestamp(), lease_until = null
from unnest($2::text[], $3::int[]) as x(id, fence)
where a.tenant_id = $1 and a.id = x.id and a.fence = x.fence and a.lease_until < clock_timestamp()
returning a.id, a.step_path as "stepPath", a.number, a.purpose`;

export async function winLosses(
  tx: Tx,
  tenant: TenantId,
  losses: { id: string; fence: number }[],
): Promise<WonAttempt[]> {
  if (losses.length === 0) return [];
  const ids = losses.map(({ id }) => id);
  const fences = losses.map(({ fence }) => fence);
  return (await tx.query<WonAttempt>(lost, [tenant, ids, fences])).rows;
}

export interface WonDeadline {
  id: string;
  ref: string;
  kind: DeadlineKind;
  seq: number;
  claimed: boolean;
}

// The pause is locked before the row: whoever lifts it locks them in this order, and moves what is not due then.
const due = `
with paused as materialized (select pause_reason($1) is not null as now)
delete from deadlines d using paused
where d.tenant_id = $1 and d.id = any($2) and d.due_at <= clock_timestamp()
  and not (paused.now and d.kind = any($3))
returning d.id, d.ref, d.kind, d.seq, exists (
  select 1 from attempts a
  where a.tenant_id = d.tenant_id and a.run_id = d.run_id and a.step_path = d.ref and a.lease_until is not null
) as claimed`;

export async function winDeadlines(tx: Tx, tenant: TenantId, ids: string[]): Promise<WonDeadline[]> {
  if (ids.length === 0) return [];
  return (await tx.query<WonDeadline>(due, [tenant, ids, onApprovalClock])).rows;
}

const claimed = `
select step_path as ref from attempts
where tenant_id = $1 and run_id = $2 and step_path = any($3) and lease_until is not null`;

/** Which of these steps a worker is at. */
export async function claimedSteps(
  tx: Tx,
  tenant: TenantId,
  runId: RunId,
  refs: readonly string[],
): Promise<Set<string>> {
  const { rows } = await tx.query<{ ref: string }>(claimed, [tenant, runId, refs]);
  return new Set(rows.map(({ ref }) => ref));
}

/*
 * Takes a queued attempt back before any worker has it. Returns whether there was one to take. One
 * that a worker has is awaited, because it may have acted; the worker is asked to break it off.
 */
const revoke = `
with asked as (
  update attempts set abort_asked = true
  where tenant_id = $1 and run_id = $2 and step_path = $3 and lease_until is not null
),
taken as (
  update attempts set state = 'revoked', finished_at = clock_timestamp()
  where tenant_id = $1 and run_id = $2 and step_path = $3 and state = 'queued'
  returning id
)
delete from outbox o using taken t where o.tenant_id = $1 and o.attempt_id = t.id returning o.attempt_id`;

export async function revokeAttempt(
  tx: Tx,
  tenant: TenantId,
  runId: string,
  stepPath: string,
): Promise<boolean> {
  return (await tx.query(revoke, [tenant, runId, stepPath])).rowCount > 0;
}

const aborts = `
select id from attempts where tenant_id = $1 and id = any($2) and worker = $3 and lease_until is not null and abort_asked`;

/** Which of these attempts of a worker it should break off. */
export async function readAborts(
  sql: Sql,
  tenant: TenantId,
  ids: readonly AttemptId[],
  worker: string,
): Promise<AttemptId[]> {
  return (await sql.query<{ id: AttemptId }>(aborts, [tenant, ids, worker])).rows.map(({ id }) => id);
}

export interface StopRow {
  /** `audit` is set by the sequencer when the log contradicts itself or what it published. */
  scope: 'everything' | 'system' | 'playbook' | 'audit';
  subject: string;
  active: boolean;
  reason: string | null;
  /** False on the row `audit` of a log that stands outside too and was not compared since the database started. */
  compared: boolean;
}

/** Share-locked: setting a stop waits for the dispatches that read it, and none can commit after it. */
const stops = `
select scope, subject, active, reason, scope <> 'audit' or audit_is_compared($1) as compared from stops
where tenant_id = $1 and ${inForce} order by scope, subject for share`;

/** Those that are set, and the row of the log. */
export async function readStops(tx: Tx, tenant: TenantId): Promise<StopRow[]> {
  return (await tx.query<StopRow>(stops, [tenant])).rows;
}
