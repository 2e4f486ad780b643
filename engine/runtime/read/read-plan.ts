import type { TenantId } from '../../../schemas/ids.ts';
import type { JsonObject } from '../../../schemas/json.ts';
import type { Sql } from '../store/sql.ts';

/** The compiled form that a run is pinned to, whichever version is in force by now; null when it is not there. */
export async function readPlan(
  sql: Sql,
  tenant: TenantId,
  { playbook, digest }: { playbook: string; digest: string },
): Promise<JsonObject | null> {
  const { rows } = await sql.query<{ plan: JsonObject }>(
    `select plan from playbook_versions where tenant_id = $1 and playbook_id = $2 and digest = $3
     order by version desc limit 1`,
    [tenant, playbook, digest],
  );
  return rows[0]?.plan ?? null;
}
