import type { IncidentId } from '../../schemas/ids.ts';
import { invariant } from '../core/contracts/invariant.ts';
import { buildIncidentSignal } from '../core/intake/build-incident-signal.ts';
import type { EngineParts } from './engine-parts.ts';
import { alertsOf, type Doing, lockIncidents } from './store/queries/incidents.ts';
import type { NewSignal } from './store/queries/insert-signal.ts';
import type { Tx } from './store/sql.ts';

export interface ChangedIncident extends Doing {
  id: IncidentId;
  causedBy: string;
}

/** What is to be told of incidents as they are in this transaction, which locks them. */
export async function incidentSignals(
  tx: Tx,
  parts: EngineParts,
  type: 'incident.created' | 'incident.updated',
  changed: readonly ChangedIncident[],
): Promise<NewSignal[]> {
  if (changed.length === 0) return [];
  const ids = changed.map(({ id }) => id);
  const [incidents, alerts] = await Promise.all([
    lockIncidents(tx, parts.tenant, ids),
    alertsOf(tx, parts.tenant, ids),
  ]);
  const byId = new Map(incidents.map((incident) => [incident.id, incident]));
  return changed.map(({ id, causedBy, mark, chain }) => {
    const incident = byId.get(id);
    invariant(incident !== undefined, 'an incident that changed is there');
    const built = buildIncidentSignal(parts.mint('SignalId'), type, incident, alerts.get(id) ?? []);
    const origin = { alertId: null, incidentId: id, causedBy, sourceKey: null };
    return { event: { ...built, mark, chain, addressee: null }, origin };
  });
}
