import type { TenantId } from '../../../schemas/ids.ts';
import type { Sql } from '../store/sql.ts';
import { type AlertItem, listAlerts } from './list-alerts.ts';
import { type IncidentItem, type IncidentRow, incidentColumns, toIncidentItem } from './list-incidents.ts';
import { listRuns, type RunItem } from './list-runs.ts';

/** The incident with its newest hundred alerts and runs; the lists filter by `incident` for more. */
export interface IncidentDetail extends IncidentItem {
  newestAlerts: AlertItem[];
  newestRuns: RunItem[];
}

export async function readIncident(sql: Sql, tenant: TenantId, id: string): Promise<IncidentDetail | null> {
  const { rows } = await sql.query<IncidentRow>(
    `select ${incidentColumns} from incidents i where i.tenant_id = $1 and i.id = $2`,
    [tenant, id],
  );
  const row = rows[0];
  if (row === undefined) return null;
  const [alerts, runs] = await Promise.all([
    listAlerts(sql, tenant, { incident: id }, { limit: 100 }),
    listRuns(sql, tenant, { incident: id }, { limit: 100 }),
  ]);
  return {
    ...toIncidentItem(row),
    newestAlerts: alerts.items,
    newestRuns: runs.items,
  };
}
