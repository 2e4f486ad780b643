import type { AlertId, IncidentId, TenantId } from '../../../../schemas/ids.ts';
import type { IncomingEvent } from '../../../core/intake/incoming-event.ts';
import type { Tx } from '../sql.ts';

export interface SignalOrigin {
  alertId: AlertId | null;
  incidentId: IncidentId | null;
  /** `per_…` or `tok_…` of whoever caused it. */
  causedBy: string | null;
  /** What the sender calls it. */
  sourceKey: string | null;
}

const text = `
insert into signals (tenant_id, id, type, data, alert, alert_id, incident_id, mark, chain, playbook_id, trigger_id,
  source_key, caused_by)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)`;

export async function insertSignal(
  tx: Tx,
  tenant: TenantId,
  event: IncomingEvent,
  origin: SignalOrigin,
): Promise<void> {
  await tx.query(text, [
    tenant,
    event.id,
    event.type,
    JSON.stringify(event.signal),
    JSON.stringify(event.alert),
    origin.alertId,
    origin.incidentId,
    event.mark,
    event.chain,
    event.addressee?.playbookId ?? null,
    event.addressee?.triggerId ?? null,
    origin.sourceKey,
    origin.causedBy,
  ]);
}
