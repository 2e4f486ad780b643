import type { TenantId } from '../../../schemas/ids.ts';
import type { Json } from '../../../schemas/json.ts';
import type { Sql } from '../store/sql.ts';
import { add, type Conditions, conditionsFor } from './conditions.ts';
import { hiderFor } from './hide-in-runs.ts';
import { type Page, type PageRequest, questionOf, readPage } from './read-page.ts';
import { type Target, targetOf } from './target.ts';
import { timeOf } from './time.ts';

export interface StepItem {
  path: string;
  /** Path of the scope it ran in: `run`, or an item, a round or an undo inside. */
  scope: string;
  kind: string;
  name: string;
  action: string | null;
  status: string;
  phase: string | null;
  attempts: number;
  target: Target | null;
  simulated: boolean;
  outputs: Json;
  failure: Json;
  denial: Json;
  approval: Json;
  /** What became of its effect when it was to be taken back; null while nobody asked for that. */
  undo: string | null;
  /** The newest request of this step, decided or not; where there is none, that of the gate or list on whose yes it went out. */
  approvalId: string | null;
  /** The run that a `call` started. */
  childRunId: string | null;
  startedAt: string | null;
  finishedAt: string | null;
}

export interface StepFilter {
  run: string;
  /** Only the steps of this scope. */
  scope?: string | undefined;
  status?: string[] | undefined;
}

interface Row {
  path: string;
  scope_path: string;
  kind: string;
  name: string;
  action: string | null;
  status: string;
  phase: string | null;
  attempts: number;
  target_kind: string | null;
  target_id: string | null;
  target_name: string | null;
  simulated: boolean;
  outputs: Json;
  failure: Json;
  denial: Json;
  approval: Json;
  undo: string | null;
  approval_id: string | null;
  child_run_id: string | null;
  started_at: Date | null;
  finished_at: Date | null;
}

/** In the order of the playbook, items one after the other, also those not reached. */
export async function listSteps(
  sql: Sql,
  tenant: TenantId,
  filter: StepFilter,
  request: PageRequest,
): Promise<Page<StepItem>> {
  const conditions = conditionsFor('s.tenant_id', tenant);
  add(conditions, 's.run_id = ?', filter.run);
  add(conditions, 's.scope_path = ?', filter.scope);
  add(conditions, 's.status = any(?)', filter.status);
  const page = await readPage<Row, StepItem>(sql, request, {
    question: questionOf('steps', filter),
    columns,
    from: 'steps s',
    conditions,
    sortColumn: 's.place',
    sortKind: 'place',
    idColumn: 's.path',
    descending: false,
    toItem,
  });
  const hide = await hiderFor(sql, tenant, page.items.length === 0 ? [] : [filter.run]);
  return {
    ...page,
    items: page.items.map((item) => ({
      ...item,
      outputs: hide.outputs(filter.run, item.path, item.outputs),
    })),
  };
}

/** All steps of some scopes, at most 200 each. */
export function stepsOfScopes(
  sql: Sql,
  tenant: TenantId,
  run: string,
  scopes: readonly string[],
): Promise<StepItem[]> {
  const conditions = conditionsFor('s.tenant_id', tenant);
  add(conditions, 's.run_id = ?', run);
  add(conditions, 's.scope_path = any(?)', scopes);
  return readAll(sql, tenant, conditions);
}

/** Some steps of any runs; what is not there is left out. */
export function stepsNamed(
  sql: Sql,
  tenant: TenantId,
  names: readonly { run: string; path: string }[],
): Promise<(StepItem & { run: string })[]> {
  const conditions = conditionsFor('s.tenant_id', tenant);
  add(
    conditions,
    '(s.run_id, s.path) in (select x.run, x.path from json_to_recordset(?::json) as x(run text, path text))',
    JSON.stringify(names),
  );
  return readAll(sql, tenant, conditions);
}

async function readAll(
  sql: Sql,
  tenant: TenantId,
  { clauses, values }: Conditions,
): Promise<(StepItem & { run: string })[]> {
  const { rows } = await sql.query<Row & { run_id: string }>(
    `select ${columns}, s.run_id from steps s where ${clauses.join(' and ')} order by s.run_id, s.place, s.path`,
    values,
  );
  const hide = await hiderFor(
    sql,
    tenant,
    rows.map((row) => row.run_id),
  );
  return rows.map((row) => ({
    ...toItem(row),
    outputs: hide.outputs(row.run_id, row.path, row.outputs),
    run: row.run_id,
  }));
}

const columns = `s.path, s.scope_path, s.kind, s.name, s.action, s.status, s.phase, s.attempts, s.target_kind, s.target_id,
  s.simulated, s.outputs, s.failure, s.denial, s.approval, s.undo, s.started_at, s.finished_at,
  coalesce((select p.id from approvals p where p.tenant_id = s.tenant_id and p.run_id = s.run_id and p.step_path = s.path
     order by p.ask_number desc limit 1), s.approval->>'approvalId') as approval_id,
  (select f.facts->>'name' from target_facts f where f.tenant_id = s.tenant_id and f.kind = s.target_kind
     and f.target_id = s.target_id) as target_name,
  case s.kind when 'call' then (select c.id from runs c where c.tenant_id = s.tenant_id and c.parent_run_id = s.run_id
     and c.parent_ref = s.path order by c.created_at desc limit 1) end as child_run_id`;

function toItem(row: Row): StepItem {
  return {
    path: row.path,
    scope: row.scope_path,
    kind: row.kind,
    name: row.name,
    action: row.action,
    status: row.status,
    phase: row.phase,
    attempts: row.attempts,
    target: targetOf(row.target_kind, row.target_id, row.target_name),
    simulated: row.simulated,
    outputs: row.outputs,
    failure: row.failure,
    denial: row.denial,
    approval: row.approval,
    undo: row.undo,
    approvalId: row.approval_id,
    childRunId: row.child_run_id,
    startedAt: timeOf(row.started_at),
    finishedAt: timeOf(row.finished_at),
  };
}
