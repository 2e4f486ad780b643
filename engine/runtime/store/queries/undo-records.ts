import type { RunId, TenantId } from '../../../../schemas/ids.ts';
import type { JsonObject } from '../../../../schemas/json.ts';
import type { Failure } from '../../../core/contracts/action.ts';
import type { UndoOutcome, UndoRecord } from '../../../core/contracts/scope.ts';
import type { ScopeName } from '../../scope-name.ts';
import type { Tx } from '../sql.ts';

/**
 * Whose records an undo of a run is about: its own, those of its attached children (by the path of the
 * call, `via`), and of the runs it is a restart of, with their children.
 * In: tenant, run, and for `chosen` step paths, an action and a record's id, each or null for all. A loop's
 * or a repeat's path means all its items or rounds, a call's path its child's records.
 */
export const family = `family as (
  select r.id, r.restart_of, null::text as via from runs r where r.tenant_id = $1 and r.id = $2
  union all
  select r.id, r.restart_of, case when r.id = f.restart_of then f.via else coalesce(f.via, r.parent_ref) end
  from family f
  join runs r on r.tenant_id = $1 and (r.id = f.restart_of or (r.parent_run_id = f.id and r.attached))
),
members as (select distinct on (id) id, via from family order by id, via nulls first)`;

/**
 * The other way round: a run and those whose undo is about it, so those that go on from what it did. Who took it up
 * again, who called it and waited for it, and who took these up.
 */
export function lineOf(run: string): string {
  return `line as (
  select r.id, r.parent_run_id, r.attached, r.created_at from runs r where r.tenant_id = $1 and r.id = ${run}
  union
  select r.id, r.parent_run_id, r.attached, r.created_at from line
  join runs r on r.tenant_id = $1 and (r.restart_of = line.id or (line.attached and r.id = line.parent_run_id))
)`;
}

export const chosen = `($3::text[] is null or exists (select 1 from unnest($3::text[]) as wanted(path)
  where coalesce(f.via, u.step_path) = wanted.path
    or left(coalesce(f.via, u.step_path), length(wanted.path) + 1) in (wanted.path || '[', wanted.path || '#')))
  and ($4::text is null or u.action = $4) and ($5::text is null or u.id = $5)`;

/** What is known of the target's state, as an `UndoRecord` carries it. */
export function seenColumns(records: string): string {
  return `case when ${records}.left_behind is null then true end as unseen,
  case when ${records}.found is not null then json_build_object('expected', ${records}.expected, 'found', ${records}.found) end as seen`;
}

/** A hold may have inherited since that the effect is ours; its record is told when the hold is let go of. */
export function originOf(records: string): string {
  return `coalesce((select h.origin from holds h where h.tenant_id = $1 and h.effect = ${records}.effect
    and h.target_kind = ${records}.target_kind and h.target_id = ${records}.target_id
    and h.run_id = ${records}.run_id and h.step_path = ${records}.step_path), ${records}.origin)`;
}

/** A part of what could be taken back: the records of one action, or one record. */
export interface Narrowing {
  action: string | null;
  record: string | null;
}

export const allRecords: Narrowing = { action: null, record: null };

/*
 * The records an undo has to take back, newest first, now claimed by it (`undoing`).
 * Out: also the loops that asked about the end of a lease; their question is settled by this.
 */
const plan = `
with recursive ${family},
wanted as (
  select u.id, u.lease_asked as asking from members f join undo_records u on u.tenant_id = $1 and u.run_id = f.id
  where ${chosen}
),
claimed as (
  update undo_records u set state = 'undoing', settled_at = null, lease_asked = null
  -- One after the other: of a join the planner may read all records that could still be taken back.
  where u.tenant_id = $1 and u.id = any(array(select id from wanted)) and u.state in ('done', 'undo-failed', 'changed-since')
  returning u.*
)
select (select asking from wanted w where w.id = claimed.id) as asking, id, seq, run_id as "runId", step_path as "stepPath", step_name as "stepName", generation, action, connection,
  case when target_kind is not null then json_build_object('kind', target_kind, 'id', target_id) end as target,
  effect, ${originOf('claimed')} as origin, inverse, loop, ${seenColumns('claimed')}
from claimed order by seq desc`;

export async function planUndo(
  tx: Tx,
  tenant: TenantId,
  runId: string,
  steps: readonly string[] | null,
  only = allRecords,
): Promise<{ records: UndoRecord[]; asking: ScopeName[] }> {
  const { rows } = await tx.query<UndoRecord & { asking: string | null }>(plan, [
    tenant,
    runId,
    steps,
    only.action,
    only.record,
  ]);
  const asking = rows.flatMap((row) =>
    row.asking === null ? [] : [{ runId: row.runId as RunId, path: row.asking }],
  );
  return { records: rows.map(({ asking: _, ...record }) => record), asking };
}

/** What a plan claimed that came to nothing is what it was before, as its last try left it. */
const unplan = `
update undo_records set settled_at = case when released_at is not null then clock_timestamp() end,
  state = case when released_at is null then 'done' when failure->>'code' = 'undo/changed-since' then 'changed-since'
    else 'undo-failed' end
where tenant_id = $1 and id = any($2::text[]) and state = 'undoing'`;

export async function unplanUndo(tx: Tx, tenant: TenantId, ids: readonly string[]): Promise<void> {
  await tx.query(unplan, [tenant, ids]);
}

export interface ReleaseView {
  origin: 'ours' | 'found' | 'unknown';
  irreversible: boolean;
  /** Somebody else still wants the effect. */
  wanted: boolean;
}

/** What an effect is known by never changes in its record, so nothing has to be read first. */
const lockEffect = `
select pg_advisory_xact_lock(hashtextextended(concat_ws('/', u.tenant_id, 'hold', u.effect, u.target_kind, u.target_id), 0))
from undo_records u
where u.tenant_id = $1 and u.id = $2 and u.effect is not null and u.target_kind is not null and u.target_id is not null`;

const record = `
with record as materialized (
  select run_id, step_path, effect, target_kind, target_id, origin, inverse from undo_records where tenant_id = $1 and id = $2
)`;

/** Of a hold h and the record r. */
const sameEffect =
  'h.tenant_id = $1 and h.effect = r.effect and h.target_kind = r.target_kind and h.target_id = r.target_id';
const ofRecord = 'h.run_id = r.run_id and h.step_path = r.step_path';

/*
 * Takes the run's hold away and says what is left. What the hold knew of the effect's origin passes to
 * those who still hold it: ours stays ours when the run that caused it lets go first.
 */
const release = `${record},
mine as (
  delete from holds h using record r where ${sameEffect} and ${ofRecord}
  returning h.origin
),
known as (
  update undo_records u set released_at = clock_timestamp(), origin = coalesce((select origin from mine), u.origin)
  where u.tenant_id = $1 and u.id = $2
  returning u.origin, u.inverse
),
heirs as (
  update holds h set origin = case
      when (select origin from known) = 'ours' then 'ours'
      -- One that is only wanted knows nothing yet, and may find this very effect.
      when (select origin from known) = 'unknown' and coalesce(h.origin, 'found') = 'found' then 'unknown'
      else h.origin end
  from record r
  where ${sameEffect} and h.state in ('wanted', 'held') and not (${ofRecord})
  returning 1
)
select origin, inverse->>'irreversible' is not null as irreversible, exists (select 1 from heirs) as wanted from known`;

/** The same answer, and everything stays as it is. */
const look = `${record}
select coalesce((select h.origin from holds h where ${sameEffect} and ${ofRecord}), r.origin) as origin,
  r.inverse->>'irreversible' is not null as irreversible,
  exists (select 1 from holds h where ${sameEffect} and h.state in ('wanted', 'held') and not (${ofRecord})) as wanted
from record r`;

export async function releaseHold(
  tx: Tx,
  tenant: TenantId,
  recordId: string,
  looksFirst = false,
): Promise<ReleaseView | null> {
  const [, { rows }] = await Promise.all([
    tx.query(lockEffect, [tenant, recordId]),
    tx.query<ReleaseView>(looksFirst ? look : release, [tenant, recordId]),
  ]);
  return rows[0] ?? null;
}

export interface SettledRow {
  id: string;
  /** `kept`: asked about at the end of its lease, and nobody said yes. */
  outcome: UndoOutcome | 'kept';
  failure: Failure | null;
  /** What the target was left as and what it showed instead, when that is why. */
  expected: JsonObject | null;
  found: JsonObject | null;
  /** The loop that asked. */
  asked: string | null;
}

const asLong = `greatest(u.lease_until - u.leased_at, interval '1 hour')`;
const warnedBefore = 'make_interval(secs => coalesce(u.lease_warn_ms, 0) / 1000.0)';

/*
 * A further try at a failed one is an effect of its own: its generation grows. Containments that were
 * held back by the undo look again now. What nothing takes back is still there, unless it was so before. What was changed
 * since is nobody's hold any more: whatever the target shows, it is not what our action left.
 */
const settle = `
with settled as (
  update undo_records u set state = x.outcome, settled_at = clock_timestamp(), lease_asked = null,
    generation = u.generation + case when x.outcome in ('undo-failed', 'changed-since') then 1 else 0 end,
    failure = x.failure, expected = x.expected, found = x.found
  from json_to_recordset($2::json) as x(id text, outcome text, asked text, failure json, expected json, found json)
  where u.tenant_id = $1 and u.id = x.id and x.outcome <> 'kept'
    -- What could not even be asked about at the end of its lease was never taken up.
    and (u.state = 'undoing' or (u.state = 'done' and u.lease_asked = x.asked))
  returning u.*
),
kept as (
  update undo_records u set state = 'done', released_at = null, lease_asked = null, leased_at = clock_timestamp(),
    lease_until = clock_timestamp() + ${asLong},
    -- A renewal may have made it shorter than the time of the warning.
    lease_warn_at = clock_timestamp() + ${asLong} - case when ${warnedBefore} < ${asLong} then ${warnedBefore}
      else ${asLong} / 10 end
  from json_to_recordset($2::json) as x(id text, outcome text, asked text)
  where u.tenant_id = $1 and u.id = x.id and x.outcome = 'kept' and u.lease_asked = x.asked
  returning u.*
),
shown as (
  update steps s set undo = d.state from settled d
  where s.tenant_id = $1 and s.run_id = d.run_id and s.path = d.step_path
),
woken as (
  update deadlines w set due_at = clock_timestamp() from settled d, steps s
  where s.tenant_id = $1 and s.held and s.target_kind = d.target_kind and s.target_id = d.target_id
    and w.tenant_id = $1 and w.run_id = s.run_id and w.ref = s.path and w.kind = 'recheck'
),
gone as (
  delete from holds h using settled d
  where h.tenant_id = $1 and d.state = 'undone' and h.effect = d.effect and h.target_kind = d.target_kind
    and h.target_id = d.target_id and h.state = 'unreleased'
)
insert into holds (tenant_id, effect, target_kind, target_id, run_id, step_path, state, origin)
select d.tenant_id, d.effect, d.target_kind, d.target_id, d.run_id, d.step_path,
  case d.state when 'done' then 'held' else 'unreleased' end, d.origin
from (select * from settled where state = 'undo-failed' or (state = 'irreversible' and origin <> 'found') union all select * from kept) d
where d.effect is not null and d.target_id is not null
on conflict (tenant_id, effect, target_kind, target_id, run_id, step_path) do update
  -- One that was not let go of may have inherited that the effect is ours.
  set state = excluded.state, origin = coalesce(holds.origin, excluded.origin)`;

export async function settleUndo(tx: Tx, tenant: TenantId, rows: readonly SettledRow[]): Promise<void> {
  if (rows.length > 0) await tx.query(settle, [tenant, JSON.stringify(rows)]);
}

const left = `
with recursive ${family}
select exists (select 1 from members f join undo_records u on u.tenant_id = $1 and u.run_id = f.id
  where u.state in ('undo-failed', 'changed-since')) as left`;

/** Whether something of this run, or of what an undo of it is about, could not be taken back. */
export async function hasFailedUndo(tx: Tx, tenant: TenantId, runId: string): Promise<boolean> {
  return (await tx.query<{ left: boolean }>(left, [tenant, runId])).rows[0]?.left ?? false;
}
