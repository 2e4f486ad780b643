import type { RunId, TenantId, UndoId } from '../../../../schemas/ids.ts';
import type { JsonObject } from '../../../../schemas/json.ts';
import type { Failure } from '../../../core/contracts/action.ts';
import type { RunGiven } from '../../../core/run/context.ts';
import type { Tx } from '../sql.ts';
import { lineOf } from './undo-records.ts';

/* One undo record by its id, whatever run it belongs to: for people who look at trouble and not at runs. */

export interface OneRecord {
  id: UndoId;
  seq: string;
  state: string;
  runId: RunId;
  stepPath: string;
  stepName: string;
  action: string;
  target: { kind: string; id: string } | null;
  /** Why there is no way back; null when there is one. */
  irreversible: string | null;
  failure: Failure | null;
  expected: JsonObject | null;
  found: JsonObject | null;
  /** The run whose undo is about this record: a called one's caller, a restarted one's restart. */
  root: RunId;
  /** That run is being taken back just now. */
  rootUndoing: boolean;
}

/** In: tenant, record. */
export const rootOfRecord = `
with recursive ${lineOf('(select u.run_id from undo_records u where u.tenant_id = $1 and u.id = $2)')}
select line.id from line
where not (line.attached and line.parent_run_id is not null)
  and not exists (select 1 from runs a where a.tenant_id = $1 and a.restart_of = line.id)
order by line.created_at desc limit 1`;

const read = `
select u.id, u.seq::text, u.state, u.run_id as "runId", u.step_path as "stepPath", u.step_name as "stepName", u.action,
  case when u.target_kind is not null then json_build_object('kind', u.target_kind, 'id', u.target_id) end as target,
  u.inverse->>'irreversible' as irreversible, u.failure, u.expected, u.found
from undo_records u where u.tenant_id = $1 and u.id = $2`;

/** With the run's row locked: of two who ask at the same time the second one sees what the first one did. */
export async function lockRecord(tx: Tx, tenant: TenantId, id: UndoId): Promise<OneRecord | null> {
  const [root] = (await tx.query<{ id: RunId }>(rootOfRecord, [tenant, id])).rows;
  if (root === undefined) return null;
  const locked =
    'select undo_scope is not null as undoing from runs where tenant_id = $1 and id = $2 for update';
  const { rows } = await tx.query<{ undoing: boolean }>(locked, [tenant, root.id]);
  const [row] = (await tx.query<Omit<OneRecord, 'root' | 'rootUndoing'>>(read, [tenant, id])).rows;
  return row === undefined ? null : { ...row, root: root.id, rootUndoing: rows[0]?.undoing ?? false };
}

export interface OwnRun {
  digest: string;
  compilerVersion: number;
  snapshotVersion: number;
  playbookId: string;
  given: RunGiven;
  snapshot: string;
  /** Loops without a parent that the run had so far. */
  earlier: number;
}

const own = `
select r.digest, r.compiler_version as "compilerVersion", r.snapshot_version as "snapshotVersion",
  r.playbook_id as "playbookId", given_of(r) as given, s.snapshot,
  (select count(*)::int from scopes l where l.tenant_id = $1 and l.run_id = r.id and l.kind = 'loop' and l.body = 'undo'
    and l.parent is null) as earlier
from runs r join scopes s on s.tenant_id = r.tenant_id and s.run_id = r.id and s.path = 'run'
where r.tenant_id = $1 and r.id = $2`;

/** The run that did it, which may move still: what its undo sees and where its rows go. */
export async function lockOwnRun(tx: Tx, tenant: TenantId, runId: RunId): Promise<OwnRun | null> {
  await tx.query('select 1 from runs where tenant_id = $1 and id = $2 for update', [tenant, runId]);
  return (await tx.query<OwnRun>(own, [tenant, runId])).rows[0] ?? null;
}

const close = `
with closed as (
  update undo_records set state = 'left-as-is', settled_at = clock_timestamp()
  where tenant_id = $1 and id = $2 and state in ('undo-failed', 'changed-since', 'irreversible')
  returning run_id, step_path, effect, target_kind, target_id
),
shown as (
  update steps s set undo = 'left-as-is' from closed c
  where s.tenant_id = $1 and s.run_id = c.run_id and s.path = c.step_path
),
unheld as (
  delete from holds h using closed c
  where h.tenant_id = $1 and h.run_id = c.run_id and h.step_path = c.step_path and h.effect = c.effect
    and h.target_kind = c.target_kind and h.target_id = c.target_id and h.state = 'unreleased'
)
select 1 from closed`;

/** Whether it was one to be closed. */
export async function closeRecord(tx: Tx, tenant: TenantId, id: UndoId): Promise<boolean> {
  return (await tx.query(close, [tenant, id])).rowCount > 0;
}
