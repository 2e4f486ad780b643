import type { Code } from '../../schemas/codes.ts';
import type { AlertId, IncidentId } from '../../schemas/ids.ts';
import type { Json } from '../../schemas/json.ts';
import type { Actor } from '../core/contracts/entry.ts';
import { type NormalizedAlert, normalizeAlert } from '../core/intake/normalize-alert.ts';
import type { EngineParts } from './engine-parts.ts';
import { recordAudit } from './record-audit.ts';
import { insertAlert, insertTargets, linkIncident } from './store/queries/accept-alert.ts';
import { databaseNowMs } from './store/queries/lock-scopes.ts';
import type { Tx } from './store/sql.ts';

export interface AcceptInput {
  /** The caller's word for where it comes from; a normalised alert may name its own. */
  source: string;
  body: Json;
  actor: Actor;
  requestId: string;
}

export type Accepted =
  | { ok: true; alertId: AlertId; duplicate: boolean }
  | { ok: false; code: Code; detail: string; errors: { pointer: string; code: string; detail: string }[] };

/*
 * From here nothing is lost: alert, targets, incident and entry are one commit, and the answer comes
 * after it. The same alert twice (same source and source id) is told its first id.
 */
export async function acceptAlert(parts: EngineParts, input: AcceptInput): Promise<Accepted> {
  const normalized = normalizeAlert(input.body, input.source);
  if (!normalized.ok) return refuse(parts, input, normalized.problems);
  const accepted = await parts.database.transaction(async (tx) => store(tx, parts, input, normalized.alert), {
    retries: 3,
  });
  parts.afterCommit({ attempts: false, entries: true, freedGroups: [], soonestDueMs: null });
  return accepted;
}

async function store(
  tx: Tx,
  parts: EngineParts,
  input: AcceptInput,
  normalized: NormalizedAlert,
): Promise<Accepted> {
  const alertId = parts.mint('AlertId');
  const incidentId = await incidentOf(tx, parts, normalized);
  const { raw, ...alert } = { ...normalized.alert, id: alertId };
  const known = await insertAlert(tx, parts.tenant, {
    id: alertId,
    incidentId,
    alert,
    raw: raw ?? null,
    sentBy: input.actor.id,
  });
  const duplicate = known !== null;
  if (!duplicate) await insertTargets(tx, parts.tenant, alertId, normalized.targets);
  const entry = {
    type: duplicate ? ('alert.duplicate' as const) : ('alert.accepted' as const),
    actor: input.actor,
    alertId: known ?? alertId,
    ...(incidentId === null ? {} : { incidentId }),
    requestId: input.requestId,
    targets: normalized.targets
      .slice(0, 20)
      .map((each) => ({ kind: each.kind, id: each.id, name: each.name })),
    data: {
      source: normalized.alert.source,
      source_id: normalized.alert.source_id,
      severity: normalized.alert.severity,
      category: normalized.alert.category,
      unknown_evidence: normalized.unknownEvidence,
    },
  };
  await recordAudit(tx, parts.tenant, await databaseNowMs(tx), [entry], parts.mint);
  return { ok: true, alertId: known ?? alertId, duplicate };
}

async function incidentOf(
  tx: Tx,
  parts: EngineParts,
  normalized: NormalizedAlert,
): Promise<IncidentId | null> {
  const { incident, source, title, severity } = normalized.alert;
  if (incident.id === '') return null;
  return linkIncident(tx, parts.tenant, {
    id: parts.mint('IncidentId'),
    source,
    sourceId: incident.id,
    title: incident.title ?? title,
    severity,
  });
}

/** A refused alert is written down too: somebody's detection did not get through. */
async function refuse(
  parts: EngineParts,
  input: AcceptInput,
  problems: { pointer: string; message: string }[],
): Promise<Accepted> {
  const errors = problems
    .slice(0, 50)
    .map(({ pointer, message }) => ({ pointer, code: 'request/invalid', detail: message }));
  const [first] = errors;
  const detail = `the alert was not accepted: ${first === undefined ? 'it has no shape that is known' : `${first.pointer || 'body'} ${first.detail}`}`;
  await parts.database.transaction(async (tx) => {
    const entry = {
      type: 'alert.refused' as const,
      actor: input.actor,
      code: 'request/invalid',
      reason: detail,
      requestId: input.requestId,
    };
    await recordAudit(tx, parts.tenant, await databaseNowMs(tx), [entry], parts.mint);
  });
  return { ok: false, code: 'request/invalid', detail, errors };
}
