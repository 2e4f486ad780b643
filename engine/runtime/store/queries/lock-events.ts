import type { AlertId, IncidentId, TenantId } from '../../../../schemas/ids.ts';
import type { Json, JsonObject } from '../../../../schemas/json.ts';
import { alertEvent } from '../../../core/intake/alert-event.ts';
import type { IncomingEvent, Signal, SignalType } from '../../../core/intake/incoming-event.ts';
import type { Tx } from '../sql.ts';

/** An event that nobody has matched yet, locked for this transaction. */
export interface StoredEvent {
  table: 'alerts' | 'signals';
  event: IncomingEvent;
  alertId: AlertId | null;
  incidentId: IncidentId | null;
  /** `per_…` or `tok_…` of whoever sent or caused it, `run_…` of a run that did. */
  sentBy: string | null;
}

/** The order of their index. */
const mostSevere = `array_position(array['critical', 'high', 'medium', 'low', 'informational'], severity), received_at`;

/* Takes alerts nobody is matching yet, most severe first so that a storm of noise cannot delay ransomware. */
const lockAlerts = `
select id, incident_id as "incidentId", alert, raw, sent_by as "sentBy" from alerts
where tenant_id = $1 and state = 'accepted' and id <> all($3)
order by ${mostSevere}
limit $2
for update skip locked`;

const lockSignals = `
select id, type, data, alert, alert_id as "alertId", incident_id as "incidentId", mark, chain,
  playbook_id as "playbookId", trigger_id as "triggerId", caused_by as "sentBy"
from signals
where tenant_id = $1 and state = 'accepted' and id <> all($3)
order by at, id
-- In an order that nobody needs, so that the index is read up to the limit and not whole.
limit greatest(0, $2 - (select count(*) from (
  select from alerts where tenant_id = $1 and state = 'accepted' and id <> all($3) order by ${mostSevere} limit $2) a))
for update skip locked`;

/**
 * Alerts first: a run that isolates a host must not queue behind a hundred changed incidents.
 * @param except ids of events that are left to wait
 */
export async function lockEvents(
  tx: Tx,
  tenant: TenantId,
  limit: number,
  except: readonly string[] = [],
): Promise<StoredEvent[]> {
  const [alerts, signals] = await Promise.all([
    tx.query<AlertRow>(lockAlerts, [tenant, limit, except]),
    tx.query<SignalRow>(lockSignals, [tenant, limit, except]),
  ]);
  return [...alerts.rows.map(ofAlert), ...signals.rows.map(ofSignal)];
}

/** False: somebody else has it, or it is matched. */
export async function lockEvent(tx: Tx, tenant: TenantId, { table, event }: StoredEvent): Promise<boolean> {
  const text = `select 1 from ${table} where tenant_id = $1 and id = $2 and state = 'accepted' for update skip locked`;
  return (await tx.query(text, [tenant, event.id])).rows.length > 0;
}

interface AlertRow {
  id: AlertId;
  incidentId: IncidentId | null;
  alert: JsonObject;
  raw: Json;
  sentBy: string | null;
}

function ofAlert(row: AlertRow): StoredEvent {
  const { id, incidentId, sentBy } = row;
  const event = alertEvent(id, { ...row.alert, raw: row.raw });
  return { table: 'alerts', event, alertId: id, incidentId, sentBy };
}

interface SignalRow {
  id: string;
  type: SignalType;
  data: Signal;
  alert: JsonObject;
  alertId: AlertId | null;
  incidentId: IncidentId | null;
  mark: string | null;
  chain: number;
  playbookId: string | null;
  triggerId: string | null;
  sentBy: string | null;
}

function ofSignal(row: SignalRow): StoredEvent {
  const { id, type, alert, mark, chain, playbookId, triggerId, alertId, incidentId, sentBy } = row;
  const addressee = playbookId === null || triggerId === null ? null : { playbookId, triggerId };
  const event: IncomingEvent = { id, type, alert, signal: row.data, mark, chain, addressee };
  return { table: 'signals', event, alertId, incidentId, sentBy };
}
