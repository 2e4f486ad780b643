import type { AlertId, IncidentId } from '../../schemas/ids.ts';
import type { Actor, EntryDraft } from '../core/contracts/entry.ts';
import { invariant } from '../core/contracts/invariant.ts';
import { alertEvent } from '../core/intake/alert-event.ts';
import { newMarks } from '../core/intake/engine-mark.ts';
import type { IncomingEvent } from '../core/intake/incoming-event.ts';
import { sameContent } from '../core/intake/same-content.ts';
import type { Admitter } from './admit-runs.ts';
import type { AlertToStore, StoredAlert } from './alert-to-store.ts';
import { type Tried, takeAfterAll } from './claimed-after-all.ts';
import { emitSignals } from './emit-signal.ts';
import type { EngineParts } from './engine-parts.ts';
import { type ChangedIncident, incidentSignals } from './incident-signals.ts';
import { linkAlerts } from './link-incidents.ts';
import { recordAudit } from './record-audit.ts';
import type { ScopeName } from './scope-name.ts';
import { matchWithin, tellMatched } from './start-runs.ts';
import {
  alertKey,
  insertAlerts,
  insertTargets,
  lockAlerts,
  type NewAlert,
  replaceAlert,
} from './store/queries/accept-alert.ts';
import { expectNoneWent, type GoneAlert, GoneNamed } from './store/queries/gone-names.ts';
import { type Doing, doingOf, type Linked } from './store/queries/incidents.ts';
import type { NewSignal } from './store/queries/insert-signal.ts';
import type { StoredEvent } from './store/queries/lock-events.ts';
import { databaseNowMs } from './store/queries/lock-scopes.ts';
import { Lastly, type Tx } from './store/sql.ts';
import { hasGone, nothingGone, saysTheSame, whatWent } from './what-went.ts';

/** Two batches may take the rows of the same incidents and duplicates in different order. */
const inTransaction = { retries: 3, readsFirst: true, station: 'intake' } as const;

/*
 * Alerts, targets, incidents and entries of everything that arrived together, in one commit. What is new
 * shares its statements, also its incidents; only what its source says differently from before is written
 * one by one. Whatever is given before the first answer asks for `insideTransaction`.
 */
export async function storeAlerts(
  parts: EngineParts,
  alerts: readonly AlertToStore[],
): Promise<StoredAlert[]> {
  const [alone, ...others] = alerts;
  try {
    return await storeTogether(parts, alerts);
  } catch (error) {
    if (alone === undefined || others.length > 0 || !hasGone(error)) throw error;
    return [await storeAlone(parts, alone)];
  }
}

/**
 * One that retention has let go of, or its incident. The same again is a repeat, and nothing comes of it. What its
 * source says differently now is stored under the old ids as an update, which never starts what waits for new ones.
 */
async function storeAlone(parts: EngineParts, late: AlertToStore): Promise<StoredAlert> {
  const gone = await whatWent(parts, late);
  if (gone.alert !== null && saysTheSame(late, gone.alert)) return await noteRepeat(parts, late, gone.alert);
  const [stored] = await storeTogether(parts, [late], gone);
  invariant(stored !== undefined, 'each alert that is stored has an answer');
  return stored;
}

async function noteRepeat(parts: EngineParts, late: AlertToStore, { id }: GoneAlert): Promise<StoredAlert> {
  await parts.database.transaction(async (tx) => {
    const entry = alertEntry(late, id, null, 'alert.duplicate');
    await recordAudit(tx, parts.tenant, await databaseNowMs(tx), [entry], parts.mint);
  });
  parts.afterCommit({ entries: true });
  return { alertId: id, duplicate: true, waits: false };
}

async function storeTogether(
  parts: EngineParts,
  alerts: readonly AlertToStore[],
  gone = nothingGone,
): Promise<StoredAlert[]> {
  const { stored, mail } = await parts.database.transaction(async (tx) => {
    const { stored, nowMs, entries, rest } = await storeWithin(tx, parts, alerts, 'accepted', gone);
    return new Lastly(async () => {
      const [mail] = await Promise.all([
        rest.send(),
        recordAudit(tx, parts.tenant, nowMs, entries, parts.mint),
      ]);
      return { stored, mail };
    }, rest.atOnce);
  }, inTransaction);
  parts.afterCommit({ entries: true, mail });
  return stored;
}

/** Stores them, matches those that are new and begins their runs, in one commit (record 0024). */
export async function storeAndMatch(
  parts: EngineParts,
  admitter: Admitter,
  alerts: readonly AlertToStore[],
): Promise<StoredAlert[]> {
  const tried: Tried = { claims: [], claimedAt: 0 };
  const storing = parts.database.transaction(async (tx) => {
    const { stored, fresh, nowMs, entries, rest } = await storeWithin(tx, parts, alerts, 'matched');
    const how = { beginning: true, waited: [], nowMs, entries, tried };
    const [mail, { send, atOnce }] = await Promise.all([rest.send(), matchWithin(tx, parts, fresh, how)]);
    return new Lastly(async () => ({ stored, mail, matched: await send() }), atOnce);
  }, inTransaction);
  storing.catch((error) => takeAfterAll(parts, tried, error));
  const { stored, mail, matched } = await storing;
  parts.afterCommit({ entries: true, mail });
  // Whoever sent the alerts does not wait for this; the sweep finds what it leaves.
  tellMatched(parts, admitter, matched).catch((error) =>
    parts.log('warn', 'runs of new alerts could not begin; trying again', { error: String(error) }),
  );
  return stored;
}

interface Written {
  stored: StoredAlert[];
  /** New ones and what came of them, as matching sees it. */
  fresh: StoredEvent[];
  nowMs: number;
  /** To be recorded by the caller, with what it has to add. */
  entries: EntryDraft[];
  /** Targets and signals, in one turn with whatever the caller asks next; gives the scopes to nudge after the commit. */
  rest: Lastly<ScopeName[]>;
}

async function storeWithin(
  tx: Tx,
  parts: EngineParts,
  alerts: readonly AlertToStore[],
  state: 'accepted' | 'matched',
  gone = nothingGone,
): Promise<Written> {
  const linked = await linkAlerts(tx, parts, alerts, gone.incident);
  const rows = alerts.map((each, index) =>
    newRow(gone.alert?.id ?? parts.mint('AlertId'), each, linked[index] ?? null),
  );
  const ids = rows.map(({ id }) => id);
  const [inserted, nowMs] = await Promise.all([
    // One that was matched once is not matched as a new one again.
    insertAlerts(tx, parts.tenant, rows, gone.alert === null ? state : 'matched'),
    databaseNowMs(tx),
    expectNoneWent(tx, parts.tenant, 'alerts', ids),
  ]);
  const signals: NewSignal[] = [];
  const known = await lookAtAll(tx, parts, alerts, rows, inserted, signals, gone.alert);
  const targets = known.flatMap(({ id, duplicate, changed }, index) =>
    duplicate && !changed
      ? []
      : (alerts[index] as AlertToStore).normalized.targets.map((target) => ({ ...target, alert: id })),
  );
  const created: ChangedIncident[] = [];
  const entries: EntryDraft[] = [];
  for (const [index, each] of alerts.entries()) {
    const link = linked[index] ?? null;
    const { id, doing, ...found } = known[index] as Known;
    if (link?.created) {
      entries.push(createdEntry(link, id, gone.incident));
      // It is known already: what waits for new ones hears nothing of it.
      if (link.id === gone.incident) {
        entries.push(alertEntry(each, id, link, entryType(found)));
        continue;
      }
      const by = doing ?? (await doingOf(tx, parts.tenant, newMarks(null, (rows[index] as NewAlert).raw)));
      created.push({ id: link.id, causedBy: each.actor.id, ...by });
    }
    entries.push(alertEntry(each, id, link, entryType(found)));
  }
  // After the alerts: a signal names the targets of all alerts of its incident.
  signals.push(...(await incidentSignals(tx, parts, 'incident.created', created)));
  return {
    stored: known.map(({ id, duplicate }) => ({ alertId: id, duplicate, waits: state === 'accepted' })),
    // Alerts first, as everywhere.
    fresh: [
      ...rows.filter(({ id }) => inserted.has(id) && id !== gone.alert?.id).map(newEvent),
      ...signals.map(signalEvent),
    ],
    nowMs,
    entries,
    rest: new Lastly(async () => {
      const [mail] = await Promise.all([
        emitSignals(tx, parts, signals, state),
        insertTargets(tx, parts.tenant, targets),
      ]);
      return mail;
    }, signals.length === 0),
  };
}

function newEvent({ id, incidentId, alert, raw, sentBy }: NewAlert): StoredEvent {
  const event = alertEvent(id, { ...alert, raw });
  return { table: 'alerts', event, alertId: id, incidentId, sentBy };
}

function signalEvent({ event, origin: { alertId, incidentId, causedBy } }: NewSignal): StoredEvent {
  return { table: 'signals', event, alertId, incidentId, sentBy: causedBy };
}

interface Known {
  id: AlertId;
  /** Null: not asked yet. */
  doing: Doing | null;
  duplicate: boolean;
  changed: boolean;
}

function newRow(id: AlertId, { normalized, actor }: AlertToStore, linked: Linked | null): NewAlert {
  const { raw = null, ...alert } = { ...normalized.alert, id };
  return { id, incidentId: linked?.id ?? null, alert, raw, sentBy: actor.id };
}

/** What their sources have sent before is looked at; what they say differently is written, and told as a signal. */
async function lookAtAll(
  tx: Tx,
  parts: EngineParts,
  alerts: readonly AlertToStore[],
  rows: readonly NewAlert[],
  inserted: ReadonlySet<AlertId>,
  signals: NewSignal[],
  gone: GoneAlert | null,
): Promise<Known[]> {
  const { tenant } = parts;
  const again = rows.filter(({ id }) => !inserted.has(id)).map(({ alert }) => alert);
  const before = await lockAlerts(tx, tenant, again);
  const all: Known[] = [];
  for (const [index, row] of rows.entries()) {
    if (gone !== null && inserted.has(row.id)) {
      const doing = await doingOf(tx, tenant, newMarks(null, row.raw));
      signals.push(updatedSignal(parts, (alerts[index] as AlertToStore).actor, row, doing));
      all.push({ id: row.id, doing, duplicate: true, changed: true });
      continue;
    }
    if (inserted.has(row.id)) {
      all.push({ id: row.id, doing: null, duplicate: false, changed: false });
      continue;
    }
    const key = alertKey(row.alert);
    const known = before.get(key);
    // It went by retention, before this batch or just now.
    if (known === undefined) throw new GoneNamed();
    const doing = await doingOf(tx, tenant, newMarks(known.raw, row.raw));
    const { id } = known;
    const now = { ...row, id, incidentId: row.incidentId ?? known.incidentId, alert: { ...row.alert, id } };
    const changed = !(sameContent(known.alert, now.alert) && sameContent(known.raw, now.raw));
    if (changed) {
      await replaceAlert(tx, tenant, now);
      signals.push(updatedSignal(parts, (alerts[index] as AlertToStore).actor, now, doing));
      // The same batch may hold it once more.
      before.set(key, now);
    }
    all.push({ id, doing, duplicate: true, changed });
  }
  return all;
}

function updatedSignal(parts: EngineParts, actor: Actor, now: NewAlert, doing: Doing): NewSignal {
  const id = parts.mint('SignalId');
  const alert = { ...now.alert, raw: now.raw };
  const type = 'alert.updated';
  const event: IncomingEvent = { id, type, alert, signal: { id, type, alert }, ...doing, addressee: null };
  const { id: alertId, incidentId } = now;
  return { event, origin: { alertId, incidentId, causedBy: actor.id, sourceKey: null } };
}

function createdEntry(linked: Linked, alertId: AlertId, gone: IncidentId | null): EntryDraft {
  const actor = { kind: 'system' as const, id: 'intake', channel: 'engine' as const };
  const reason = 'named again by its source after it went by retention';
  return {
    type: 'incident.created',
    actor,
    incidentId: linked.id,
    alertId,
    ...(linked.id === gone && { reason }),
  };
}

function entryType({ duplicate, changed }: Pick<Known, 'duplicate' | 'changed'>) {
  if (changed) return 'alert.updated' as const;
  return duplicate ? ('alert.duplicate' as const) : ('alert.accepted' as const);
}

function alertEntry(
  { normalized, actor, requestId }: AlertToStore,
  alertId: AlertId,
  linked: Linked | null,
  type: ReturnType<typeof entryType>,
): EntryDraft {
  const { alert, targets, unknownEvidence } = normalized;
  return {
    type,
    actor,
    alertId,
    ...(linked !== null && { incidentId: linked.id }),
    requestId,
    targets: targets.slice(0, 20).map((each) => ({ kind: each.kind, id: each.id, name: each.name })),
    data: {
      source: alert.source,
      source_id: alert.source_id,
      severity: alert.severity,
      category: alert.category,
      unknown_evidence: unknownEvidence,
    },
  };
}
