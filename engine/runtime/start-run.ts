import type { Code } from '../../schemas/codes.ts';
import type { AlertId, IncidentId, RunId } from '../../schemas/ids.ts';
import type { JsonObject } from '../../schemas/json.ts';
import type { Mode, Plan } from '../core/contracts/plan.ts';
import type { Matched } from '../core/match/match-event.ts';
import { underCeiling } from '../core/match/routing.ts';
import { everyStep } from '../core/run/list-steps.ts';
import { createRuns, firstScope, type NewRun, newSeed, type RunToCreate, toCreate } from './create-run.ts';
import type { EngineParts, LoadedPlan, Started } from './engine-parts.ts';
import { findEarlierRun, groupIsFull, knownRuns, lockKey } from './store/queries/crowd-control.ts';
import type { CurrentPlaybook } from './store/queries/current-playbook.ts';
import type { LockedScope } from './store/queries/lock-scopes.ts';
import { peopleBehind } from './store/queries/people-behind.ts';
import type { Tx } from './store/sql.ts';

/*
 * The last steps from a match to a run (language reference 9.15, items 4 to 7), the same for events,
 * ticks of a schedule and people: redelivery, dedupe, concurrency, creation.
 */

export interface RunToStart {
  playbook: CurrentPlaybook;
  loaded: LoadedPlan;
  matched: Matched;
  /** The boldest that the guardrails allow at this moment. */
  ceiling: Mode;
  /** As expressions see it; null for runs started by hand or by the clock. */
  alert: JsonObject | null;
  alertId: AlertId | null;
  incidentId: IncidentId | null;
  signalId: string | null;
  chain: number;
  priority: number;
  /** `per_…`, `tok_…`, or `trigger:<id>` when nobody did. */
  startedBy: string;
  /** Actors who asked for it, the publisher aside: they do not decide its approvals. */
  askedBy: (string | null)[];
  /** A person's start is never suppressed (9.15, item 5). */
  byHand: boolean;
}

export type RunStart =
  | ({ outcome: 'started' } & Started)
  | {
      outcome: 'attached' | 'skipped' | 'redelivered';
      code: Code;
      detail: string;
      /** The run that covers it. */
      runId: RunId | null;
    };

/** What came of one start; final once its batch is created. */
export interface Start {
  result: RunStart;
  /** The first scope of a run that the caller begins in the same transaction. */
  begins: LockedScope | null;
}

/** Starts of one transaction. They are judged one by one, in order, and created together. */
export class StartBatch {
  readonly #tx: Tx;
  readonly #parts: EngineParts;
  readonly #nowMs: number;
  #pending: { wanted: RunToCreate; start: Start }[] = [];
  /** Keys of runs that exist, as far as they were asked for. */
  readonly #known = new Set<string>();
  readonly #asked = new Set<string>();
  readonly #behind = new Map<string, Promise<string[]>>();

  readonly #beginning: boolean;

  /** @param beginning whether the caller begins, in this transaction, the runs whose `begins` is set */
  constructor(tx: Tx, parts: EngineParts, nowMs: number, beginning: boolean) {
    this.#tx = tx;
    this.#parts = parts;
    this.#nowMs = nowMs;
    this.#beginning = beginning;
  }

  /** Asks once which of many starts have been made before, as far as `add` wants to know. */
  async expect(starts: readonly RunToStart[]): Promise<void> {
    const runKeys = starts.filter(hasCrowd).map(({ matched }) => matched.runKey);
    for (const key of await knownRuns(this.#tx, this.#parts.tenant, runKeys)) this.#known.add(key);
    for (const key of runKeys) this.#asked.add(key);
  }

  async add(start: RunToStart): Promise<Start> {
    const { matched } = start;
    if (this.#known.has(matched.runKey)) return { result: redelivered, begins: null };
    if (hasCrowd(start)) {
      // Asked before the crowd, so that a redelivery is not taken for a duplicate. Without one, creating tells.
      if (!this.#asked.has(matched.runKey)) await this.expect([start]);
      if (this.#known.has(matched.runKey)) return { result: redelivered, begins: null };
      const covered = await this.#judgeCrowd(start);
      if (covered !== null) return { result: covered, begins: null };
    }
    this.#known.add(matched.runKey);
    const run = await this.#newRun(start);
    const { group = null, limit = null } = run.concurrency ?? {};
    const beginsNow = this.#beginning && group === null && !waits(start.loaded.plan);
    const wanted = toCreate(this.#parts.tenant, start.loaded, run, beginsNow);
    const added: Start = {
      result: { outcome: 'started', runId: run.runId, group, limit },
      begins: beginsNow ? firstScope(wanted) : null,
    };
    this.#pending.push({ wanted, start: added });
    return added;
  }

  /** Writes the runs that were added; one that another engine made meanwhile was redelivered. */
  async create(): Promise<void> {
    const pending = this.#pending;
    this.#pending = [];
    const created = await createRuns(
      this.#tx,
      this.#parts.tenant,
      pending.map((each) => each.wanted),
    );
    for (const { wanted, start } of pending) {
      const { run, given, givenText, beginsNow } = wanted;
      if (!created.has(run.runId)) Object.assign(start, { result: redelivered, begins: null });
      else if (beginsNow) this.#parts.givens.keep(run.runId, given, givenText.length);
    }
  }

  /** Null: nothing else covers it, and its group takes it. */
  async #judgeCrowd({ playbook, loaded, matched, byHand }: RunToStart): Promise<RunStart | null> {
    const tx = this.#tx;
    const { tenant } = this.#parts;
    const { dedupe, concurrency } = loaded.plan;
    if (dedupe !== null && matched.dedupeKey !== null && !byHand) {
      const { dedupeKey } = matched;
      await this.#createIf((run) => run.playbookId === playbook.playbookId && run.dedupeKey === dedupeKey);
      await lockKey(tx, tenant, `dedupe/${playbook.playbookId}/${matched.dedupeKey}`);
      const earlier = await findEarlierRun(
        tx,
        tenant,
        playbook.playbookId,
        matched.dedupeKey,
        dedupe.windowMs,
      );
      if (earlier !== null) {
        const outcome = dedupe.onDuplicate === 'attach' ? 'attached' : 'skipped';
        const detail = `a run with the key "${matched.dedupeKey}" covers it`;
        return { outcome, code: 'match/duplicate', detail, runId: earlier };
      }
    }
    const group = groupOf(playbook, matched);
    if (concurrency?.onConflict === 'skip' && group !== null) {
      await this.#createIf((run) => run.concurrency?.group === group);
      await lockKey(tx, tenant, `group/${group}`);
      if (await groupIsFull(tx, tenant, group, concurrency.limit)) {
        const detail = `the group "${matched.concurrencyGroup}" is full`;
        return { outcome: 'skipped', code: 'match/group-full', detail, runId: null };
      }
    }
    return null;
  }

  /** What the next question is about has to be in the table before it is asked. */
  async #createIf(concerned: (run: NewRun) => boolean): Promise<void> {
    if (this.#pending.some(({ wanted }) => concerned(wanted.run))) await this.create();
  }

  async #newRun(start: RunToStart): Promise<NewRun> {
    const { playbook, loaded, matched } = start;
    const { concurrency } = loaded.plan;
    const group = groupOf(playbook, matched);
    const runId = this.#parts.mint('RunId');
    return {
      runId,
      playbookId: playbook.playbookId,
      playbookVersion: playbook.version,
      digest: playbook.digest,
      sourceSha256: playbook.sourceSha256,
      runKey: matched.runKey,
      triggerId: matched.triggerId,
      alertId: start.alertId,
      incidentId: start.incidentId,
      ...(start.signalId !== null && { signalId: start.signalId }),
      chain: start.chain,
      alert: start.alert === null ? null : { ...start.alert, raw: rawOf(start.alert, loaded) },
      inputs: matched.inputs,
      ...underCeiling(matched.mode, start.ceiling),
      priority: start.priority,
      startedBy: start.startedBy,
      excluded: await this.#peopleBehind([playbook.publishedBy, ...start.askedBy]),
      dedupeKey: matched.dedupeKey,
      concurrency: group === null || concurrency === null ? null : { group, limit: concurrency.limit },
      url: `${this.#parts.publicUrl}/runs/${runId}`,
      seed: newSeed(),
      nowMs: this.#nowMs,
    };
  }

  /** One token often sends a whole batch. */
  #peopleBehind(actors: readonly (string | null)[]): Promise<string[]> {
    const key = actors.join('\n');
    const known = this.#behind.get(key) ?? peopleBehind(this.#tx, this.#parts.tenant, actors);
    this.#behind.set(key, known);
    return known;
  }
}

/** A start that shares its transaction with no other. */
export async function startRun(
  tx: Tx,
  parts: EngineParts,
  nowMs: number,
  toStart: RunToStart,
): Promise<RunStart> {
  const batch = new StartBatch(tx, parts, nowMs, false);
  const start = await batch.add(toStart);
  await batch.create();
  return start.result;
}

/** Whether other runs may cover it. */
function hasCrowd({ loaded, matched, byHand }: RunToStart): boolean {
  const { dedupe, concurrency } = loaded.plan;
  return (dedupe !== null && matched.dedupeKey !== null && !byHand) || concurrency?.onConflict === 'skip';
}

/** A wait looks back at what was delivered before it, under a lock that matching holds the other way round. */
function waits(plan: Plan): boolean {
  return everyStep(plan).some((step) => step.kind === 'wait');
}

function groupOf(playbook: CurrentPlaybook, matched: Matched): string | null {
  return matched.concurrencyGroup === null ? null : `${playbook.playbookId}/${matched.concurrencyGroup}`;
}

const redelivered = {
  outcome: 'redelivered',
  code: 'match/redelivered',
  detail: 'this has started this run before',
  runId: null,
} as const;

function rawOf(alert: JsonObject, loaded: LoadedPlan) {
  return loaded.readsRaw ? (alert.raw ?? null) : null;
}

/** 1 most urgent; the queue serves lower numbers first. */
export function priorityOf(severity: string): number {
  const order = ['critical', 'high', 'medium', 'low', 'informational'];
  return Math.max(0, order.indexOf(severity)) + 1;
}
