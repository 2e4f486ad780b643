import type { AlertId, IncidentId, TenantId } from '../../../../schemas/ids.ts';
import type { Json, JsonObject } from '../../../../schemas/json.ts';
import type { Tx } from '../sql.ts';

export interface StoredAlert {
  id: AlertId;
  severity: string;
  incidentId: IncidentId | null;
  alert: JsonObject;
  raw: Json;
  sentBy: string | null;
}

/* Takes alerts nobody is matching yet, most severe first so that a storm of noise cannot delay ransomware. */
const lock = `
select id, severity, incident_id as "incidentId", alert, raw, sent_by as "sentBy" from alerts
where tenant_id = $1 and state = 'accepted'
order by array_position(array['critical', 'high', 'medium', 'low', 'informational'], severity), received_at
limit $2
for update skip locked`;

export async function lockAlerts(tx: Tx, tenant: TenantId, limit: number): Promise<StoredAlert[]> {
  return (await tx.query<StoredAlert>(lock, [tenant, limit])).rows;
}

const trace = `
with written as (
  insert into decision_traces (tenant_id, alert_id, seq, playbook_id, trigger_id, element_key, outcome, detail, run_id)
  select $1, x."alertId", row_number() over (partition by x."alertId" order by x.ordinality), x."playbookId",
    x."triggerId", x."elementKey", x.outcome, x.detail, x."runId"
  from rows from (json_to_recordset($3::json) as ("alertId" text, "playbookId" text, "triggerId" text,
    "elementKey" text, outcome text, detail text, "runId" text)) with ordinality as x
  on conflict do nothing
)
update alerts set state = 'matched' where tenant_id = $1 and id = any($2)`;

/** The traces and the end of matching are one statement. */
export async function writeTrace(
  tx: Tx,
  tenant: TenantId,
  alertIds: AlertId[],
  lines: readonly object[],
): Promise<void> {
  await tx.query(trace, [tenant, alertIds, JSON.stringify(lines)]);
}
