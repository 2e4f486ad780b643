import type { JsonObject } from '../../../schemas/json.ts';

/**
 * An alert in which nothing is missing, for events that are not alerts: expressions written for
 * alerts read them without failing on a missing key.
 */
export function alertView(fields: JsonObject): JsonObject {
  return {
    id: '',
    source: '',
    source_id: '',
    title: '',
    description: '',
    severity: 'medium',
    category: 'other',
    confidence: 0.5,
    verdict: 'unknown',
    created_at: new Date(0).toISOString(),
    url: '',
    incident: { id: '' },
    techniques: [],
    targets: { hosts: [], users: [], mails: [], files: [], ips: [] },
    raw: null,
    ...fields,
  };
}
