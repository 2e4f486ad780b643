import type { RunId, TenantId } from '../../../../schemas/ids.ts';
import { invariant } from '../../../core/contracts/invariant.ts';
import type { LoopItem, ScopeKind } from '../../../core/contracts/scope.ts';
import type { ScopeSnapshot } from '../../../core/run/context.ts';
import type { Due } from '../../due.ts';
import type { KeptRun, KeptRuns } from '../../keep-runs.ts';
import type { ScopeName } from '../../scope-name.ts';
import type { Sql, Tx } from '../sql.ts';
import { readKeptRuns } from './read-kept-runs.ts';

export type ScopeLive = 'created' | 'running' | 'waiting' | 'ended';

/** What the scopes of one run share. */
export interface LockedRun extends KeptRun {
  state: string;
  reason: string | null;
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
  snapshot: ScopeSnapshot | null;
  due: Due[];
  /** When the database will find that something is due; null: never. */
  alarmMs: number | null;
  /** Its run was created by this very transaction, which writes the scope as its first decision leaves it. */
  unwritten?: boolean;
  run: LockedRun;
}

/*
 * Locks scopes and reads what a decision needs.
 * In: tenant, run ids, paths (pairs). Out: one row per scope that exists.
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
)
select l.run_id as "runId", l.path, l.kind, l.body, l.parent, l.frame_path as "framePath", l.item, l.place, l.live,
  l.version, l.snapshot, l.due, floor(extract(epoch from l.alarm_at) * 1000)::bigint as "alarmMs", r.state, r.reason
from locked l
join runs r on r.tenant_id = $1 and r.id = l.run_id
order by l.run_id, l.path`;

type Row = Omit<LockedScope, 'run' | 'snapshot'> &
  Pick<LockedRun, 'state' | 'reason'> & { snapshot: string | null };

export async function lockScopes(
  tx: Tx,
  tenant: TenantId,
  names: readonly ScopeName[],
  kept: KeptRuns,
): Promise<LockedScope[]> {
  const [{ rows }, runs] = await Promise.all([
    tx.query<Row>(text, [tenant, names.map((name) => name.runId), names.map((name) => name.path)]),
    readKeptRuns(tx, tenant, names, kept),
  ]);
  return rows.map(({ state, reason, snapshot, ...scope }) => {
    const run = runs.get(scope.runId);
    invariant(run !== undefined, `run ${scope.runId} has what never changes of it`);
    return {
      ...scope,
      snapshot: snapshot === null ? null : kept.decode(scope, snapshot),
      run: { ...run, state, reason },
    };
  });
}

/** After the locks were won, not when the transaction began: waiting for a lock can take long. */
export async function databaseNowMs(tx: Sql): Promise<number> {
  const { rows } = await tx.query<{ nowMs: string }>(now);
  return Number(rows[0]?.nowMs);
}

const now = `select floor(extract(epoch from clock_timestamp()) * 1000)::text as "nowMs"`;
