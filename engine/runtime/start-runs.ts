import type { AlertId, RunId } from '../../schemas/ids.ts';
import type { EntryDraft } from '../core/contracts/entry.ts';
import type { Mode } from '../core/contracts/plan.ts';
import { type Matched, matchEvent } from '../core/match/match-event.ts';
import { byRoute, type Routing, routeOf } from '../core/match/routing.ts';
import type { Admitter } from './admit-runs.ts';
import { beginWithin, type Moved, tellAdvanced } from './advance-run.ts';
import { type Tried, takeAfterAll } from './claimed-after-all.ts';
import { deliverSignals } from './deliver-signal.ts';
import type { EngineParts, LoadedPlan, Started } from './engine-parts.ts';
import { ceilingNow } from './guardrails-in-force.ts';
import { recordAudit } from './record-audit.ts';
import { routingInForce } from './routing-in-force.ts';
import type { ScopeName } from './scope-name.ts';
import { priorityOf, type RunToStart, type Start, StartBatch } from './start-run.ts';
import { attachAlerts } from './store/queries/crowd-control.ts';
import { type Candidate, findCandidates } from './store/queries/find-candidates.ts';
import { lockEvents, type StoredEvent } from './store/queries/lock-events.ts';
import { databaseNowMs, type LockedScope } from './store/queries/lock-scopes.ts';
import { pauseReason } from './store/queries/pause.ts';
import { type TraceRow, writeTrace } from './store/queries/write-trace.ts';
import { Lastly, type Tx } from './store/sql.ts';
import { isConnectionLoss, sqlState } from './store/sql-state.ts';

/*
 * Accepted alerts and signals → decision traces and runs, in one transaction per handful of them, and the
 * first decision of every run that waits for no place. An event stays `accepted` until that transaction is
 * committed, so a crash only means that it is matched by whoever looks next; the run key makes a second
 * match start nothing.
 */

/** Two engines may take the same two dedupe keys in different order. */
const inTransaction = { retries: 3, readsFirst: true, station: 'match' } as const;

export interface StartedRuns {
  events: number;
  /** Triggers whose conditions were looked at: what matching costs. */
  tried: number;
}

export interface Taking {
  /** Ids of events that are left to wait. */
  except?: readonly string[];
  /** Told which are taken, before anything can fail because of them. */
  locked?(events: readonly StoredEvent[]): void;
}

/** Matches up to `limit` waiting events. */
export async function startRuns(
  parts: EngineParts,
  admitter: Admitter,
  limit: number,
  taking: Taking = {},
): Promise<StartedRuns> {
  const matched = await matchAndBegin(parts, limit, taking);
  if (matched === null) return { events: 0, tried: 0 };
  await tellMatched(parts, admitter, matched);
  return { events: matched.events, tried: matched.tried };
}

/** After the commit. */
export async function tellMatched(
  parts: EngineParts,
  admitter: Admitter,
  matched: MatchedEvents,
): Promise<void> {
  parts.afterCommit({ entries: true, mail: matched.told });
  if (matched.begun !== null) tellAdvanced(parts, matched.begun);
  await admitter.admit(matched.waiting);
}

/** What a transaction matched; told to the others once it is committed. */
export interface MatchedEvents extends StartedRuns {
  told: ScopeName[];
  /** Runs that made their first decisions in the same transaction. */
  begun: Moved | null;
  /** Runs that begin when their group has a place, or by themselves. */
  waiting: Started[];
}

/** A first decision that cannot be stored must not keep events from being matched: then its run begins by itself. */
async function matchAndBegin(
  parts: EngineParts,
  limit: number,
  taking: Taking,
): Promise<MatchedEvents | null> {
  try {
    return await matchEvents(parts, limit, taking, true);
  } catch (error) {
    parts.log('warn', 'runs could not begin together with their creation; they begin one by one', {
      error: String(error),
    });
    return matchEvents(parts, limit, taking, false);
  }
}

async function matchEvents(
  parts: EngineParts,
  limit: number,
  { except, locked }: Taking,
  beginning: boolean,
): Promise<MatchedEvents | null> {
  const tried: Tried = { claims: [], claimedAt: 0 };
  try {
    return await parts.database.transaction(async (tx) => {
      const events = await lockEvents(tx, parts.tenant, limit, except);
      locked?.(events);
      return events.length === 0
        ? null
        : matchWithin(tx, parts, events, { beginning, waited: events, tried });
    }, inTransaction);
  } catch (error) {
    takeAfterAll(parts, tried, error);
    throw error;
  }
}

/**
 * @param events written by this very transaction, or locked by it
 * @param how.beginning whether runs that wait for no place make their first decisions here
 * @param how.waited those of the events that are stored as not matched yet
 * @param how.entries what the caller has to say before; written together with what is said here
 * @param how.tried told what this transaction is about to claim
 */
export async function matchWithin(
  tx: Tx,
  parts: EngineParts,
  events: readonly StoredEvent[],
  how: {
    beginning: boolean;
    waited: readonly StoredEvent[];
    nowMs?: number;
    entries?: readonly EntryDraft[];
    tried: Tried;
  },
): Promise<Lastly<MatchedEvents>> {
  const { tenant } = parts;
  const record = async (nowMs: number, entries: readonly EntryDraft[]): Promise<null> => {
    await recordAudit(tx, tenant, nowMs, entries, parts.mint);
    return null;
  };
  if (events.length === 0) {
    const nowMs = how.nowMs ?? (await databaseNowMs(tx));
    return new Lastly(async () => {
      const begun = await record(nowMs, how.entries ?? []);
      return { events: 0, tried: 0, told: [], begun, waiting: [] };
    });
  }
  // A new alert becomes visible to waits here; a signal was delivered when its row was written.
  const alerts = events.filter((each) => each.table === 'alerts').map(({ event }) => event);
  const [routing, ceiling, pause, nowMs, told, candidates] = await Promise.all([
    routingInForce(tx, parts),
    ceilingNow(tx, parts),
    pauseReason(tx, tenant),
    how.nowMs ?? databaseNowMs(tx),
    deliverSignals(
      tx,
      tenant,
      alerts.map(({ id, type, signal }) => ({ id, type, data: signal })),
    ),
    findCandidates(
      tx,
      tenant,
      events.map(({ event }) => event),
    ),
  ]);
  const done = new Work(tx, parts, routing, ceiling, nowMs, how.beginning && pause === null);
  for (const [place, event] of events.entries()) await done.match(event, candidates[place] ?? []);
  await done.start();
  const entries = [...(how.entries ?? []), ...done.entries];
  const { send, atOnce }: Lastly<Moved | null> =
    done.begins.length === 0
      ? new Lastly(() => record(nowMs, entries))
      : await beginWithin(tx, parts, nowMs, done.begins, { entries, pause, tried: how.tried });
  return new Lastly(async () => {
    const [, begun] = await Promise.all([writeTrace(tx, tenant, how.waited, done.trace), send()]);
    return { events: events.length, tried: done.tried, told, begun, waiting: done.waiting };
  }, atOnce);
}

/** A trigger that matched, and the line of the trace that says what came of it. */
interface Hit {
  stored: StoredEvent;
  playbook: Candidate;
  loaded: LoadedPlan;
  matched: Matched;
  line: TraceRow;
}

class Work {
  readonly tx: Tx;
  readonly parts: EngineParts;
  readonly routing: Routing | null;
  readonly ceiling: Mode;
  readonly nowMs: number;
  readonly trace: TraceRow[] = [];
  readonly entries: EntryDraft[] = [];
  /** Created, and begun by nobody yet. */
  readonly waiting: Started[] = [];
  readonly begins: LockedScope[] = [];
  readonly #beginning: boolean;
  readonly #hits: Hit[] = [];
  tried = 0;

  constructor(
    tx: Tx,
    parts: EngineParts,
    routing: Routing | null,
    ceiling: Mode,
    nowMs: number,
    beginning: boolean,
  ) {
    this.ceiling = ceiling;
    this.#beginning = beginning;
    this.tx = tx;
    this.parts = parts;
    this.routing = routing;
    this.nowMs = nowMs;
  }

  /** Decides which triggers an event starts; nothing is started yet. */
  async match(stored: StoredEvent, candidates: readonly Candidate[]): Promise<void> {
    // A trace is never empty: "why did nothing happen" has an answer.
    if (candidates.length === 0) this.trace.push({ ...nobody, eventId: stored.event.id });
    for (const playbook of byRoute(candidates, this.routing)) await this.#matchPlaybook(stored, playbook);
  }

  /** Starts what matched, in the order in which it matched. */
  async start(): Promise<void> {
    const batch = new StartBatch(this.tx, this.parts, this.nowMs, this.#beginning);
    const wanted = this.#hits.map((hit) => toStart(hit, this.ceiling));
    await batch.expect(wanted);
    const starts: Start[] = [];
    for (const each of wanted) starts.push(await batch.add(each));
    await batch.create();
    const attached: { run_id: RunId; alert_id: AlertId }[] = [];
    for (const [place, hit] of this.#hits.entries()) {
      const { result, begins } = starts[place] as Start;
      if (begins !== null) this.begins.push(begins);
      else if (result.outcome === 'started') this.waiting.push(result);
      if (result.outcome === 'attached' && result.runId !== null) {
        this.#sayAttached(hit, result.runId);
        const { alertId } = hit.stored;
        if (alertId !== null) attached.push({ run_id: result.runId, alert_id: alertId });
      }
      const { outcome, runId } = result;
      const { code, detail } = result.outcome === 'started' ? { code: null, detail: null } : result;
      Object.assign(hit.line, { outcome, code, detail, runId });
    }
    await attachAlerts(this.tx, this.parts.tenant, attached);
  }

  async #matchPlaybook(stored: StoredEvent, playbook: Candidate): Promise<void> {
    if (!playbook.enabled) {
      const detail = 'the playbook is switched off';
      for (const triggerId of playbook.triggers)
        this.#say(stored, playbook, { triggerId, outcome: 'disabled', code: 'match/disabled', detail });
      return;
    }
    this.tried += playbook.triggers.size;
    const judged = await this.#judge(stored, playbook);
    if (judged === null) return;
    for (const line of judged.result.trace) this.#say(stored, playbook, line);
    for (const matched of judged.result.matched) {
      const { triggerId, elementKey } = matched;
      const line = this.#say(stored, playbook, { triggerId, elementKey, outcome: 'started' });
      this.#hits.push({ stored, playbook, loaded: judged.loaded, matched, line });
    }
  }

  /** A playbook that cannot be loaded or judged must not keep the others from answering the event. */
  async #judge({ event }: StoredEvent, playbook: Candidate) {
    try {
      const loaded = await this.parts.loadPlan(playbook.digest);
      const route = routeOf(this.routing, playbook.playbookId);
      const context = { nowMs: this.nowMs, route, only: playbook.triggers };
      return { loaded, result: matchEvent(loaded.plan, event, context) };
    } catch (error) {
      // A plan that could not be read just now says nothing about the playbook: the event waits.
      if (sqlState(error) !== null || isConnectionLoss(error)) throw error;
      const { playbookId } = playbook;
      this.parts.log('error', 'a playbook could not be matched', {
        playbook: playbookId,
        error: String(error),
      });
      const detail = `the playbook could not be matched: ${String(error)}`;
      this.trace.push({
        ...emptyLine,
        eventId: event.id,
        playbookId,
        code: 'match/expression-failed',
        detail,
      });
      return null;
    }
  }

  #sayAttached({ stored, playbook }: Hit, runId: RunId): void {
    const { alertId, incidentId } = stored;
    this.entries.push({
      type: 'run.attached',
      actor: { kind: 'system', id: 'match', channel: 'engine' },
      runId,
      ...(alertId !== null && { alertId }),
      ...(incidentId !== null && { incidentId }),
      reason: `it belongs to what ${playbook.playbookId} is already doing`,
    });
  }

  #say(
    { event }: StoredEvent,
    { playbookId }: Candidate,
    line: Pick<TraceRow, 'triggerId' | 'outcome'> & Partial<TraceRow>,
  ): TraceRow {
    const row = { ...emptyLine, ...line, eventId: event.id, playbookId };
    this.trace.push(row);
    return row;
  }
}

function toStart({ stored, playbook, loaded, matched }: Hit, ceiling: Mode): RunToStart {
  const { event, alertId, incidentId } = stored;
  const severity = typeof event.alert.severity === 'string' ? event.alert.severity : 'medium';
  return {
    playbook,
    loaded,
    matched,
    ceiling,
    alert: event.alert,
    alertId,
    incidentId,
    signalId: stored.table === 'signals' ? event.id : null,
    chain: event.chain,
    priority: priorityOf(severity),
    startedBy: `trigger:${matched.triggerId}`,
    askedBy: [stored.sentBy],
    byHand: false,
  };
}

const emptyLine = {
  triggerId: '',
  elementKey: '',
  outcome: 'error',
  code: null,
  detail: null,
  runId: null,
} satisfies Partial<TraceRow>;

const nobody = {
  ...emptyLine,
  playbookId: '',
  outcome: 'not-matched',
  code: 'match/no-candidate',
  detail: 'no trigger of any playbook looks for such an event',
} satisfies Partial<TraceRow>;
