import type { IncidentId } from '../../schemas/ids.ts';
import { invariant } from '../core/contracts/invariant.ts';
import { buildIncidentSignal } from '../core/intake/build-incident-signal.ts';
import { emitSignal } from './emit-signal.ts';
import type { EngineParts } from './engine-parts.ts';
import type { ScopeName } from './scope-name.ts';
import { alertsOf, type Doing, lockIncident } from './store/queries/incidents.ts';
import type { Tx } from './store/sql.ts';

/** Tells triggers and waits of an incident as it is in this transaction. Returns the scopes to nudge. */
export async function emitIncident(
  tx: Tx,
  parts: EngineParts,
  type: 'incident.created' | 'incident.updated',
  id: IncidentId,
  cause: { causedBy: string } & Doing,
): Promise<ScopeName[]> {
  const incident = await lockIncident(tx, parts.tenant, id);
  invariant(incident !== null, 'an incident that changed is there');
  const alerts = await alertsOf(tx, parts.tenant, id);
  const built = buildIncidentSignal(parts.mint('SignalId'), type, incident, alerts);
  const { causedBy, mark, chain } = cause;
  const event = { ...built, mark, chain, addressee: null };
  return emitSignal(tx, parts, event, { alertId: null, incidentId: id, causedBy, sourceKey: null });
}
