import type { RunId, TenantId } from '../../../../schemas/ids.ts';
import type { ScopeResult } from '../../../core/contracts/scope.ts';
import type { RunGiven } from '../../../core/run/context.ts';
import type { Sql, Tx } from '../sql.ts';
import { family, lineOf } from './undo-records.ts';

/* An ended run that is taken back by a person: one transaction begins it, another ends it. */

export interface UndoableRun {
  state: string;
  digest: string;
  compilerVersion: number;
  snapshotVersion: number;
  playbookId: string;
  playbookVersion: number;
  given: RunGiven;
  snapshot: string;
  /** The run's own scope has ended. */
  ended: boolean;
  /** A run that goes on from what this one did and has not ended: it took it up again, or called it. */
  onward: RunId | null;
  onwardState: string | null;
  /** How many undos after the end there were before. */
  earlier: number;
}

const open = `('queued', 'running', 'waiting', 'undoing')`;

/*
 * The run and those ended ones that a restart could go on from it with. Not those under way: the undo is refused then,
 * and nobody has to wait for it.
 */
const lock = `
with recursive ${lineOf('$2')}
select r.id from runs r
where r.tenant_id = $1 and r.id in (select id from line) and (r.id = $2 or r.state not in ${open})
order by r.id for update of r`;

const read = `
with recursive ${lineOf('$2')}
select r.state, r.digest, r.compiler_version as "compilerVersion", r.snapshot_version as "snapshotVersion",
  r.playbook_id as "playbookId", r.playbook_version as "playbookVersion", given_of(r) as given, s.snapshot, s.live = 'ended' as ended,
  onward.id as onward, onward.state as "onwardState",
  (select count(*)::int from scopes l where l.tenant_id = $1 and l.run_id = r.id and l.kind = 'loop' and l.body = 'undo'
    and l.parent is null) as earlier
from runs r join scopes s on s.tenant_id = r.tenant_id and s.run_id = r.id and s.path = 'run'
left join lateral (
  select o.id, o.state from line join runs o on o.tenant_id = $1 and o.id = line.id
  where o.id <> r.id and o.state in ${open} order by o.created_at desc limit 1
) onward on true
where r.tenant_id = $1 and r.id = $2`;

/**
 * Of two who ask at the same time the second one sees what the first one began; likewise whoever restarts one of
 * these runs, which locks it as well (restart-step.ts).
 */
export async function lockUndoable(tx: Tx, tenant: TenantId, runId: RunId): Promise<UndoableRun | null> {
  // Again until nothing has come or ended meanwhile: what is locked is what was there when the statement began.
  for (let locked = -1, found = 0; locked !== found; ) {
    locked = found;
    found = (await tx.query(lock, [tenant, runId])).rowCount;
  }
  return (await tx.query<UndoableRun>(read, [tenant, runId])).rows[0] ?? null;
}

const unknown = `
select wanted.path from unnest($3::text[]) as wanted(path)
where not exists (select 1 from steps s where s.tenant_id = $1 and s.run_id = $2 and s.path = wanted.path)`;

export async function unknownSteps(
  sql: Sql,
  tenant: TenantId,
  runId: RunId,
  paths: readonly string[],
): Promise<string[]> {
  return (await sql.query<{ path: string }>(unknown, [tenant, runId, paths])).rows.map((row) => row.path);
}

/** It has no place in its concurrency group any more, and takes nobody's. */
const begin = `
update runs set state = 'undoing', undo_scope = $3, outcome = coalesce(outcome, state), place = 'away'
where tenant_id = $1 and id = $2`;

export async function beginUndo(tx: Tx, tenant: TenantId, runId: RunId, path: string): Promise<void> {
  await tx.query(begin, [tenant, runId, path]);
}

/*
 * The state after an undo (language reference 9.3): what failed has to be looked at; when nothing is
 * left, all of it is undone; after a part of it the run is what it was.
 */
const rest = `
with recursive family as (
  select r.id, r.restart_of from runs r where r.tenant_id = $1 and r.id = $2
  union
  select r.id, r.restart_of from family f
  join runs r on r.tenant_id = $1 and (r.id = f.restart_of or (r.parent_run_id = f.id and r.attached))
),
rest as (
  select coalesce(bool_or(u.state in ('undo-failed', 'changed-since')), false) as failed,
    coalesce(bool_or(u.state in ('done', 'undoing')), false) as remains,
    coalesce(bool_or(u.state = 'undoing'), false) as undoing
  from family f join undo_records u on u.tenant_id = $1 and u.run_id = f.id
)`;

const stateAfter = `case when rest.failed then 'undo-incomplete' when rest.remains then r.outcome else 'undone' end`;

const end = `${rest}
update runs r set undo_scope = null, state = ${stateAfter}
from rest where r.tenant_id = $1 and r.id = $2 and r.undo_scope = $3
returning r.state`;

/** The state it came to; null when this loop is not what the run was undoing for. */
export async function endUndo(tx: Tx, tenant: TenantId, runId: RunId, path: string): Promise<string | null> {
  return (await tx.query<{ state: string }>(end, [tenant, runId, path])).rows[0]?.state ?? null;
}

const settled = `${rest}
update runs r set state = ${stateAfter}
from rest where r.tenant_id = $1 and r.id = $2 and r.state = 'undo-incomplete' and r.undo_scope is null
  -- Whoever takes the rest back settles it.
  and not rest.undoing
returning r.state`;

/* Runs whose undo is about a record of this run, or of one that its undo is about. */
const incomplete = `
with recursive ${family}, ${lineOf('any(array(select id from members))')}
select r.id from runs r
where r.tenant_id = $1 and r.id = any(array(select id from line)) and r.state = 'undo-incomplete' and r.undo_scope is null
order by r.id`;

export interface SettledRun {
  id: RunId;
  state: string;
}

/** After a record was closed or taken back: the runs that waited for that, and what each is now. */
export async function settleIncomplete(tx: Tx, tenant: TenantId, runId: RunId): Promise<SettledRun[]> {
  const { rows } = await tx.query<{ id: RunId }>(incomplete, [tenant, runId]);
  const done: SettledRun[] = [];
  for (const { id } of rows) {
    const [now] = (await tx.query<{ state: string }>(settled, [tenant, id])).rows;
    if (now !== undefined) done.push({ id, state: now.state });
  }
  return done;
}

const endShown = `
update steps set status = case when $4::json is null then 'succeeded' else 'failed' end, phase = null, outputs = $3::json,
  failure = $4::json, finished_at = clock_timestamp()
where tenant_id = $1 and run_id = $2 and path = $5`;

/** The undo's own line among the steps of the run. */
export async function endShownUndo(
  tx: Tx,
  tenant: TenantId,
  scope: { runId: RunId; path: string },
  result: Pick<ScopeResult, 'outputs' | 'failure'>,
): Promise<void> {
  const failure = result.failure === null ? null : JSON.stringify(result.failure.failure);
  await tx.query(endShown, [tenant, scope.runId, JSON.stringify(result.outputs), failure, scope.path]);
}
