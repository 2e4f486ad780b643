import type { RunId, TenantId, UndoId } from '../../../../schemas/ids.ts';
import { compilerVersion } from '../../../core/contracts/plan.ts';
import type { UndoRecord } from '../../../core/contracts/scope.ts';
import { type RunGiven, snapshotVersion } from '../../../core/run/context.ts';
import type { Sql, Tx } from '../sql.ts';
import { seenColumns } from './undo-records.ts';

/*
 * Leases on the database's clock. A record whose lease has come is taken by one of all engines
 * (`skip locked`); everything about it is in its row, so that it outlives its run and every process.
 */

const due = `
select u.id from undo_records u
cross join lateral (
  select compiler_version, snapshot_version from runs where tenant_id = u.tenant_id and id = u.run_id
  -- Keeps the planner from reading all runs instead: it expects a third of all leases to have ended.
  offset 0
) r
where u.tenant_id = $1 and u.state = 'done' and u.lease_asked is null and u.lease_until <= (select clock_timestamp())
  and r.compiler_version = $2 and r.snapshot_version = $3 and u.id <> all($5)
order by u.lease_until
limit $4`;

/*
 * Of a record u and its run r: its lease has ended, and this version does not end it, because the run was compiled
 * by another one. An engine of that version, where one runs, would have been faster than the minute.
 */
export const stuckLease = `u.state = 'done' and u.lease_asked is null
  and u.lease_until <= (select clock_timestamp()) - interval '1 minute'
  and (r.compiler_version <> ${compilerVersion} or r.snapshot_version <> ${snapshotVersion})`;

/** The oldest first, but for some that are left alone. */
export async function findEndedLeases(
  sql: Sql,
  tenant: TenantId,
  limit: number,
  except: readonly UndoId[],
): Promise<UndoId[]> {
  const values = [tenant, compilerVersion, snapshotVersion, limit, except];
  const { rows } = await sql.query<{ id: UndoId }>(due, values);
  return rows.map((row) => row.id);
}

export type EndedLease = Omit<UndoRecord, 'runId'> & {
  runId: RunId;
  /** How often it ended, this time included. */
  ends: number;
  until: Date;
  atEnd: 'release' | 'ask';
  digest: string;
  playbookId: string;
  given: RunGiven;
  snapshot: string;
};

/** `release` claims the record like any undo; `ask` leaves it to others until somebody has said yes. */
const take = `
with taken as (
  update undo_records u set lease_ends = u.lease_ends + 1,
    state = case u.lease_at_end when 'release' then 'undoing' else u.state end,
    lease_asked = case u.lease_at_end when 'ask' then concat('run~lease.', u.seq, '.', u.lease_ends + 1) end
  from (select id from undo_records where tenant_id = $1 and id = $2 and state = 'done' and lease_asked is null
    and lease_until <= clock_timestamp() for update skip locked) mine
  where u.tenant_id = $1 and u.id = mine.id
  returning u.*
)
select t.id, t.seq, t.run_id as "runId", t.step_path as "stepPath", t.step_name as "stepName", t.generation, t.action,
  t.connection, case when t.target_kind is not null then json_build_object('kind', t.target_kind, 'id', t.target_id) end
  as target, t.effect, t.origin, t.inverse, t.loop, ${seenColumns('t')}, t.lease_ends as ends, t.lease_until as until, t.lease_at_end as "atEnd",
  r.digest, r.playbook_id as "playbookId", given_of(r) as given, s.snapshot
from taken t
join runs r on r.tenant_id = $1 and r.id = t.run_id
join scopes s on s.tenant_id = $1 and s.run_id = t.run_id and s.path = 'run'`;

export async function takeEndedLease(tx: Tx, tenant: TenantId, id: UndoId): Promise<EndedLease | null> {
  return (await tx.query<EndedLease>(take, [tenant, id])).rows[0] ?? null;
}

const asked = `
update undo_records set state = case when $4 then 'undoing' else state end
where tenant_id = $1 and id = $2 and lease_asked = $3 and state in ('done', 'undoing')`;

/** Whether the question of this loop still stands; `claims` takes the record up. */
export async function takeAsked(
  tx: Tx,
  tenant: TenantId,
  id: string,
  loop: string,
  claims: boolean,
): Promise<boolean> {
  return (await tx.query(asked, [tenant, id, loop, claims])).rowCount > 0;
}

/** However a loop ended: nothing is asked by it any more. One that broke is not asked again at once. */
export async function forgetAsked(tx: Tx, tenant: TenantId, runId: RunId, loop: string): Promise<void> {
  const text = `update undo_records set lease_asked = null,
    lease_until = greatest(lease_until, clock_timestamp() + interval '1 hour') where tenant_id = $1 and run_id = $2 and lease_asked = $3`;
  await tx.query(text, [tenant, runId, loop]);
}

export interface Warned {
  id: UndoId;
  runId: RunId;
  stepPath: string;
  target: { kind: string; id: string } | null;
  until: Date;
  atEnd: string;
  action: string;
  effect: string | null;
  incidentId: string | null;
  playbookId: string;
  digest: string;
  version: string;
  owner: string | null;
  /** It has not ended yet; otherwise it should have, and is stuck. */
  ahead: boolean;
  compilerVersion: number;
}

/*
 * Each is warned of once, and once more after it was renewed: the transaction that writes the entry moves on when the
 * row is looked at next, which is when the lease should be over. What stands then for want of an engine that could
 * end it is told every day; what has ended meanwhile, while no engine ran, needs no word.
 */
const warn = `
with clock as materialized (select clock_timestamp() as now),
due as (
update undo_records u set
  lease_warned_until = case when u.lease_until > clock.now then u.lease_until else u.lease_warned_until end,
  lease_warn_at = case when u.lease_until > clock.now - interval '1 minute' then u.lease_until + interval '1 minute'
    else clock.now + interval '1 day' end
from (select id from undo_records where tenant_id = $1 and state = 'done' and lease_warn_at <= (select now from clock)
  order by lease_warn_at limit $2 for update skip locked) mine, clock
where u.tenant_id = $1 and u.id = mine.id
returning u.*, u.lease_until > clock.now as ahead
)
select d.id, d.run_id as "runId", d.step_path as "stepPath", d.lease_until as until, d.lease_at_end as "atEnd", d.action,
  d.effect, case when d.target_kind is not null then json_build_object('kind', d.target_kind, 'id', d.target_id) end as target,
  r.incident_id as "incidentId", r.playbook_id as "playbookId", r.digest, v.semver as version,
  v.plan->'playbook'->>'owner' as owner, d.ahead, r.compiler_version as "compilerVersion"
from due d join runs r on r.tenant_id = $1 and r.id = d.run_id
join playbook_versions v on v.tenant_id = $1 and v.playbook_id = r.playbook_id and v.version = r.playbook_version
where d.ahead or (${stuckLease.replaceAll('u.', 'd.')}) order by d.lease_until`;

export async function takeWarnings(tx: Tx, tenant: TenantId, limit: number): Promise<Warned[]> {
  return (await tx.query<Warned>(warn, [tenant, limit])).rows;
}

export interface Lease {
  runId: RunId;
  stepPath: string;
  state: string;
  target: { kind: string; id: string } | null;
  until: Date;
  asked: string | null;
}

const lock = `
select run_id as "runId", step_path as "stepPath", state, lease_until as until, lease_asked as asked,
  case when target_kind is not null then json_build_object('kind', target_kind, 'id', target_id) end as target
from undo_records where tenant_id = $1 and id = $2 and lease_until is not null for update`;

export async function lockLease(tx: Tx, tenant: TenantId, id: UndoId): Promise<Lease | null> {
  return (await tx.query<Lease>(lock, [tenant, id])).rows[0] ?? null;
}

/** Somebody is warned again before the new end, at the earliest after nine tenths of the time. */
const renewed = `
update undo_records set lease_until = to_timestamp($3 / 1000.0), leased_at = clock_timestamp(), lease_asked = null,
  lease_warn_at = to_timestamp($3 / 1000.0) - least(make_interval(secs => coalesce(lease_warn_ms, 0) / 1000.0),
    (to_timestamp($3 / 1000.0) - clock_timestamp()) / 10)
where tenant_id = $1 and id = $2`;

export async function renew(tx: Tx, tenant: TenantId, id: UndoId, untilMs: number): Promise<void> {
  await tx.query(renewed, [tenant, id, untilMs]);
}
