import type { TenantId } from '../../../schemas/ids.ts';
import type { Json, JsonObject } from '../../../schemas/json.ts';
import type { TaskCard } from '../../core/contracts/command.ts';
import type { Sql } from '../store/sql.ts';
import { type TaskItem, type TaskListRow, taskColumns, taskTables, toTaskItem } from './list-tasks.ts';
import { timeOf } from './time.ts';

/** Everything a person needs to say what became of it. */
export interface TaskDetail extends TaskItem {
  stepName: string;
  actionVersion: string;
  actionKey: string;
  connection: string;
  arguments: { name: string; value: Json }[];
  /** What the target called the request, e.g. the id of its own action. */
  handle: JsonObject | null;
  byHand: { words: string; docs: string[] } | null;
  follows: TaskCard['follows'];
  /** Every exchange about this effect, oldest first: what was sent, what was asked, what the target said. */
  exchanges: {
    id: string;
    purpose: string;
    number: number;
    state: string;
    outcome: string | null;
    says: string | null;
    handle: JsonObject | null;
    queuedAt: string;
    sentAt: string | null;
    finishedAt: string | null;
  }[];
  proof: string | null;
  /** What the target said when it did not count any more. */
  late: { attempt: string; purpose: string; outcome: string; says: string | null; at: string }[];
}

interface Row extends TaskListRow {
  follows: TaskCard['follows'];
  generation: number;
  proof: string | null;
  late: TaskDetail['late'];
}

interface ExchangeRow {
  id: string;
  purpose: string;
  number: number;
  state: string;
  outcome: string | null;
  says: string | null;
  handle: JsonObject | null;
  created_at: Date;
  claimed_at: Date | null;
  finished_at: Date | null;
}

/** Null when there is none for this tenant. */
export async function readTask(sql: Sql, tenant: TenantId, id: string): Promise<TaskDetail | null> {
  const { rows } = await sql.query<Row>(
    `select ${taskColumns}, t.follows, t.generation, t.proof, t.late from ${taskTables}
     where t.tenant_id = $1 and t.id = $2`,
    [tenant, id],
  );
  const [row] = rows;
  if (row === undefined) return null;
  const { card } = row;
  return {
    ...toTaskItem(row),
    stepName: card.stepName,
    actionVersion: card.actionVersion,
    actionKey: card.actionKey,
    connection: card.connection,
    arguments: card.arguments,
    handle: card.handle,
    byHand: card.byHand,
    follows: row.follows,
    exchanges: await readExchanges(sql, tenant, row),
    proof: row.proof,
    late: row.late,
  };
}

/** The message of an outcome carries the vendor's code and correlation id where it gave one. */
async function readExchanges(sql: Sql, tenant: TenantId, row: Row): Promise<TaskDetail['exchanges']> {
  const { rows } = await sql.query<ExchangeRow>(
    `select id, purpose, number, state, outcome->>'kind' as outcome,
       coalesce(outcome->>'message', outcome->'failure'->>'message') as says,
       coalesce(outcome->'handle', handle) as handle, created_at, claimed_at, finished_at
     from attempts where tenant_id = $1 and run_id = $2 and step_path = $3 and generation = $4
     order by created_at, id limit 500`,
    [tenant, row.run_id, row.step_path, row.generation],
  );
  return rows.map(({ created_at, claimed_at, finished_at, ...exchange }) => ({
    ...exchange,
    queuedAt: timeOf(created_at),
    sentAt: timeOf(claimed_at),
    finishedAt: timeOf(finished_at),
  }));
}
