import type { AlertId, IncidentId, TenantId } from '../../../../schemas/ids.ts';
import type { Json } from '../../../../schemas/json.ts';
import type { Tx } from '../sql.ts';

export interface NewAlert {
  id: AlertId;
  incidentId: IncidentId | null;
  alert: { source: string; source_id: string; title: string; severity: string; category: string };
  raw: Json;
  sentBy: string;
}

/*
 * Stores an alert unless its source has delivered it before. Out: null when it is new, otherwise the
 * id under which it is known.
 */
const insert = `
insert into alerts (tenant_id, id, source, source_id, title, severity, category, alert, raw, incident_id, sent_by)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
on conflict (tenant_id, source, source_id) do nothing`;

export async function insertAlert(tx: Tx, tenant: TenantId, row: NewAlert): Promise<AlertId | null> {
  const { alert } = row;
  const inserted = await tx.query(insert, [
    tenant,
    row.id,
    alert.source,
    alert.source_id,
    alert.title,
    alert.severity,
    alert.category,
    JSON.stringify(alert),
    JSON.stringify(row.raw),
    row.incidentId,
    row.sentBy,
  ]);
  if (inserted.rowCount === 1) return null;
  const { rows } = await tx.query<{ id: AlertId }>(
    'select id from alerts where tenant_id = $1 and source = $2 and source_id = $3',
    [tenant, alert.source, alert.source_id],
  );
  return rows[0]?.id ?? null;
}

const targets = `
insert into alert_targets (tenant_id, alert_id, kind, target_id, name)
select $1, $2, kind, id, name from json_to_recordset($3::json) as x(kind text, id text, name text)
on conflict do nothing`;

export async function insertTargets(
  tx: Tx,
  tenant: TenantId,
  alertId: AlertId,
  rows: readonly { kind: string; id: string; name: string }[],
): Promise<void> {
  if (rows.length > 0) await tx.query(targets, [tenant, alertId, JSON.stringify(rows)]);
}

/* The incident of this source id, made when it is new; its severity only rises. */
const link = `
insert into incidents (tenant_id, id, source, source_id, title, severity)
values ($1, $2, $3, $4, $5, $6)
on conflict (tenant_id, source, source_id) do update set severity = case
  when array_position(array['informational', 'low', 'medium', 'high', 'critical'], excluded.severity)
    > array_position(array['informational', 'low', 'medium', 'high', 'critical'], incidents.severity)
  then excluded.severity else incidents.severity end
returning id`;

export async function linkIncident(
  tx: Tx,
  tenant: TenantId,
  incident: { id: IncidentId; source: string; sourceId: string; title: string; severity: string },
): Promise<IncidentId> {
  const { rows } = await tx.query<{ id: IncidentId }>(link, [
    tenant,
    incident.id,
    incident.source,
    incident.sourceId,
    incident.title,
    incident.severity,
  ]);
  return rows[0]?.id ?? incident.id;
}
