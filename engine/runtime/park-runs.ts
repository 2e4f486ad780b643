import type { TenantId } from '../../schemas/ids.ts';
import { compilerVersion } from '../core/contracts/plan.ts';
import { snapshotVersion } from '../core/run/context.ts';
import type { Started } from './engine-parts.ts';
import type { LockedRun, LockedScope } from './store/queries/lock-scopes.ts';
import type { Sql, Tx } from './store/sql.ts';

/*
 * A run pinned to a compiler or a snapshot of another version is parked (language reference 9.14): it
 * is `waiting` with `run/needs-engine`, and nothing about it is guessed. Its reports, messages and
 * deadlines stay in their rows. Looking at them again is put off, so that they do not crowd out others.
 */

export function isLoadable(run: Pick<LockedRun, 'compilerVersion' | 'snapshotVersion'>): boolean {
  return run.compilerVersion === compilerVersion && run.snapshotVersion === snapshotVersion;
}

/* A run that has ended keeps its state; an undo of it, or a question about the end of a lease, waits all the same. */
const park = `
with parked as (
  update runs r set state = case when r.undo_scope is null then 'waiting' else r.state end,
    reason = case when r.undo_scope is null then 'run/needs-engine' else r.reason end
  where r.tenant_id = $1 and r.id = any($2::text[]) and r.state in ('queued', 'running', 'waiting', 'undoing')
),
later as (
  update deadlines d set due_at = clock_timestamp() + interval '1 minute'
  where d.tenant_id = $1 and d.run_id = any($2::text[]) and d.due_at <= clock_timestamp()
),
-- Only of the scopes that are locked, so that nobody is waited for in a circle.
silenced as (
  update scopes s set alarm_at = clock_timestamp() + interval '1 minute'
  from unnest($2::text[], $3::text[]) as x(run_id, path)
  where s.tenant_id = $1 and s.run_id = x.run_id and s.path = x.path and s.alarm_at <= clock_timestamp()
)
update attempts a set lease_until = clock_timestamp() + interval '1 minute'
where a.tenant_id = $1 and a.run_id = any($2::text[]) and a.lease_until < clock_timestamp()`;

export async function parkRuns(tx: Tx, tenant: TenantId, scopes: readonly LockedScope[]): Promise<void> {
  if (scopes.length === 0) return;
  await tx.query(park, [tenant, scopes.map((scope) => scope.runId), scopes.map((scope) => scope.path)]);
}

const unpark = `
update runs set reason = null, state = case when started_at is null then 'queued' else 'running' end
where tenant_id = $1 and state = 'waiting' and reason = 'run/needs-engine'
  and compiler_version = $2 and snapshot_version = $3
returning id as "runId", concurrency_group as "group", concurrency_limit as "limit", state`;

/**
 * Runs that an engine of another version parked and this one can load go on with whatever comes next. Returns those
 * that have yet to begin, for which nothing will come.
 */
export async function unparkRuns(sql: Sql, tenant: TenantId): Promise<Started[]> {
  const { rows } = await sql.query<Started & { state: string }>(unpark, [
    tenant,
    compilerVersion,
    snapshotVersion,
  ]);
  return rows.filter(({ state }) => state === 'queued');
}
