import type { AttemptId, TenantId } from '../../../../schemas/ids.ts';
import type { EncodedEntry } from '../../../core/audit/entry.ts';
import type { Batch } from '../../batch.ts';
import { insertEntries } from '../../record-audit.ts';
import type { ScopeName } from '../../scope-name.ts';
import type { Columns, RowOf, RowType } from '../row-type.ts';
import type { Tx } from '../sql.ts';
import { openScopes, sendLetters } from './open-scopes.ts';
import { reserveTargets, returnReservations } from './reserve-targets.ts';
import { changedRun, changedStep, movedScope, newStep } from './row-types.ts';
import { unsubscribe } from './subscribe.ts';
import { settleUndo } from './undo-records.ts';
import { type ClaimAtOnce, writeAttempts } from './write-attempts.ts';
import { expectEffectsStay, writeHolds, writeRecords } from './write-holds.ts';

/*
 * Writes what an advance transaction gathered: one statement per table, whatever the number of
 * runs. Order matters only where a row refers to another. Rows travel as one array each: of a type of their own where
 * every move writes some, of JSON elsewhere.
 */

/** Their rows are locked, so a version that moved means two decisions of one scope in one batch. */
const scopes = `
with written as (
update scopes s set version = s.version + 1, snapshot = x.snapshot, live = x.live, result = x.result,
  due = x.due, alarm_at = to_timestamp(x.alarm_ms / 1000.0)
from unnest($2::moved_scope[]) as x
where s.tenant_id = $1 and s.run_id = x.run_id and s.path = x.path and s.version = x.version
returning 1
)
select expect_count(count(*), $3, 'a scope changed under its lock') from written`;

const firstScopes = `
insert into scopes (tenant_id, run_id, path, version, snapshot, live, result, due, alarm_at)
select $1, run_id, path, 1, snapshot, live, result, due, to_timestamp(alarm_ms / 1000.0)
from unnest($2::moved_scope[])`;

/** Their rows are locked; what was decided about them is as it was. */
const alarms = `
update scopes s set due = x.due, alarm_at = to_timestamp(x.alarm_ms / 1000.0)
from json_to_recordset($2::json) as x(run_id text, path text, due json, alarm_ms bigint)
where s.tenant_id = $1 and s.run_id = x.run_id and s.path = x.path`;

const runs = `
update runs r set state = x.state, reason = x.reason, outputs = coalesce(x.outputs, r.outputs),
  outcome = coalesce(x.outcome, r.outcome), waiting_for = x.waiting_for,
  started_at = coalesce(r.started_at, case when x.state <> 'queued' then clock_timestamp() end),
  ended_at = case when x.ended then clock_timestamp() else r.ended_at end
from unnest($2::changed_run[]) as x
where r.tenant_id = $1 and r.id = x.id`;

const steps = `
insert into steps (tenant_id, run_id, path, scope_path, position, place, kind, name, action, status, phase, attempts,
  target_kind, target_id, simulated, outputs, failure, denial, approval, started_at, finished_at)
select $1, run_id, path, scope_path, position, place, kind, name, action, status, phase, attempts, target_kind, target_id, simulated, outputs,
  failure, denial, approval, to_timestamp(started_ms / 1000.0), to_timestamp(finished_ms / 1000.0)
from unnest($2::new_step[])
on conflict (tenant_id, run_id, path) do update set status = excluded.status, phase = excluded.phase,
  attempts = excluded.attempts, target_kind = excluded.target_kind, target_id = excluded.target_id,
  simulated = excluded.simulated, outputs = excluded.outputs, failure = excluded.failure,
  denial = excluded.denial, approval = excluded.approval, started_at = excluded.started_at,
  finished_at = excluded.finished_at`;

/** Not all of the above over again: most of a row never changes. */
const changedSteps = `
with written as (
update steps s set status = x.status, phase = x.phase, attempts = x.attempts, target_kind = x.target_kind,
  target_id = x.target_id, simulated = x.simulated, outputs = x.outputs, failure = x.failure, denial = x.denial,
  approval = x.approval, started_at = to_timestamp(x.started_ms / 1000.0),
  finished_at = to_timestamp(x.finished_ms / 1000.0)
from unnest($2::changed_step[]) as x
where s.tenant_id = $1 and s.run_id = x.run_id and s.path = x.path
returning 1
)
select expect_count(count(*), $3, 'a step of a scope that has begun has no row') from written`;

const clearedDeadlines = `
delete from deadlines d
using json_to_recordset($2::json) as x(run_id text, scope_path text, ref text, kinds json)
where d.tenant_id = $1 and d.run_id = x.run_id and d.scope_path = x.scope_path and d.ref = x.ref
  and d.kind in (select json_array_elements_text(x.kinds))`;

const deadlines = `
insert into deadlines (tenant_id, id, run_id, scope_path, ref, kind, seq, due_at)
select $1, id, run_id, scope_path, ref, kind, seq, to_timestamp(due_ms / 1000.0)
from json_to_recordset($2::json) as x(id text, run_id text, scope_path text, ref text, kind text, seq int, due_ms bigint)
on conflict (tenant_id, run_id, scope_path, ref, kind, seq) do update set due_at = excluded.due_at`;

const endedApprovals = `
update approvals a set
  state = case when x.outcome = 'consumed' then a.state else x.outcome end,
  consumed_at = case when x.outcome = 'consumed' then clock_timestamp() else a.consumed_at end,
  ended_at = coalesce(a.ended_at, clock_timestamp())
from json_to_recordset($2::json) as x(run_id text, step_path text, outcome text)
where a.tenant_id = $1 and a.run_id = x.run_id and a.step_path = x.step_path
  and (a.state = 'pending' or (a.state = 'granted' and a.consumed_at is null and x.outcome <> 'expired'))`;

const widenedApprovals = `
update approvals a set approvers = (select array_agg(distinct who) from unnest(a.approvers || x.approvers) as who)
from (select run_id, step_path, array(select json_array_elements_text(approvers)) as approvers
  from json_to_recordset($2::json) as y(run_id text, step_path text, approvers json)) x
where a.tenant_id = $1 and a.run_id = x.run_id and a.step_path = x.step_path and a.state = 'pending'`;

const approvals = `
insert into approvals (tenant_id, id, run_id, scope_path, step_path, ask_number, digest, plan, card, approvers, quorum,
  glass_quorum, separate, require_comment, excluded, approve_before, state, ended_at, held_by, held_reason, notify)
select $1, id, run_id, scope_path, step_path, ask_number, digest, decode(plan, 'hex'), card,
  array(select json_array_elements_text(approvers)), quorum, glass_quorum, separate, require_comment,
  array(select json_array_elements_text(excluded)), to_timestamp(approve_before_ms / 1000.0),
  state, case when state <> 'pending' then clock_timestamp() end, held_by, held_reason,
  array(select json_array_elements_text(notify))
from json_to_recordset($2::json) as x(id text, run_id text, scope_path text, step_path text, state text, ask_number int, digest text, plan text,
  card json, approvers json, quorum int, glass_quorum int, separate boolean, require_comment text, excluded json,
  approve_before_ms bigint, held_by text, held_reason text, notify json)`;

/** After the questions themselves. One that was closed by the same decision tells nobody. */
const notices = `
insert into notices (tenant_id, approval_id, occasion, destination)
select $1, a.id, x.occasion, each.destination
from json_to_recordset($2::json) as x(run_id text, step_path text, occasion text)
join approvals a on a.tenant_id = $1 and a.run_id = x.run_id and a.step_path = x.step_path and a.state = 'pending',
  unnest(a.notify) with ordinality as each(destination, place)
order by a.id, each.place`;

const tasks = `
insert into tasks (tenant_id, id, run_id, scope_path, step_path, generation, number, action, class, system, target_kind,
  target_id, digest, card, follows, can_ask, answer_before)
select $1, id, run_id, scope_path, step_path, generation, number, action, class, system, target_kind, target_id, digest,
  card, follows, can_ask, to_timestamp(answer_before_ms / 1000.0)
from json_to_recordset($2::json) as x(id text, run_id text, scope_path text, step_path text, generation int, number int,
  action text, class text, system text, target_kind text, target_id text, digest text, card json, follows json,
  can_ask boolean, answer_before_ms bigint)`;

const endedTasks = `
update tasks t set state = x.state, settled_by = x.by, ended_at = clock_timestamp()
from json_to_recordset($2::json) as x(run_id text, step_path text, state text, by text)
where t.tenant_id = $1 and t.run_id = x.run_id and t.step_path = x.step_path and t.state = 'open'`;

const retoldTasks = `
update tasks t set follows = x.follows
from json_to_recordset($2::json) as x(run_id text, step_path text, follows json)
where t.tenant_id = $1 and t.run_id = x.run_id and t.step_path = x.step_path and t.state = 'open'`;

const facts = `
insert into target_facts (tenant_id, kind, target_id, facts)
select $1, kind, target_id, facts
from (select distinct on (kind, target_id) * from json_to_recordset($2::json) as y(kind text, target_id text, facts json)
  order by kind, target_id) x
on conflict (tenant_id, kind, target_id) do update set facts = excluded.facts, read_at = clock_timestamp()
-- The last administrators are counted by roles: a look-up that tells none does not make them forgotten.
where json_typeof(excluded.facts->'roles') = 'array' or json_typeof(target_facts.facts->'roles') is distinct from 'array'`;

const endedScopes = `
with gone as (
  delete from subscriptions s using json_to_recordset($2::json) as x(run_id text, path text)
  where s.tenant_id = $1 and s.run_id = x.run_id and s.scope_path = x.path
)
delete from deadlines d using json_to_recordset($2::json) as x(run_id text, path text)
where d.tenant_id = $1 and d.run_id = x.run_id and d.scope_path = x.path`;

/** Items that never began end with their loop; the records of an undo that never began can be taken back later. */
export const closedLoops = `
with unbegun as (
  update scopes s set live = 'ended' from json_to_recordset($2::json) as x(run_id text, path text)
  where s.tenant_id = $1 and s.run_id = x.run_id and s.parent = x.path and s.live = 'created'
),
loops as (
  select s.item->'value'->>'id' as record from scopes s, json_to_recordset($2::json) as x(run_id text, path text)
  where s.tenant_id = $1 and s.run_id = x.run_id and s.parent = x.path and s.kind = 'undo'
    -- What had its outcome may have been taken up by another undo since.
    and s.result->>'undo' is null and coalesce(s.result->>'status', '') <> 'skipped'
)
update undo_records u set state = case when u.released_at is null then 'done' else 'undo-failed' end,
  lease_until = case when u.lease_until <= clock_timestamp() then clock_timestamp() + interval '1 hour'
    else u.lease_until end
from loops l where u.tenant_id = $1 and u.id = l.record and u.state = 'undoing'`;

const runStates = 'select settle_run_states($1, $2)';

export interface Written {
  /** Scopes that were told something. */
  told: ScopeName[];
  /** Attempts that the worker of this process has now. */
  claimed: Set<AttemptId>;
}

async function many(tx: Tx, tenant: TenantId, text: string, rows: readonly unknown[]): Promise<void> {
  if (rows.length > 0) await tx.query(text, [tenant, JSON.stringify(rows)]);
}

export async function writeBatch(
  tx: Tx,
  tenant: TenantId,
  batch: Batch,
  entries: readonly EncodedEntry[] = [],
  claim: ClaimAtOnce | null = null,
): Promise<Written> {
  const all = (text: string, some: readonly unknown[]) => many(tx, tenant, text, some);
  const rows = async <C extends Columns>(text: string, type: RowType<C>, some: readonly RowOf<C>[]) => {
    if (some.length > 0) await tx.query(text, [tenant, type.pack(some)]);
  };
  const counted = async <C extends Columns>(text: string, type: RowType<C>, some: readonly RowOf<C>[]) => {
    if (some.length > 0) await tx.query(text, [tenant, type.pack(some), some.length]);
  };
  const { unsettledRuns } = batch;
  // All given at once, in this order: one round trip.
  const first = Promise.all([
    // Before the holds: whoever takes one of these effects back waits for the lock, and sees them then.
    expectEffectsStay(tx, tenant, [...batch.staying.values()]),
    openScopes(tx, tenant, { frames: batch.frames, scopes: batch.newScopes }),
    rows(firstScopes, movedScope, batch.firstScopes),
    counted(scopes, movedScope, batch.scopes),
    all(alarms, batch.alarms),
    rows(runs, changedRun, batch.runs),
    rows(steps, newStep, batch.steps),
    counted(changedSteps, changedStep, batch.changedSteps),
    all(clearedDeadlines, batch.clearedDeadlines),
    all(deadlines, batch.deadlines),
    all(endedApprovals, batch.endedApprovals),
    all(widenedApprovals, batch.widenedApprovals),
    all(approvals, batch.approvals),
    all(notices, batch.notices),
    all(tasks, batch.tasks),
    all(retoldTasks, batch.retoldTasks),
    all(endedTasks, batch.endedTasks),
    all(facts, batch.facts),
    insertEntries(tx, tenant, entries),
    // What was dropped is written by now: whoever decides has to tell what came of it.
    writeHolds(tx, tenant, [...batch.holds.values()]),
    writeRecords(tx, tenant, batch.records),
    settleUndo(tx, tenant, batch.settledUndos),
    unsubscribe(tx, tenant, batch.unsubscribed),
    all(endedScopes, batch.endedScopes),
    all(closedLoops, batch.closedLoops),
  ]);
  const telling = sendLetters(tx, tenant, batch.letters);
  const ready = batch.attempts.filter((row) => !row.revoked);
  const claiming = writeAttempts(tx, tenant, ready, claim);
  const last = Promise.all([
    // Behind all scopes and messages, which it looks at.
    unsettledRuns.size > 0 && tx.query(runStates, [tenant, [...unsettledRuns]]),
    returnReservations(tx, tenant, batch.returned),
    // Whoever else counts against these budgets waits from here on.
    reserveTargets(tx, tenant, [...batch.reservations.values()]),
  ]);
  const [told, claimed] = await Promise.all([telling, claiming, first, last]);
  return { told, claimed };
}
