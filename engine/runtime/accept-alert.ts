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
import { type Doing, doingOf, type Linked, linkIncident } from './store/queries/incidents.ts';
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
  const known = duplicate ? await lockAlert(tx, tenant, alert) : null;
  const doing = await doingOf(tx, tenant, newMarks(known?.raw ?? null, raw));
  const alertId = known?.id ?? newId;
  const now: Omit<NewAlert, 'sentBy'> = {
    ...row,
    id: alertId,
    incidentId: row.incidentId ?? known?.incidentId ?? null,
    alert: { ...alert, id: alertId },
  };
  const changed = known !== null && !(sameContent(known.alert, now.alert) && sameContent(known.raw, raw));
  const mail = changed ? await replace(tx, parts, input, now, doing) : [];
  if (!duplicate || changed) await insertTargets(tx, tenant, alertId, normalized.targets);
  // After the alert: the signal names the targets of all alerts of the incident.
  mail.push(...(await tellIncident(tx, parts, linked, { alertId, causedBy: input.actor.id, ...doing })));
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

/** What its source says differently from before becomes the alert as it is now, and a signal. */
async function replace(
  tx: Tx,
  parts: EngineParts,
  input: AcceptInput,
  now: Omit<NewAlert, 'sentBy'>,
  doing: Doing,
): Promise<ScopeName[]> {
  await replaceAlert(tx, parts.tenant, now);
  const id = parts.mint('SignalId');
  const alert = { ...now.alert, raw: now.raw };
  const type = 'alert.updated';
  const event: IncomingEvent = { id, type, alert, signal: { id, type, alert }, ...doing, addressee: null };
  const { id: alertId, incidentId } = now;
  return emitSignal(tx, parts, event, { alertId, incidentId, causedBy: input.actor.id, sourceKey: null });
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
  cause: { alertId: AlertId; causedBy: string } & Doing,
): Promise<ScopeName[]> {
  if (linked === null || !linked.created) return [];
  const type = 'incident.created';
  const actor = { kind: 'system' as const, id: 'intake', channel: 'engine' as const };
  const entry = { type, actor, incidentId: linked.id, alertId: cause.alertId } as const;
  await recordAudit(tx, parts.tenant, await databaseNowMs(tx), [entry], parts.mint);
  return emitIncident(tx, parts, type, linked.id, cause);
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
