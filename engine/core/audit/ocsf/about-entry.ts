import type { JsonObject } from '../../../../schemas/json.ts';
import type { Entry } from '../../contracts/entry.ts';

/** What every event says of the entry it was made from, so that it can be found and held against the log. */

export interface SealedEntry {
  index: number;
  entry: Entry;
  /** The verbatim entry and its SHA-256 in hex. */
  raw: string;
  rawSha256: string;
  /** Leaf hash in hex. */
  leaf: string;
}

export const ocsfVersion = '1.8.0';

/** @param program version of this program */
export function aboutEntry(sealed: SealedEntry, program: string, profiles: readonly string[]): JsonObject {
  const { entry, index, raw, rawSha256 } = sealed;
  return {
    metadata: {
      version: ocsfVersion,
      profiles: [...profiles],
      uid: entry.id,
      ...(entry.runId !== undefined && { correlation_uid: entry.runId }),
      sequence: index,
      event_code: entry.type,
      log_name: 'audit',
      log_provider: 'Riposte',
      tenant_uid: entry.tenant,
      product: { name: 'Riposte', vendor_name: 'Riposte', version: program },
    },
    raw_data: raw,
    raw_data_hash: { algorithm: 'SHA-256', algorithm_id: 3, value: rawSha256 },
    unmapped: unmapped(sealed),
  };
}

function unmapped({ entry, leaf }: SealedEntry): JsonObject {
  const { step, attempt, connection, planDigest, incidentId, alertId, playbook, actionKey } = entry;
  return {
    ...(playbook !== undefined && {
      playbook_id: playbook.id,
      playbook_version: playbook.version,
      playbook_digest: playbook.digest,
    }),
    ...(step !== undefined && { step_id: step }),
    ...(attempt !== undefined && { attempt }),
    ...(connection !== undefined && { connection }),
    ...(planDigest !== undefined && { plan_digest: planDigest }),
    ...(incidentId !== undefined && { incident_id: incidentId }),
    ...(alertId !== undefined && { alert_id: alertId }),
    ...(actionKey !== undefined && { idempotency_key: actionKey }),
    entry_hash: leaf,
  };
}
