import type { AlertId, IncidentId, TenantId } from '../../../../schemas/ids.ts';
import type { IncomingEvent } from '../../../core/intake/incoming-event.ts';
import type { Tx } from '../sql.ts';
import { newSignal } from './row-types.ts';

export interface SignalOrigin {
  alertId: AlertId | null;
  incidentId: IncidentId | null;
  /** `per_…` or `tok_…` of whoever caused it, `run_…` of a run that did. */
  causedBy: string | null;
  /** What the sender calls it. */
  sourceKey: string | null;
}

export interface NewSignal {
  event: IncomingEvent;
  origin: SignalOrigin;
}

const text = `
insert into signals (tenant_id, id, type, data, alert, alert_id, incident_id, mark, chain, playbook_id, trigger_id,
  source_key, caused_by, state)
select $1, id, type, data, alert, alert_id, incident_id, mark, chain, playbook_id, trigger_id, source_key, caused_by, $3
from unnest($2::new_signal[])`;

/** @param state `matched` when this very transaction matches them */
export async function insertSignals(
  tx: Tx,
  tenant: TenantId,
  signals: readonly NewSignal[],
  state: 'accepted' | 'matched',
): Promise<void> {
  const rows = signals.map(({ event, origin }) => ({
    id: event.id,
    type: event.type,
    data: event.signal,
    alert: event.alert,
    alert_id: origin.alertId,
    incident_id: origin.incidentId,
    mark: event.mark,
    chain: event.chain,
    playbook_id: event.addressee?.playbookId ?? null,
    trigger_id: event.addressee?.triggerId ?? null,
    source_key: origin.sourceKey,
    caused_by: origin.causedBy,
  }));
  if (rows.length > 0) await tx.query(text, [tenant, newSignal.pack(rows), state]);
}
