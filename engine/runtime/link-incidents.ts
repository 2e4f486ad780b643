import type { IncidentId } from '../../schemas/ids.ts';
import type { AlertToStore } from './alert-to-store.ts';
import type { EngineParts } from './engine-parts.ts';
import { priorityOf } from './start-run.ts';
import { incidentKey, type Linked, linkIncidents, type NewIncident } from './store/queries/incidents.ts';
import type { Tx } from './store/sql.ts';

/**
 * The incidents that alerts of one batch name. One that is new has the title of its first alert and the severity of
 * its most severe; the first alert is the one that made it.
 * @param goneIncident of a single alert: the id that its incident had before it went by retention, and has again
 * @returns in the order of the alerts; null: it names none
 */
export async function linkAlerts(
  tx: Tx,
  parts: EngineParts,
  alerts: readonly AlertToStore[],
  goneIncident: IncidentId | null = null,
): Promise<(Linked | null)[]> {
  const wanted = new Map<string, NewIncident & { first: number }>();
  const keys = alerts.map(({ normalized: { alert } }, first) => {
    const { incident, source, title, severity } = alert;
    if (incident.id === '') return null;
    const key = incidentKey({ source, sourceId: incident.id });
    const named = wanted.get(key) ?? {
      id: goneIncident ?? parts.mint('IncidentId'),
      source,
      sourceId: incident.id,
      title: incident.title ?? title,
      severity,
      first,
    };
    wanted.set(key, named);
    if (priorityOf(severity) < priorityOf(named.severity)) named.severity = severity;
    return key;
  });
  const incidents = [...wanted.values()];
  const linked = await linkIncidents(tx, parts.tenant, incidents);
  const byKey = new Map([...wanted.keys()].map((key, place) => [key, linked[place] as Linked]));
  return keys.map((key, index) => {
    const incident = key === null ? undefined : byKey.get(key);
    if (key === null || incident === undefined) return null;
    return { id: incident.id, created: incident.created && wanted.get(key)?.first === index };
  });
}
