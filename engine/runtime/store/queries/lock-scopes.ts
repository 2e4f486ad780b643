import type { RunId, TenantId } from '../../../../schemas/ids.ts';
import { invariant } from '../../../core/contracts/invariant.ts';
import type { LoopItem, ScopeKind } from '../../../core/contracts/scope.ts';
import type { RunGiven } from '../../../core/run/context.ts';
import type { Due } from '../../due.ts';
import type { KeptGivens } from '../../keep-givens.ts';
import type { ScopeName } from '../../scope-name.ts';
import type { Sql, Tx } from '../sql.ts';

export type ScopeLive = 'created' | 'running' | 'waiting' | 'ended';

/** What the scopes of one run share; read once per run and batch, since an alert can be a megabyte. */
export interface LockedRun {
  runId: RunId;
  digest: string;
  compilerVersion: number;
  snapshotVersion: number;
  state: string;
  reason: string | null;
  priority: number;
  playbookId: string;
  playbookVersion: number;
  alertId: string | null;
  incidentId: string | null;
  concurrencyGroup: string | null;
  concurrencyLimit: number | null;
  restartOf: string | null;
  /** The caller, when it waits for this run's end. */
  caller: { runId: RunId; scope: string; ref: string } | null;
  given: RunGiven;
}

export interface LockedScope {
  runId: RunId;
  path: string;
  kind: ScopeKind;
  body: string;
  parent: string | null;
  framePath: string | null;
  item: LoopItem | null;
  /** Where it stands in the list of steps. */
  place: number[];
  live: ScopeLive;
  version: number;
  /** Null: not begun yet. */
  snapshot: string | null;
  due: Due[];
  /** When the database will find that something is due; null: never. */
  alarmMs: number | null;
  /** Its run was created by this very transaction, which writes the scope as its first decision leaves it. */
  unwritten?: boolean;
  run: LockedRun;
}

/*
 * Locks scopes and reads what a decision needs.
 * In: tenant, run ids, paths (pairs). Out: the database's time in milliseconds and one row per scope
 * that exists; `run` on the first row of each run only.
 * Always in order of run id and path, so that two batches never wait for each other in a circle.
 */
const text = `
with wanted as (
  select * from unnest($2::text[], $3::text[]) as w(run_id, path)
),
locked as (
  select s.run_id, s.path, s.kind, s.body, s.parent, s.frame_path, s.item, s.place, s.live, s.version, s.snapshot,
    s.due, s.alarm_at
  from scopes s
  where s.tenant_id = $1 and (s.run_id, s.path) in (select run_id, path from wanted)
  order by s.run_id, s.path
  for update
),
numbered as (
  select l.*, row_number() over (partition by l.run_id order by l.path) as nth from locked l
)
select n.run_id as "runId", n.path, n.kind, n.body, n.parent, n.frame_path as "framePath", n.item, n.place, n.live,
  n.version, n.snapshot, n.due, floor(extract(epoch from n.alarm_at) * 1000)::bigint as "alarmMs",
  case when n.nth = 1 then json_build_object('runId', r.id, 'digest', r.digest, 'compilerVersion', r.compiler_version,
    'snapshotVersion', r.snapshot_version, 'state', r.state, 'reason', r.reason, 'priority', r.priority, 'playbookId', r.playbook_id,
    'playbookVersion', r.playbook_version, 'alertId', r.alert_id, 'incidentId', r.incident_id,
    'concurrencyGroup', r.concurrency_group, 'concurrencyLimit', r.concurrency_limit, 'restartOf', r.restart_of,
    'caller', case when r.attached then json_build_object('runId', r.parent_run_id, 'scope', r.parent_scope,
      'ref', r.parent_ref) end) end as run
from numbered n
join runs r on r.tenant_id = $1 and r.id = n.run_id
order by n.run_id, n.path`;

type Row = Omit<LockedScope, 'run'> & { run: Omit<LockedRun, 'given'> | null };

/* As text, so that its length is known. */
const given = 'select id, given::text from runs where tenant_id = $1 and id = any($2)';

/** Runs that are not kept yet are read. */
async function givensOf(
  tx: Tx,
  tenant: TenantId,
  names: readonly ScopeName[],
  kept: KeptGivens,
): Promise<Map<RunId, RunGiven>> {
  const found = new Map<RunId, RunGiven>();
  const missing = new Set<RunId>();
  for (const { runId } of names) {
    const known = kept.get(runId);
    if (known === undefined) missing.add(runId);
    else found.set(runId, known);
  }
  if (missing.size === 0) return found;
  const { rows } = await tx.query<{ id: RunId; given: string }>(given, [tenant, [...missing]]);
  for (const row of rows) {
    const read = JSON.parse(row.given) as RunGiven;
    found.set(row.id, read);
    kept.keep(row.id, read, row.given.length);
  }
  return found;
}

export async function lockScopes(
  tx: Tx,
  tenant: TenantId,
  names: readonly ScopeName[],
  kept: KeptGivens,
): Promise<{ nowMs: number; scopes: LockedScope[] }> {
  const [{ rows }, nowMs, givens] = await Promise.all([
    tx.query<Row>(text, [tenant, names.map((name) => name.runId), names.map((name) => name.path)]),
    databaseNowMs(tx),
    givensOf(tx, tenant, names, kept),
  ]);
  const scopes: LockedScope[] = [];
  let run: LockedRun | null = null;
  for (const row of rows) {
    if (row.run !== null) {
      const given = givens.get(row.run.runId);
      invariant(given !== undefined, `run ${row.run.runId} has what it was given`);
      run = { ...row.run, given };
    }
    if (run !== null) scopes.push({ ...row, run });
  }
  return { nowMs, scopes };
}

/** After the locks were won, not when the transaction began: waiting for a lock can take long. */
export async function databaseNowMs(tx: Sql): Promise<number> {
  const { rows } = await tx.query<{ nowMs: string }>(now);
  return Number(rows[0]?.nowMs);
}

const now = `select floor(extract(epoch from clock_timestamp()) * 1000)::text as "nowMs"`;
