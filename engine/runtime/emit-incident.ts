import type { IncidentId } from '../../schemas/ids.ts';
import { invariant } from '../core/contracts/invariant.ts';
import { buildIncidentSignal } from '../core/intake/build-incident-signal.ts';
import { emitSignals } from './emit-signal.ts';
import type { EngineParts } from './engine-parts.ts';
import type { ScopeName } from './scope-name.ts';
import { alertsOf, type Doing, lockIncidents } from './store/queries/incidents.ts';
import type { Tx } from './store/sql.ts';

export interface ChangedIncident extends Doing {
  id: IncidentId;
  causedBy: string;
}

/** Tells triggers and waits of incidents as they are in this transaction. Returns the scopes to nudge. */
export async function emitIncidents(
  tx: Tx,
  parts: EngineParts,
  type: 'incident.created' | 'incident.updated',
  changed: readonly ChangedIncident[],
): Promise<ScopeName[]> {
  if (changed.length === 0) return [];
  const ids = changed.map(({ id }) => id);
  const [incidents, alerts] = await Promise.all([
    lockIncidents(tx, parts.tenant, ids),
    alertsOf(tx, parts.tenant, ids),
  ]);
  const byId = new Map(incidents.map((incident) => [incident.id, incident]));
  const signals = changed.map(({ id, causedBy, mark, chain }) => {
    const incident = byId.get(id);
    invariant(incident !== undefined, 'an incident that changed is there');
    const built = buildIncidentSignal(parts.mint('SignalId'), type, incident, alerts.get(id) ?? []);
    const origin = { alertId: null, incidentId: id, causedBy, sourceKey: null };
    return { event: { ...built, mark, chain, addressee: null }, origin };
  });
  return emitSignals(tx, parts, signals);
}
