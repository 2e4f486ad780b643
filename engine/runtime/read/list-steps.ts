import type { TenantId } from '../../../schemas/ids.ts';
import type { Json } from '../../../schemas/json.ts';
import type { Sql } from '../store/sql.ts';
import { type Target, targetOf } from './target.ts';
import { timeOf } from './time.ts';

export interface StepItem {
  path: string;
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
  /** The newest request of this step, decided or not. */
  approvalId: string | null;
  startedAt: string | null;
  finishedAt: string | null;
}

interface Row {
  path: string;
  kind: string;
  name: string;
  action: string | null;
  status: string;
  phase: string | null;
  attempts: number;
  target_kind: string | null;
  target_id: string | null;
  simulated: boolean;
  outputs: Json;
  failure: Json;
  denial: Json;
  approval: Json;
  approval_id: string | null;
  started_at: Date | null;
  finished_at: Date | null;
}

/** Every step of the plan in document order, also those not reached. A plan has at most 200. */
export async function listSteps(sql: Sql, tenant: TenantId, runId: string): Promise<StepItem[]> {
  const { rows } = await sql.query<Row>(
    `select s.*, (select p.id from approvals p where p.tenant_id = s.tenant_id and p.run_id = s.run_id
       and p.step_path = s.path order by p.ask_number desc limit 1) as approval_id
     from steps s where s.tenant_id = $1 and s.run_id = $2 order by s.position, s.path`,
    [tenant, runId],
  );
  return rows.map((row) => ({
    path: row.path,
    kind: row.kind,
    name: row.name,
    action: row.action,
    status: row.status,
    phase: row.phase,
    attempts: row.attempts,
    target: targetOf(row.target_kind, row.target_id),
    simulated: row.simulated,
    outputs: row.outputs,
    failure: row.failure,
    denial: row.denial,
    approval: row.approval,
    approvalId: row.approval_id,
    startedAt: timeOf(row.started_at),
    finishedAt: timeOf(row.finished_at),
  }));
}
