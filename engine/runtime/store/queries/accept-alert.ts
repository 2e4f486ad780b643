import type { AlertId, IncidentId, TenantId } from '../../../../schemas/ids.ts';
import type { Json, JsonObject } from '../../../../schemas/json.ts';
import { insideTransaction } from '../run-transaction.ts';
import type { Tx } from '../sql.ts';
import { isNotGone } from './gone-names.ts';
import { newAlert, newAlertTarget } from './row-types.ts';

export interface NewAlert {
  id: AlertId;
  incidentId: IncidentId | null;
  alert: { id: string; source: string; source_id: string; title: string; severity: string; category: string };
  raw: Json;
  sentBy: string;
}

/* Alerts of one batch, in one order for everybody: two batches with the same new alerts must not wait for each other in a circle. */
const insert = `
insert into alerts (tenant_id, id, source, source_id, title, severity, category, alert, raw, incident_id, sent_by, state)
select $1, id, source, source_id, title, severity, category, alert, raw, incident_id, sent_by, $3
from unnest($2::new_alert[]) as x
where ${insideTransaction} and ${isNotGone('alert', 'x')}
order by source, source_id, id
on conflict (tenant_id, source, source_id) do nothing
returning id`;

/**
 * Stores the alerts that their sources have not delivered before; returns the ids of those that were new.
 * @param state `matched` when this very transaction matches them
 */
export async function insertAlerts(
  tx: Tx,
  tenant: TenantId,
  alerts: readonly NewAlert[],
  state: 'accepted' | 'matched',
): Promise<Set<AlertId>> {
  const rows = alerts.map(({ id, incidentId, alert, raw, sentBy }) => {
    const { source, source_id, title, severity, category } = alert;
    const columns = { id, source, source_id, title, severity, category };
    return { ...columns, alert, raw, incident_id: incidentId, sent_by: sentBy };
  });
  const inserted = await tx.query<{ id: AlertId }>(insert, [tenant, newAlert.pack(rows), state]);
  return new Set(inserted.rows.map((row) => row.id));
}

const targets = `
insert into alert_targets (tenant_id, alert_id, kind, target_id, name)
select $1, alert, kind, id, name from unnest($2::new_alert_target[])
on conflict do nothing`;

export async function insertTargets(
  tx: Tx,
  tenant: TenantId,
  rows: readonly { alert: AlertId; kind: string; id: string; name: string }[],
): Promise<void> {
  if (rows.length > 0) await tx.query(targets, [tenant, newAlertTarget.pack(rows)]);
}

const known = `
select source, source_id, id, incident_id as "incidentId", alert, raw from alerts
where tenant_id = $1 and (source, source_id) in (select * from unnest($2::text[], $3::text[]))
order by source, source_id
for update`;

export interface KnownAlert {
  id: AlertId;
  incidentId: IncidentId | null;
  alert: JsonObject;
  raw: Json;
}

/** What their sources delivered before, locked for this transaction; by `alertKey`. */
export async function lockAlerts(
  tx: Tx,
  tenant: TenantId,
  alerts: readonly AlertName[],
): Promise<Map<string, KnownAlert>> {
  if (alerts.length === 0) return new Map();
  const { rows } = await tx.query<KnownAlert & AlertName>(known, [
    tenant,
    alerts.map((each) => each.source),
    alerts.map((each) => each.source_id),
  ]);
  return new Map(rows.map(({ source, source_id, ...alert }) => [alertKey({ source, source_id }), alert]));
}

/** What a source calls its alert. */
export interface AlertName {
  source: string;
  source_id: string;
}

/** Whoever sends it chooses both, with any characters. */
export function alertKey({ source, source_id }: AlertName): string {
  return JSON.stringify([source, source_id]);
}

const replace = `
update alerts set title = $3, severity = $4, category = $5, alert = $6, raw = $7, incident_id = $8,
  updated_at = clock_timestamp()
where tenant_id = $1 and id = $2`;

/** The state in which its source delivered it last; an alert that waits to be matched is matched as that. */
export async function replaceAlert(tx: Tx, tenant: TenantId, row: Omit<NewAlert, 'sentBy'>): Promise<void> {
  const { alert } = row;
  await tx.query(replace, [
    tenant,
    row.id,
    alert.title,
    alert.severity,
    alert.category,
    JSON.stringify(alert),
    JSON.stringify(row.raw),
    row.incidentId,
  ]);
}
