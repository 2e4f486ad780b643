import type { TenantId } from '../../../schemas/ids.ts';
import type { Sql } from '../store/sql.ts';
import { timeOf } from './time.ts';

/** One trigger that was tried for the alert, and why it did or did not start a run. */
export interface TraceLine {
  playbookId: string;
  triggerId: string;
  element: string;
  outcome: string;
  /** From the catalogue; null when a run started. */
  code: string | null;
  detail: string | null;
  runId: string | null;
  at: string;
}

/** In the order they were tried. Bounded: a trigger tries at most 1,000 elements. */
export async function readTrace(sql: Sql, tenant: TenantId, alertId: string): Promise<TraceLine[]> {
  const { rows } = await sql.query<{
    playbook_id: string;
    trigger_id: string;
    element_key: string;
    outcome: string;
    code: string | null;
    detail: string | null;
    run_id: string | null;
    at: Date;
  }>(
    `select playbook_id, trigger_id, element_key, outcome, code, detail, run_id, at from decision_traces
     where tenant_id = $1 and event_id = $2 order by seq limit 5000`,
    [tenant, alertId],
  );
  return rows.map((row) => ({
    playbookId: row.playbook_id,
    triggerId: row.trigger_id,
    element: row.element_key,
    outcome: row.outcome,
    code: row.code,
    detail: row.detail,
    runId: row.run_id,
    at: timeOf(row.at),
  }));
}
