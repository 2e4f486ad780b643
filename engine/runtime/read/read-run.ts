import type { TenantId } from '../../../schemas/ids.ts';
import type { Json, JsonObject } from '../../../schemas/json.ts';
import type { Sql } from '../store/sql.ts';
import { type RunItem, type RunRow, runColumns, runTables, toRunItem } from './list-runs.ts';

export interface RunDetail extends RunItem {
  digest: string;
  parentRunId: string | null;
  /** What the run was given and can never change: alert, inputs, start. */
  given: JsonObject;
  outputs: Json;
  steps: { total: number; byStatus: { [status: string]: number } };
  /** The first of them; a loop may have thousands, which are listed as approvals of this run. */
  pendingApprovals: string[];
}

const approvalsMax = 200;

interface Row extends RunRow {
  digest: string;
  parent_run_id: string | null;
  given: JsonObject;
  outputs: Json;
  by_status: { [status: string]: number } | null;
  pending_approvals: string[];
}

/** Null when there is none for this tenant. */
export async function readRun(sql: Sql, tenant: TenantId, id: string): Promise<RunDetail | null> {
  const { rows } = await sql.query<Row>(
    `select ${runColumns}, r.digest, r.parent_run_id, given_of(r) as given, r.outputs,
       (select json_object_agg(status, n) from (select status, count(*)::int as n from steps s
          where s.tenant_id = r.tenant_id and s.run_id = r.id group by status) counted) as by_status,
       array(select id from approvals p where p.tenant_id = r.tenant_id and p.run_id = r.id
          and p.state = 'pending' order by p.requested_at, p.id limit ${approvalsMax}) as pending_approvals
     from ${runTables} where r.tenant_id = $1 and r.id = $2`,
    [tenant, id],
  );
  const row = rows[0];
  if (row === undefined) return null;
  const byStatus = row.by_status ?? {};
  return {
    ...toRunItem(row),
    digest: row.digest,
    parentRunId: row.parent_run_id,
    given: withoutSeed(row.given),
    outputs: row.outputs,
    steps: {
      total: Object.values(byStatus).reduce((sum, n) => sum + n, 0),
      byStatus,
    },
    pendingApprovals: row.pending_approvals,
  };
}

/** Nonces of approvals are derived from the seed; nobody outside needs it. */
function withoutSeed(given: JsonObject): JsonObject {
  const { seed: _, ...shown } = given;
  return shown;
}
