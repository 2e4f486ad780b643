import { isJsonObject, type JsonObject } from '../../../schemas/json.ts';
import { alertView } from './alert-view.ts';
import type { IncomingEvent } from './incoming-event.ts';
import { listOf, objectOf, textOf } from './read-vendor.ts';

export const incidentStatuses = ['new', 'in_progress', 'resolved'] as const;
export const classifications = ['true_positive', 'false_positive', 'benign', 'unknown'] as const;

export interface IncidentFacts {
  source: string;
  /** The source's id: what a playbook was given as `alert.incident.id`. */
  sourceId: string;
  title: string;
  severity: string;
  status: string;
  classification: string;
  owner: string;
  createdAtMs: number;
}

/** `incident.created` and `incident.updated` as triggers and waits see them. */
export function buildIncidentSignal(
  id: string,
  type: 'incident.created' | 'incident.updated',
  incident: IncidentFacts,
  alerts: readonly JsonObject[],
): Pick<IncomingEvent, 'id' | 'type' | 'alert' | 'signal'> {
  const { title, severity, status, classification, owner } = incident;
  const seen = { id: incident.sourceId, title, severity, status, classification, owner };
  const alert = alertView({
    id,
    source: incident.source,
    source_id: incident.sourceId,
    title,
    severity,
    category: 'incident',
    created_at: new Date(incident.createdAtMs).toISOString(),
    incident: seen,
    targets: unite(alerts.map((each) => objectOf(each.targets))),
  });
  return { id, type, alert, signal: { id, type, incident: { source: incident.source, ...seen } } };
}

/** As many as an alert may have of a kind: more than that is a campaign, not a list to act on. */
const targetsMax = 1_000;

/** Everything that the alerts of an incident name, each thing once. */
function unite(lists: readonly JsonObject[]): JsonObject {
  const united: JsonObject = {};
  for (const kind of ['hosts', 'users', 'mails', 'files', 'ips']) {
    const byKey = new Map<string, JsonObject>();
    for (const target of lists.flatMap((each) => listOf(each[kind])).filter(isJsonObject)) {
      const key =
        textOf(target.id ?? target.address ?? target.sha256 ?? target.sha1 ?? target.name, 4096) ||
        JSON.stringify(target);
      if (!byKey.has(key)) byKey.set(key, target);
    }
    united[kind] = [...byKey.values()].slice(0, targetsMax);
  }
  return united;
}
