import type { TenantId } from '../../../schemas/ids.ts';
import type { Sql } from '../store/sql.ts';
import { add, conditionsFor } from './conditions.ts';
import { type Page, type PageRequest, questionOf, readPage } from './read-page.ts';
import { type Target, targetOf } from './target.ts';
import { timeOf } from './time.ts';

export interface ActionFilter {
  status?: string[] | undefined;
  outcome?: string[] | undefined;
  action?: string | undefined;
  class?: string[] | undefined;
  system?: string | undefined;
  playbook?: string | undefined;
  run?: string | undefined;
  /** Of this step, by its path in a run. */
  step?: string | undefined;
  incident?: string | undefined;
  target?: { kind: string; id: string } | undefined;
  since?: string | undefined;
  until?: string | undefined;
  sort?: 'createdAt' | '-createdAt' | undefined;
}

/** One attempt to perform an action. */
export interface ActionItem {
  id: string;
  action: string;
  actionVersion: string;
  class: string;
  system: string;
  connection: string;
  target: Target | null;
  run: { id: string; state: string };
  incidentId: string | null;
  step: string;
  playbook: { id: string; title: string };
  number: number;
  state: string;
  /** `succeeded`, `accepted`, `failed`, `unknown`; null while it is under way. */
  outcome: string | null;
  createdAt: string;
  claimedAt: string | null;
  finishedAt: string | null;
}

export interface ActionRow {
  id: string;
  action: string;
  action_version: string;
  class: string;
  system: string;
  connection: string;
  target_kind: string | null;
  target_id: string | null;
  target_name: string | null;
  run_id: string;
  run_state: string;
  incident_id: string | null;
  step_path: string;
  playbook_id: string;
  playbook_title: string;
  number: number;
  state: string;
  outcome_kind: string | null;
  created_at: Date;
  claimed_at: Date | null;
  finished_at: Date | null;
}

export const actionColumns = `t.id, t.action, t.action_version, t.class, t.system, t.connection, t.target_kind, t.target_id,
  f.facts->>'name' as target_name, t.run_id, r.state as run_state, r.incident_id, t.step_path, r.playbook_id,
  v.title as playbook_title, t.number, t.state, t.outcome->>'kind' as outcome_kind, t.created_at, t.claimed_at,
  t.finished_at`;

export const actionTables = `attempts t
  join runs r on r.tenant_id = t.tenant_id and r.id = t.run_id
  join playbook_versions v on v.tenant_id = r.tenant_id and v.playbook_id = r.playbook_id
    and v.version = r.playbook_version
  left join target_facts f on f.tenant_id = t.tenant_id and f.kind = t.target_kind and f.target_id = t.target_id`;

const underWay = ['queued', 'claimed'];

export function listActions(
  sql: Sql,
  tenant: TenantId,
  filter: ActionFilter,
  request: PageRequest,
): Promise<Page<ActionItem>> {
  const conditions = conditionsFor('t.tenant_id', tenant);
  conditions.clauses.push(`t.purpose = 'perform'`);
  add(conditions, 't.state = any(?)', filter.status);
  // Spelt as the index `attempts_under_way` spells it: what is under way is little among all that was done.
  if (filter.status?.every((state) => underWay.includes(state)) === true)
    conditions.clauses.push(`t.state in ('queued', 'claimed')`);
  add(conditions, `t.outcome->>'kind' = any(?)`, filter.outcome);
  add(conditions, 't.action = ?', filter.action);
  add(conditions, 't.class = any(?)', filter.class);
  add(conditions, 't.system = ?', filter.system);
  add(conditions, 'r.playbook_id = ?', filter.playbook);
  add(conditions, 't.run_id = ?', filter.run);
  add(conditions, 't.step_path = ?', filter.step);
  add(conditions, 'r.incident_id = ?', filter.incident);
  add(conditions, 't.created_at >= ?::timestamptz', filter.since);
  add(conditions, 't.created_at < ?::timestamptz', filter.until);
  add(
    conditions,
    '(t.target_kind, t.target_id) = ((?::text[])[1], (?::text[])[2])',
    filter.target && [filter.target.kind, filter.target.id],
  );
  return readPage<ActionRow, ActionItem>(sql, request, {
    question: questionOf('actions', filter),
    columns: actionColumns,
    from: actionTables,
    conditions,
    sortColumn: 't.created_at',
    sortKind: 'time',
    idColumn: 't.id',
    descending: filter.sort !== 'createdAt',
    toItem: toActionItem,
  });
}

export function toActionItem(row: ActionRow): ActionItem {
  return {
    id: row.id,
    action: row.action,
    actionVersion: row.action_version,
    class: row.class,
    system: row.system,
    connection: row.connection,
    target: targetOf(row.target_kind, row.target_id, row.target_name),
    run: { id: row.run_id, state: row.run_state },
    incidentId: row.incident_id,
    step: row.step_path,
    playbook: { id: row.playbook_id, title: row.playbook_title },
    number: row.number,
    state: row.state,
    outcome: row.outcome_kind,
    createdAt: timeOf(row.created_at),
    claimedAt: timeOf(row.claimed_at),
    finishedAt: timeOf(row.finished_at),
  };
}
