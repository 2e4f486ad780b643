import type { Code } from '../../schemas/codes.ts';
import type { AlertId } from '../../schemas/ids.ts';
import type { Json } from '../../schemas/json.ts';
import type { Actor } from '../core/contracts/entry.ts';
import { newMarks } from '../core/intake/engine-mark.ts';
import type { IncomingEvent } from '../core/intake/incoming-event.ts';
import { type NormalizedAlert, normalizeAlert } from '../core/intake/normalize-alert.ts';
import { sameContent } from '../core/intake/same-content.ts';
import { emitIncident } from './emit-incident.ts';
import { emitSignal } from './emit-signal.ts';
import type { EngineParts } from './engine-parts.ts';
import { recordAudit } from './record-audit.ts';
import type { ScopeName } from './scope-name.ts';
import {
  insertAlert,
  insertTargets,
  lockAlert,
  type NewAlert,
  replaceAlert,
} from './store/queries/accept-alert.ts';
import { doingOf, type Linked, linkIncident } from './store/queries/incidents.ts';
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
 * after it. The same alert twice (same source and source id) is told its first id; when it says something
 * else than before, it is the alert as it is now, and a signal.
 */
export async function acceptAlert(parts: EngineParts, input: AcceptInput): Promise<Accepted> {
  const normalized = normalizeAlert(input.body, input.source);
  if (!normalized.ok) return refuse(parts, input, normalized.problems);
  const { accepted, mail } = await parts.database.transaction(
    async (tx) => store(tx, parts, input, normalized.alert),
    { retries: 3 },
  );
  parts.afterCommit({ entries: true, mail });
  return accepted;
}

async function store(
  tx: Tx,
  parts: EngineParts,
  input: AcceptInput,
  normalized: NormalizedAlert,
): Promise<{ accepted: Accepted; mail: ScopeName[] }> {
  const { tenant } = parts;
  const newId = parts.mint('AlertId');
  const linked = await incidentOf(tx, parts, normalized);
  const { raw = null, ...alert } = { ...normalized.alert, id: newId };
  const row = { id: newId, incidentId: linked?.id ?? null, alert, raw };
  const duplicate = !(await insertAlert(tx, tenant, { ...row, sentBy: input.actor.id }));
  const told = duplicate
    ? await redeliver(tx, parts, input, row)
    : { alertId: newId, changed: false, mail: [] };
  const { alertId, changed } = told;
  if (!duplicate || changed) await insertTargets(tx, tenant, alertId, normalized.targets);
  // After the alert: the signal names the targets of all alerts of the incident.
  const mail = [...told.mail, ...(await tellIncident(tx, parts, linked, alertId, input.actor.id))];
  const entry = {
    type: entryType(duplicate, changed),
    actor: input.actor,
    alertId,
    ...(linked !== null && { incidentId: linked.id }),
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
  return { accepted: { ok: true, alertId, duplicate }, mail };
}

function entryType(duplicate: boolean, changed: boolean) {
  if (changed) return 'alert.updated' as const;
  return duplicate ? ('alert.duplicate' as const) : ('alert.accepted' as const);
}

/** The same again is nothing new; anything else becomes the alert as it is now, and a signal. */
async function redeliver(
  tx: Tx,
  parts: EngineParts,
  input: AcceptInput,
  row: Omit<NewAlert, 'sentBy'>,
): Promise<{ alertId: AlertId; changed: boolean; mail: ScopeName[] }> {
  const known = await lockAlert(tx, parts.tenant, row.alert);
  const alert = { ...row.alert, id: known.id };
  const incidentId = row.incidentId ?? known.incidentId;
  if (sameContent(known.alert, alert) && sameContent(known.raw, row.raw))
    return { alertId: known.id, changed: false, mail: [] };
  await replaceAlert(tx, parts.tenant, { id: known.id, incidentId, alert, raw: row.raw });
  const doing = await doingOf(tx, parts.tenant, newMarks(known.raw, row.raw));
  const id = parts.mint('SignalId');
  const event: IncomingEvent = {
    id,
    type: 'alert.updated',
    alert: { ...alert, raw: row.raw },
    signal: { id, type: 'alert.updated', alert: { ...alert, raw: row.raw } },
    mark: doing?.playbookId ?? null,
    chain: doing === null ? 0 : doing.chain + 1,
    addressee: null,
  };
  const origin = { alertId: known.id, incidentId, causedBy: input.actor.id, sourceKey: null };
  return { alertId: known.id, changed: true, mail: await emitSignal(tx, parts, event, origin) };
}

async function incidentOf(tx: Tx, parts: EngineParts, normalized: NormalizedAlert): Promise<Linked | null> {
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

async function tellIncident(
  tx: Tx,
  parts: EngineParts,
  linked: Linked | null,
  alertId: AlertId,
  causedBy: string,
): Promise<ScopeName[]> {
  if (linked === null || linked.outcome === 'unchanged') return [];
  const type = linked.outcome === 'created' ? 'incident.created' : 'incident.updated';
  const actor = { kind: 'system' as const, id: 'intake', channel: 'engine' as const };
  const entry = { type, actor, incidentId: linked.id, alertId } as const;
  await recordAudit(tx, parts.tenant, await databaseNowMs(tx), [entry], parts.mint);
  return emitIncident(tx, parts, type, linked.id, causedBy);
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
