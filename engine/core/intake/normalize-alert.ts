import type { Alert } from '../../../schemas/alert.generated.ts';
import alertSchema from '../../../schemas/alert.schema.json' with { type: 'json' };
import { isJsonObject, type Json, type JsonObject } from '../../../schemas/json.ts';
import { canonicalTarget } from '../guard/canonical-target.ts';
import { createValidator } from '../schema/create-validator.ts';
import { boundKey } from './bound-key.ts';
import { findUnstorable } from './find-unstorable.ts';
import { readGraphAlert } from './graph-alert.ts';
import { utcTime } from './utc-time.ts';

/*
 * What came in → our alert. Decides the shape by what is there, refuses to guess: an alert that fits
 * neither our schema nor the vendor's is not accepted, with every problem named. Never throws.
 */

export interface NormalizedAlert {
  /** Without our own id, which the store gives. */
  alert: Omit<Alert, 'id' | 'raw'> & { raw: Json };
  /** For the index; an id too long for one is replaced by its digest and stays whole in `alert`. */
  targets: { kind: string; id: string; name: string }[];
  /** Evidence of kinds we do not know: kept in `raw`, counted and shown, never a reason to refuse. */
  unknownEvidence: number;
}

export type Normalized =
  | ({ ok: true } & { alert: NormalizedAlert })
  | { ok: false; problems: { pointer: string; message: string }[] };

const validate = createValidator(alertSchema as JsonObject);

/** `source` names the connection that delivered it; an alert in our own shape may name its own. */
export function normalizeAlert(body: Json, source: string): Normalized {
  if (!isJsonObject(body)) return refuse('', 'must be one alert as a JSON object');
  const unstorable = findUnstorable(body);
  if (unstorable !== null) return refuse(unstorable.pointer, unstorable.message);
  if (looksLikeGraph(body)) {
    const read = readGraphAlert(body, source);
    return accept(read.alert, read.unknownEvidence, body);
  }
  // Our own shape: the id is ours to give and the rest may be left out where it says nothing.
  const { id: _, raw, ...given } = body;
  const filled: JsonObject = { ...emptyAlert(source), ...given, targets: targetsOf(given.targets) };
  if (filled.created_at !== undefined) filled.created_at = utcTime(filled.created_at) ?? null;
  return accept(filled, 0, raw ?? null);
}

function accept(candidate: JsonObject, unknownEvidence: number, raw: Json): Normalized {
  const problems = validate({ ...candidate, id: 'alr_0', raw: null });
  if (problems.length > 0) {
    return { ok: false, problems: problems.map(({ pointer, message }) => ({ pointer, message })) };
  }
  const alert = { ...(candidate as unknown as Omit<Alert, 'id' | 'raw'>), raw };
  return { ok: true, alert: { alert, targets: listTargets(alert), unknownEvidence } };
}

function looksLikeGraph(body: JsonObject): boolean {
  const type = body['@odata.type'];
  if (typeof type === 'string' && type.endsWith('security.alert')) return true;
  return Array.isArray(body.evidence) && typeof body.createdDateTime === 'string';
}

function emptyAlert(source: string): JsonObject {
  return {
    source,
    description: '',
    category: 'other',
    confidence: 0.5,
    verdict: 'unknown',
    url: '',
    incident: { id: '' },
    techniques: [],
  };
}

function targetsOf(given: Json | undefined): Json {
  const none = { hosts: [], users: [], mails: [], files: [], ips: [] };
  if (given === undefined) return none;
  if (!isJsonObject(given)) return given;
  const { mails } = given;
  return { ...none, ...given, ...(Array.isArray(mails) && { mails: mails.map(mailOf) }) };
}

function mailOf(given: Json): Json {
  if (!isJsonObject(given) || given.received_at === undefined) return given;
  return { ...given, received_at: utcTime(given.received_at) ?? null };
}

function listTargets(alert: Pick<Alert, 'targets'>): NormalizedAlert['targets'] {
  const { hosts, users, mails, files, ips } = alert.targets;
  const named = [
    ...hosts.map((host) => ({ kind: 'host', id: host.id, name: host.name })),
    ...users.map((user) => ({ kind: 'user', id: user.id, name: user.name })),
    ...mails.map((mail) => ({ kind: 'mail', id: mail.id, name: mail.subject })),
    ...files.map((file) => ({ kind: 'file', id: file.sha256 ?? file.sha1 ?? file.name, name: file.name })),
    ...ips.map((ip) => ({ kind: 'ip', id: ip.address, name: ip.address })),
  ];
  return named.map((target) => ({
    ...target,
    id: boundKey(canonicalTarget(target.kind, target.id)),
  }));
}

function refuse(pointer: string, message: string): Normalized {
  return { ok: false, problems: [{ pointer, message }] };
}
