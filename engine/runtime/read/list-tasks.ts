import type { TenantId } from '../../../schemas/ids.ts';
import type { TaskCard } from '../../core/contracts/command.ts';
import type { Sql } from '../store/sql.ts';
import { type AskingRow, type AskingStep, askingColumns, askingStep, joinAskingStep } from './asking-step.ts';
import { add, conditionsFor } from './conditions.ts';
import { type Page, type PageRequest, questionOf, readPage } from './read-page.ts';
import type { Target } from './target.ts';
import { timeOf } from './time.ts';

export interface TaskFilter {
  state?: string[] | undefined;
  /** Only those whose answer the target contradicted later. */
  contradicted?: boolean | undefined;
  run?: string | undefined;
  incident?: string | undefined;
  system?: string | undefined;
  since?: string | undefined;
  until?: string | undefined;
  sort?: 'openedAt' | '-openedAt' | 'answerBefore' | '-answerBefore' | undefined;
}

/** A question about an effect that nobody knows about. */
export interface TaskItem extends AskingStep {
  id: string;
  state: string;
  question: string;
  why: string;
  action: string;
  class: string;
  system: string;
  target: Target | null;
  digest: string;
  canAsk: boolean;
  openedAt: string;
  answerBefore: string;
  endedAt: string | null;
  /** `person`, `target`, `silence` or `engine`; null while it is open. */
  settledBy: string | null;
  answeredBy: { id: string; name: string } | null;
  contradicted: boolean;
}

/** The way by hand is the worker's; what follows on an answer is a column, because it can be told anew. */
export type StoredTaskCard = Omit<TaskCard, 'follows'> & {
  byHand: { words: string; docs: string[] } | null;
};

export interface TaskListRow extends AskingRow {
  id: string;
  state: string;
  card: StoredTaskCard;
  class: string;
  system: string;
  digest: string;
  can_ask: boolean;
  opened_at: Date;
  answer_before: Date;
  ended_at: Date | null;
  settled_by: string | null;
  person_id: string | null;
  person_name: string | null;
  contradicted: boolean;
}

export const taskColumns = `t.id, t.state, t.card, t.class, t.system, ${askingColumns('t')}, t.digest, t.can_ask, t.opened_at, t.answer_before, t.ended_at,
  t.settled_by, t.person_id, w.name as person_name, t.contradicted`;

export const taskTables = `tasks t
  ${joinAskingStep('t')}
  left join people w on w.tenant_id = t.tenant_id and w.id = t.person_id`;

export function listTasks(
  sql: Sql,
  tenant: TenantId,
  filter: TaskFilter,
  request: PageRequest,
): Promise<Page<TaskItem>> {
  const conditions = conditionsFor('t.tenant_id', tenant);
  add(conditions, 't.state = any(?)', filter.state);
  add(conditions, 't.contradicted = ?', filter.contradicted);
  add(conditions, 't.run_id = ?', filter.run);
  add(conditions, 'r.incident_id = ?', filter.incident);
  add(conditions, 't.system = ?', filter.system);
  add(conditions, 't.opened_at >= ?::timestamptz', filter.since);
  add(conditions, 't.opened_at < ?::timestamptz', filter.until);
  const sort = filter.sort ?? '-openedAt';
  return readPage<TaskListRow, TaskItem>(sql, request, {
    question: questionOf('tasks', filter),
    columns: taskColumns,
    from: taskTables,
    conditions,
    sortColumn: sort.endsWith('answerBefore') ? 't.answer_before' : 't.opened_at',
    sortKind: 'time',
    idColumn: 't.id',
    descending: sort.startsWith('-'),
    toItem: toTaskItem,
  });
}

export function toTaskItem(row: TaskListRow): TaskItem {
  const { card } = row;
  return {
    id: row.id,
    state: row.state,
    question: card.question,
    why: card.why,
    action: card.action,
    class: row.class,
    system: row.system,
    target: card.target,
    ...askingStep(row),
    digest: row.digest,
    canAsk: row.can_ask,
    openedAt: timeOf(row.opened_at),
    answerBefore: timeOf(row.answer_before),
    endedAt: timeOf(row.ended_at),
    settledBy: row.settled_by,
    answeredBy: row.person_id === null ? null : { id: row.person_id, name: row.person_name ?? row.person_id },
    contradicted: row.contradicted,
  };
}
