import type { RunId } from '../../schemas/ids.ts';
import type { EntryDraft } from '../core/contracts/entry.ts';
import { type Matched, matchAlert, type TraceLine } from '../core/match/match-alert.ts';
import type { Admitter } from './admit-runs.ts';
import { createRun } from './create-run.ts';
import type { EngineParts, LoadedPlan } from './engine-parts.ts';
import { recordAudit } from './record-audit.ts';
import { findEarlierRun, groupIsFull, lockKey } from './store/queries/crowd-control.ts';
import { type CurrentPlaybook, currentPlaybooks } from './store/queries/current-playbooks.ts';
import { databaseNowMs } from './store/queries/lock-scopes.ts';
import { lockAlerts, type StoredAlert, writeTrace } from './store/queries/match-alerts.ts';
import { peopleBehind } from './store/queries/people-behind.ts';
import type { Tx } from './store/sql.ts';
import { sqlState } from './store/sql-state.ts';

/*
 * Accepted alerts → decision traces and runs, in one transaction per handful of alerts. An alert
 * stays `accepted` until that transaction is committed, so a crash only means that it is matched by
 * whoever looks next; the run key makes a second match start nothing.
 */

interface Trace {
  alertId: string;
  playbookId: string;
  triggerId: string;
  elementKey: string;
  outcome: TraceLine['outcome'] | 'started' | 'queued' | 'attached' | 'skipped' | 'redelivered';
  detail: string | null;
  runId: string | null;
}

/** Two engines may take the same two dedupe keys in different order. */
const deadlockRetries = { retries: 3 };

interface Started {
  runId: RunId;
  group: string | null;
  limit: number | null;
}

/** Matches up to `limit` waiting alerts; returns how many there were. */
export async function startRuns(parts: EngineParts, admitter: Admitter, limit: number): Promise<number> {
  const { count, started } = await parts.database.transaction(async (tx) => {
    const alerts = await lockAlerts(tx, parts.tenant, limit);
    if (alerts.length === 0) return { count: 0, started: [] };
    const playbooks = await currentPlaybooks(tx, parts.tenant);
    const work = new Work(tx, parts, await databaseNowMs(tx));
    for (const alert of alerts) {
      for (const playbook of playbooks) await work.match(alert, playbook);
    }
    await writeTrace(
      tx,
      parts.tenant,
      alerts.map((alert) => alert.id),
      work.trace,
    );
    await recordAudit(tx, parts.tenant, work.nowMs, work.entries, parts.mint);
    return { count: alerts.length, started: work.started };
  }, deadlockRetries);
  if (count > 0) parts.afterCommit({ attempts: false, entries: true, freedGroups: [], soonestDueMs: null });
  await admitter.admit(started);
  return count;
}

class Work {
  readonly tx: Tx;
  readonly parts: EngineParts;
  readonly nowMs: number;
  readonly trace: Trace[] = [];
  readonly entries: EntryDraft[] = [];
  readonly started: Started[] = [];

  constructor(tx: Tx, parts: EngineParts, nowMs: number) {
    this.tx = tx;
    this.parts = parts;
    this.nowMs = nowMs;
  }

  async match(alert: StoredAlert, playbook: CurrentPlaybook): Promise<void> {
    const found = await this.#judge(alert, playbook);
    if (found === null) return;
    const { loaded, result } = found;
    for (const line of result.trace)
      this.#say(alert, playbook, line.triggerId, line.elementKey, line.outcome, line.detail, null);
    for (const matched of result.matched) await this.#start(alert, playbook, loaded, matched);
  }

  /** A playbook that cannot be loaded or judged must not keep the others from answering the alert. */
  async #judge(alert: StoredAlert, playbook: CurrentPlaybook) {
    try {
      const loaded = await this.parts.loadPlan(playbook.digest);
      const context = { alertId: alert.id, alert: { ...alert.alert, raw: alert.raw }, nowMs: this.nowMs };
      return { loaded, result: matchAlert(loaded.plan, context) };
    } catch (error) {
      if (sqlState(error) !== null) throw error;
      this.parts.log('error', 'a playbook could not be matched', {
        playbook: playbook.playbookId,
        error: String(error),
      });
      this.#say(
        alert,
        playbook,
        '',
        '',
        'error',
        `the playbook could not be matched: ${String(error)}`,
        null,
      );
      return null;
    }
  }

  async #start(
    alert: StoredAlert,
    playbook: CurrentPlaybook,
    loaded: LoadedPlan,
    matched: Matched,
  ): Promise<void> {
    const say = (outcome: Trace['outcome'], detail: string | null, runId: string | null) =>
      this.#say(alert, playbook, matched.triggerId, matched.elementKey, outcome, detail, runId);
    const { dedupe, concurrency } = loaded.plan;
    if (dedupe !== null && matched.dedupeKey !== null) {
      await lockKey(this.tx, this.parts.tenant, `dedupe/${playbook.playbookId}/${matched.dedupeKey}`);
      const earlier = await findEarlierRun(
        this.tx,
        this.parts.tenant,
        playbook.playbookId,
        matched.dedupeKey,
        dedupe.windowMs,
      );
      if (earlier !== null) {
        if (dedupe.onDuplicate === 'attach') await this.#attach(alert, playbook, earlier);
        return void say(
          dedupe.onDuplicate === 'attach' ? 'attached' : 'skipped',
          `a run with the key "${matched.dedupeKey}" covers it`,
          earlier,
        );
      }
    }
    const group =
      matched.concurrencyGroup === null ? null : `${playbook.playbookId}/${matched.concurrencyGroup}`;
    if (concurrency?.onConflict === 'skip' && group !== null) {
      await lockKey(this.tx, this.parts.tenant, `group/${group}`);
      if (await groupIsFull(this.tx, this.parts.tenant, group, concurrency.limit)) {
        return void say('skipped', `the group "${matched.concurrencyGroup}" is full`, null);
      }
    }
    const runId = this.parts.mint('RunId');
    const created = await createRun(this.tx, this.parts.tenant, loaded, {
      runId,
      playbookId: playbook.playbookId,
      playbookVersion: playbook.version,
      digest: playbook.digest,
      sourceSha256: playbook.sourceSha256,
      runKey: matched.runKey,
      triggerId: matched.triggerId,
      alertId: alert.id,
      incidentId: alert.incidentId,
      alert: { ...alert.alert, raw: loaded.readsRaw ? alert.raw : null },
      inputs: matched.inputs,
      mode: loaded.plan.mode,
      priority: priorityOf(alert.severity),
      startedBy: `trigger:${matched.triggerId}`,
      excluded: await peopleBehind(this.tx, this.parts.tenant, [playbook.publishedBy, alert.sentBy]),
      dedupeKey: matched.dedupeKey,
      concurrency: group === null || concurrency === null ? null : { group, limit: concurrency.limit },
      url: `${this.parts.publicUrl}/runs/${runId}`,
      nowMs: this.nowMs,
    });
    if (!created) return void say('redelivered', 'this alert has started this run before', null);
    this.started.push({ runId, group, limit: concurrency?.limit ?? null });
    say('started', null, runId);
  }

  async #attach(alert: StoredAlert, playbook: CurrentPlaybook, runId: string): Promise<void> {
    await this.tx.query(
      'insert into run_alerts (tenant_id, run_id, alert_id) values ($1, $2, $3) on conflict do nothing',
      [this.parts.tenant, runId, alert.id],
    );
    this.entries.push({
      type: 'run.attached',
      actor: { kind: 'system', id: 'match', channel: 'engine' },
      runId: runId as RunId,
      alertId: alert.id,
      reason: `the alert belongs to what ${playbook.playbookId} is already doing`,
    });
  }

  #say(
    alert: StoredAlert,
    playbook: CurrentPlaybook,
    triggerId: string,
    elementKey: string,
    outcome: Trace['outcome'],
    detail: string | null,
    runId: string | null,
  ): void {
    this.trace.push({
      alertId: alert.id,
      playbookId: playbook.playbookId,
      triggerId,
      elementKey,
      outcome,
      detail,
      runId,
    });
  }
}

/** 1 most urgent; the queue serves lower numbers first. */
export function priorityOf(severity: string): number {
  const order = ['critical', 'high', 'medium', 'low', 'informational'];
  return Math.max(0, order.indexOf(severity)) + 1;
}

/**
 * One alert that cannot be stored as a run must not keep the others waiting. Only what the data
 * itself causes (SQLSTATE classes 22, 23 and 54) is given up on, visibly; anything else is retried.
 */
async function oneByOne(parts: EngineParts, admitter: Admitter, cause: unknown): Promise<number> {
  if (!isDataError(cause)) throw cause;
  for (let matched = 0; matched < atOnceMax; matched += 1) {
    try {
      if ((await startRuns(parts, admitter, 1)) === 0) return matched;
    } catch (error) {
      if (!isDataError(error)) throw error;
      await giveUp(parts, error);
    }
  }
  return atOnceMax;
}

function isDataError(error: unknown): boolean {
  return /^(22|23|54)/.test(sqlState(error) ?? '');
}

async function giveUp(parts: EngineParts, cause: unknown): Promise<void> {
  await parts.database.transaction(async (tx) => {
    const [alert] = await lockAlerts(tx, parts.tenant, 1);
    if (alert === undefined) return;
    const detail = `no run could be stored for this alert (${sqlState(cause) ?? 'unknown'}); look at it by hand`;
    parts.log('error', detail, { alert: alert.id });
    const line = {
      alertId: alert.id,
      playbookId: '',
      triggerId: '',
      elementKey: '',
      outcome: 'error',
      detail,
      runId: null,
    };
    await writeTrace(tx, parts.tenant, [alert.id], [line]);
    const entry = {
      type: 'alert.refused' as const,
      actor: { kind: 'system' as const, id: 'match', channel: 'engine' as const },
      alertId: alert.id,
      code: 'match/expression-failed',
      reason: detail,
    };
    await recordAudit(tx, parts.tenant, await databaseNowMs(tx), [entry], parts.mint);
  });
}

export interface Matcher {
  /** Alerts were accepted; match them soon. */
  nudge(): void;
  start(): void;
  stop(): Promise<void>;
}

const atOnceMax = 50;
const sweepMs = 1_000;

/** Matches alerts as they are accepted, and sweeps up what a crash left behind. */
export function createMatcher(parts: EngineParts, admitter: Admitter): Matcher {
  let timer: NodeJS.Timeout | undefined;
  let matching: Promise<void> | undefined;
  let again = false;
  let stopped = false;

  function nudge(): void {
    if (stopped) return;
    again = true;
    matching ??= (async () => {
      while (again && !stopped) {
        again = false;
        const count = await startRuns(parts, admitter, atOnceMax).catch((error) =>
          oneByOne(parts, admitter, error),
        );
        if (count === atOnceMax) again = true;
      }
    })()
      .catch((error) => parts.log('warn', 'matching alerts failed; trying again', { error: String(error) }))
      .finally(() => {
        matching = undefined;
      });
  }

  return {
    nudge,
    start() {
      timer = setInterval(nudge, sweepMs);
      timer.unref();
      nudge();
    },
    async stop() {
      stopped = true;
      clearInterval(timer);
      await matching;
    },
  };
}
