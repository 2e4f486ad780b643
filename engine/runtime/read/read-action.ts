import type { TenantId } from '../../../schemas/ids.ts';
import { isJsonObject, type Json, type JsonObject } from '../../../schemas/json.ts';
import type { Sql } from '../store/sql.ts';
import { type Hider, hiderFor } from './hide-in-runs.ts';
import {
  type ActionItem,
  type ActionRow,
  actionColumns,
  actionTables,
  toActionItem,
} from './list-actions.ts';
import { timeOf } from './time.ts';

export interface ActionDetail extends ActionItem {
  actionKey: string;
  arguments: JsonObject;
  result: Json;
  /** The audit entry that was written before anything was sent. */
  intentEntryId: string;
  /** Every exchange with the target for this step, oldest first: attempts, polls and look-ups. */
  attempts: {
    id: string;
    purpose: string;
    number: number;
    state: string;
    outcome: string | null;
    at: string;
  }[];
}

/** Null when there is none for this tenant. */
export async function readAction(sql: Sql, tenant: TenantId, id: string): Promise<ActionDetail | null> {
  const { rows } = await sql.query<
    ActionRow & {
      action_key: string;
      arguments: JsonObject;
      outcome: Json;
      intent_entry_id: string;
    }
  >(
    `select ${actionColumns}, t.action_key, t.arguments, t.outcome, t.intent_entry_id
     from ${actionTables} where t.tenant_id = $1 and t.id = $2`,
    [tenant, id],
  );
  const row = rows[0];
  if (row === undefined) return null;
  const attempts = await sql.query<{
    id: string;
    purpose: string;
    number: number;
    state: string;
    outcome: string | null;
    created_at: Date;
  }>(
    `select id, purpose, number, state, outcome->>'kind' as outcome, created_at from attempts
     where tenant_id = $1 and run_id = $2 and step_path = $3 order by created_at, id limit 500`,
    [tenant, row.run_id, row.step_path],
  );
  const hide = await hiderFor(sql, tenant, [row.run_id]);
  return {
    ...toActionItem(row),
    actionKey: row.action_key,
    arguments: row.arguments,
    result: withoutHidden(hide, row, row.outcome),
    intentEntryId: row.intent_entry_id,
    attempts: attempts.rows.map(({ created_at, ...attempt }) => ({
      ...attempt,
      at: timeOf(created_at),
    })),
  };
}

function withoutHidden(hide: Hider, { run_id, step_path }: ActionRow, outcome: Json): Json {
  if (!isJsonObject(outcome) || outcome.outputs === undefined) return outcome;
  return { ...outcome, outputs: hide.outputs(run_id, step_path, outcome.outputs) };
}
