import type { TenantId } from '../../../schemas/ids.ts';
import type { Json, JsonObject } from '../../../schemas/json.ts';
import type { Sql } from '../store/sql.ts';
import { type AlertItem, type AlertRow, alertColumns, toAlertItem } from './list-alerts.ts';

export interface AlertDetail extends AlertItem {
  /** The normalised alert exactly as expressions see it, without `raw`. */
  alert: JsonObject;
  /** What the source sent. */
  raw: Json;
  runs: { id: string; playbookId: string; state: string }[];
}

/** Null when there is none for this tenant. */
export async function readAlert(sql: Sql, tenant: TenantId, id: string): Promise<AlertDetail | null> {
  const { rows } = await sql.query<
    AlertRow & {
      alert: JsonObject;
      raw: Json;
      runs: AlertDetail['runs'] | null;
    }
  >(
    `select ${alertColumns}, a.alert, a.raw,
       array(select json_build_object('id', r.id, 'playbookId', r.playbook_id, 'state', r.state) from runs r
         where r.tenant_id = a.tenant_id and r.alert_id = a.id order by r.created_at, r.id limit 100) as runs
     from alerts a where a.tenant_id = $1 and a.id = $2`,
    [tenant, id],
  );
  const row = rows[0];
  if (row === undefined) return null;
  return {
    ...toAlertItem(row),
    alert: row.alert,
    raw: row.raw,
    runs: row.runs ?? [],
  };
}
