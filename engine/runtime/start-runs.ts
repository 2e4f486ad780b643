import type { EntryDraft } from '../core/contracts/entry.ts';
import type { Mode } from '../core/contracts/plan.ts';
import { type Matched, matchEvent } from '../core/match/match-event.ts';
import { byRoute, type Routing, routeOf } from '../core/match/routing.ts';
import type { Admitter } from './admit-runs.ts';
import { deliverSignals } from './deliver-signal.ts';
import type { EngineParts, LoadedPlan, Started } from './engine-parts.ts';
import { ceilingNow } from './guardrails-in-force.ts';
import { recordAudit } from './record-audit.ts';
import { priorityOf, type RunStart, startRun } from './start-run.ts';
import { currentRouting } from './store/queries/current-routing.ts';
import { type Candidate, findCandidates } from './store/queries/find-candidates.ts';
import { lockEvents, type StoredEvent } from './store/queries/lock-events.ts';
import { databaseNowMs } from './store/queries/lock-scopes.ts';
import { type TraceRow, writeTrace } from './store/queries/write-trace.ts';
import type { Tx } from './store/sql.ts';
import { sqlState } from './store/sql-state.ts';

/*
 * Accepted alerts and signals → decision traces and runs, in one transaction per handful of them. An
 * event stays `accepted` until that transaction is committed, so a crash only means that it is matched
 * by whoever looks next; the run key makes a second match start nothing.
 */

/** Two engines may take the same two dedupe keys in different order. */
const deadlockRetries = { retries: 3 };

export interface StartedRuns {
  events: number;
  /** Triggers whose conditions were looked at: what matching costs. */
  tried: number;
}

/** Matches up to `limit` waiting events. */
export async function startRuns(parts: EngineParts, admitter: Admitter, limit: number): Promise<StartedRuns> {
  const work = await parts.database.transaction(async (tx) => {
    const events = await lockEvents(tx, parts.tenant, limit);
    if (events.length === 0) return null;
    const routing = (await currentRouting(tx, parts.tenant))?.routing ?? null;
    const done = new Work(tx, parts, routing, await ceilingNow(tx, parts), await databaseNowMs(tx));
    for (const event of events) await done.match(event);
    await writeTrace(tx, parts.tenant, events, done.trace);
    // A new alert becomes visible to waits here; a signal was delivered when its row was written.
    const alerts = events.filter((each) => each.table === 'alerts').map(({ event }) => event);
    const told = await deliverSignals(
      tx,
      parts.tenant,
      alerts.map(({ id, type, signal }) => ({ id, type, data: signal })),
    );
    await recordAudit(tx, parts.tenant, done.nowMs, done.entries, parts.mint);
    return { events: events.length, tried: done.tried, started: done.started, told };
  }, deadlockRetries);
  if (work === null) return { events: 0, tried: 0 };
  parts.afterCommit({ entries: true, mail: work.told });
  await admitter.admit(work.started);
  return { events: work.events, tried: work.tried };
}

class Work {
  readonly tx: Tx;
  readonly parts: EngineParts;
  readonly routing: Routing | null;
  readonly ceiling: Mode;
  readonly nowMs: number;
  readonly trace: TraceRow[] = [];
  readonly entries: EntryDraft[] = [];
  readonly started: Started[] = [];
  tried = 0;

  constructor(tx: Tx, parts: EngineParts, routing: Routing | null, ceiling: Mode, nowMs: number) {
    this.tx = tx;
    this.parts = parts;
    this.routing = routing;
    this.ceiling = ceiling;
    this.nowMs = nowMs;
  }

  async match(stored: StoredEvent): Promise<void> {
    const candidates = await findCandidates(this.tx, this.parts.tenant, stored.event);
    // A trace is never empty: "why did nothing happen" has an answer.
    if (candidates.length === 0) this.trace.push({ ...nobody, eventId: stored.event.id });
    for (const playbook of byRoute(candidates, this.routing)) await this.#matchPlaybook(stored, playbook);
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
    for (const matched of judged.result.matched) await this.#start(stored, playbook, judged.loaded, matched);
  }

  /** A playbook that cannot be loaded or judged must not keep the others from answering the event. */
  async #judge({ event }: StoredEvent, playbook: Candidate) {
    try {
      const loaded = await this.parts.loadPlan(playbook.digest);
      const route = routeOf(this.routing, playbook.playbookId);
      const context = { nowMs: this.nowMs, route, only: playbook.triggers };
      return { loaded, result: matchEvent(loaded.plan, event, context) };
    } catch (error) {
      if (sqlState(error) !== null) throw error;
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

  async #start(
    stored: StoredEvent,
    playbook: Candidate,
    loaded: LoadedPlan,
    matched: Matched,
  ): Promise<void> {
    const { event, alertId, incidentId } = stored;
    const severity = typeof event.alert.severity === 'string' ? event.alert.severity : 'medium';
    const start = await startRun(this.tx, this.parts, this.nowMs, {
      playbook,
      loaded,
      matched,
      ceiling: this.ceiling,
      alert: event.alert,
      alertId,
      incidentId,
      signalId: stored.table === 'signals' ? event.id : null,
      chain: event.chain,
      priority: priorityOf(severity),
      startedBy: `trigger:${matched.triggerId}`,
      askedBy: [stored.sentBy],
      byHand: false,
    });
    if (start.outcome === 'started') this.started.push(start);
    if (start.outcome === 'attached') await this.#attach(stored, playbook, start);
    const said = start.outcome === 'started' ? { code: null, detail: null } : start;
    this.#say(stored, playbook, {
      triggerId: matched.triggerId,
      elementKey: matched.elementKey,
      outcome: start.outcome,
      code: said.code,
      detail: said.detail,
      runId: start.runId,
    });
  }

  async #attach({ alertId, incidentId }: StoredEvent, playbook: Candidate, start: RunStart): Promise<void> {
    if (start.runId === null) return;
    if (alertId !== null) {
      await this.tx.query(
        'insert into run_alerts (tenant_id, run_id, alert_id) values ($1, $2, $3) on conflict do nothing',
        [this.parts.tenant, start.runId, alertId],
      );
    }
    this.entries.push({
      type: 'run.attached',
      actor: { kind: 'system', id: 'match', channel: 'engine' },
      runId: start.runId,
      ...(alertId !== null && { alertId }),
      ...(incidentId !== null && { incidentId }),
      reason: `it belongs to what ${playbook.playbookId} is already doing`,
    });
  }

  #say(
    { event }: StoredEvent,
    { playbookId }: Candidate,
    line: Pick<TraceRow, 'triggerId' | 'outcome'> & Partial<TraceRow>,
  ): void {
    this.trace.push({ ...emptyLine, ...line, eventId: event.id, playbookId });
  }
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
