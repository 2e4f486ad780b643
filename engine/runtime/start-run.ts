import type { Code } from '../../schemas/codes.ts';
import type { AlertId, IncidentId, RunId } from '../../schemas/ids.ts';
import type { JsonObject } from '../../schemas/json.ts';
import type { Mode, Plan } from '../core/contracts/plan.ts';
import type { Matched } from '../core/match/match-event.ts';
import { underCeiling } from '../core/match/routing.ts';
import { everyStep } from '../core/run/list-steps.ts';
import { incidentOf } from '../core/run/own-incident.ts';
import {
  canLoad,
  createRuns,
  firstScope,
  type NewRun,
  newSeed,
  type RunToCreate,
  toCreate,
} from './create-run.ts';
import type { EngineParts, LoadedPlan, Started } from './engine-parts.ts';
import { type GivenAlert, givenAlert } from './given-alert.ts';
import {
  type DedupeName,
  findEarlierRuns,
  knownRuns,
  lockKeys,
  takenPlaces,
} from './store/queries/crowd-control.ts';
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

/**
 * Of the runs that one statement creates, each with what it is given: inputs can be large as well, and the database
 * takes a gigabyte in one message.
 */
const createCharsMax = 16_000_000;

/** Starts of one transaction. They are judged one by one, in order, and created together. */
export class StartBatch {
  readonly #tx: Tx;
  readonly #parts: EngineParts;
  readonly #nowMs: number;
  readonly #beginning: boolean;
  #pending: { wanted: RunToCreate; start: Start }[] = [];
  /** Of those. */
  #pendingChars = 0;
  readonly #pendingAlerts = new Set<GivenAlert>();
  /** Locks of those: whether a run is really made has to be known before it covers another. */
  readonly #undecided = new Set<string>();
  /** Keys of runs that exist, as far as they were asked for. */
  readonly #known = new Set<string>();
  readonly #asked = new Set<string>();
  /** By dedupe key: the run that covers another. */
  readonly #covering = new Map<string, RunId>();
  /** By concurrency group: runs that have a place, or will before a newcomer has. */
  readonly #taken = new Map<string, number>();
  readonly #behind = new Map<string, Promise<string[]>>();
  /** What the runs of an event are given of it, with and without what its source sent. */
  readonly #alerts = new WeakMap<JsonObject, { raw?: GivenAlert; plain?: GivenAlert }>();

  /** @param beginning whether the caller begins, in this transaction, the runs whose `begins` is set */
  constructor(tx: Tx, parts: EngineParts, nowMs: number, beginning: boolean) {
    this.#tx = tx;
    this.#parts = parts;
    this.#nowMs = nowMs;
    this.#beginning = beginning;
  }

  /** Asks once, for many starts, what `add` wants to know: it is theirs alone until the transaction ends. */
  async expect(starts: readonly RunToStart[]): Promise<void> {
    const { tenant } = this.#parts;
    const crowded = starts.filter((start) => hasCrowd(start, this.#beginning));
    const names = crowded.flatMap((start) => dedupeOf(start) ?? []);
    const groups = crowded.flatMap((start) => groupAsked(start, this.#beginning) ?? []);
    const runKeys = crowded.map(({ matched }) => matched.runKey);
    const locks = [...names.map(dedupeLock), ...groups.map(({ name }) => groupLock(name))];
    const [, known, covering, taken] = await Promise.all([
      lockKeys(this.#tx, tenant, locks),
      knownRuns(this.#tx, tenant, runKeys),
      findEarlierRuns(this.#tx, tenant, names),
      takenPlaces(this.#tx, tenant, groups),
    ]);
    for (const key of runKeys) this.#asked.add(key);
    for (const key of known) this.#known.add(key);
    for (const { runId, ...name } of covering) this.#covering.set(dedupeLock(name), runId);
    for (const { group, taken: count } of taken)
      this.#taken.set(group, Math.max(count, this.#taken.get(group) ?? 0));
  }

  async add(start: RunToStart): Promise<Start> {
    const { matched } = start;
    if (this.#known.has(matched.runKey)) return { result: redelivered, begins: null };
    if (hasCrowd(start, this.#beginning)) {
      // Asked before the crowd, so that a redelivery is not taken for a duplicate. Without one, creating tells.
      if (!this.#asked.has(matched.runKey)) await this.expect([start]);
      if (this.#known.has(matched.runKey)) return { result: redelivered, begins: null };
      const covered = await this.#judgeCrowd(start);
      if (covered !== null) return { result: covered, begins: null };
    }
    this.#known.add(matched.runKey);
    const run = await this.#newRun(start);
    const { group = null, limit = null } = run.concurrency ?? {};
    const beginsNow =
      this.#beginning && canLoad(start.loaded) && !waits(start.loaded.plan) && this.#hasPlace(run);
    const wanted = toCreate(this.#parts.tenant, start.loaded, run, beginsNow);
    const added: Start = {
      result: { outcome: 'started', runId: run.runId, group, limit },
      begins: beginsNow ? firstScope(wanted) : null,
    };
    this.#count(run, 1);
    this.#pending.push({ wanted, start: added });
    if (run.dedupeKey !== null) this.#undecided.add(dedupeLock(nameOf(run, run.dedupeKey)));
    if (group !== null) this.#undecided.add(groupLock(group));
    this.#pendingChars += wanted.givenText.length + this.#newChars(run.alert);
    if (this.#pendingChars >= createCharsMax) await this.create();
    return added;
  }

  /** Writes the runs that were added; one that another engine made meanwhile was redelivered. */
  async create(): Promise<void> {
    const pending = this.#pending;
    this.#pending = [];
    this.#pendingChars = 0;
    this.#pendingAlerts.clear();
    this.#undecided.clear();
    const created = await createRuns(
      this.#tx,
      this.#parts.tenant,
      pending.map((each) => each.wanted),
    );
    for (const { wanted, start } of pending) {
      const { run, givenText } = wanted;
      if (!created.has(run.runId)) {
        Object.assign(start, { result: redelivered, begins: null });
        this.#count(run, -1);
        continue;
      }
      if (run.dedupeKey !== null) this.#covering.set(dedupeLock(nameOf(run, run.dedupeKey)), run.runId);
      if (start.begins !== null)
        this.#parts.keptRuns.keep(start.begins.run, givenText.length, run.alert?.text.length);
    }
  }

  /** Null: nothing else covers it, and its group takes it. */
  async #judgeCrowd(start: RunToStart): Promise<RunStart | null> {
    const { dedupe, concurrency } = start.loaded.plan;
    const name = dedupeOf(start);
    if (dedupe !== null && name !== null) {
      const lock = dedupeLock(name);
      if (this.#undecided.has(lock)) await this.create();
      const earlier = this.#covering.get(lock);
      if (earlier !== undefined) {
        const outcome = dedupe.onDuplicate === 'attach' ? 'attached' : 'skipped';
        const detail = `a run with the key "${name.key}" covers it`;
        return { outcome, code: 'match/duplicate', detail, runId: earlier };
      }
    }
    const group = groupOf(start.playbook, start.matched);
    if (concurrency?.onConflict === 'skip' && group !== null) {
      if (this.#undecided.has(groupLock(group))) await this.create();
      if ((this.#taken.get(group) ?? 0) >= concurrency.limit) {
        const detail = `the group "${start.matched.concurrencyGroup}" is full`;
        return { outcome: 'skipped', code: 'match/group-full', detail, runId: null };
      }
    }
    return null;
  }

  #given(alert: JsonObject, { readsRaw }: LoadedPlan): GivenAlert {
    const known = this.#alerts.get(alert) ?? {};
    this.#alerts.set(alert, known);
    const which = readsRaw ? 'raw' : 'plain';
    known[which] ??= givenAlert({ ...alert, raw: readsRaw ? (alert.raw ?? null) : null });
    return known[which];
  }

  /** Of what is sent beside the runs, once for all of them. */
  #newChars(alert: GivenAlert | null): number {
    if (alert === null || alert.sha256 === null || this.#pendingAlerts.has(alert)) return 0;
    this.#pendingAlerts.add(alert);
    return alert.text.length;
  }

  /** Known of groups that were asked about. */
  #hasPlace({ concurrency }: NewRun): boolean {
    if (concurrency === null) return true;
    const taken = this.#taken.get(concurrency.group);
    return taken !== undefined && taken < concurrency.limit;
  }

  #count({ concurrency }: NewRun, more: 1 | -1): void {
    if (concurrency === null) return;
    const taken = this.#taken.get(concurrency.group);
    if (taken !== undefined) this.#taken.set(concurrency.group, taken + more);
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
      incident: incidentOf(start.alert),
      ...(start.signalId !== null && { signalId: start.signalId }),
      chain: start.chain,
      alert: start.alert === null ? null : this.#given(start.alert, loaded),
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

/** Whether other runs may cover it or be in its way. */
function hasCrowd(start: RunToStart, beginning: boolean): boolean {
  return dedupeOf(start) !== null || groupAsked(start, beginning) !== null;
}

/** Null: it does not matter here whether its group has a place. */
function groupAsked({ playbook, loaded, matched }: RunToStart, beginning: boolean) {
  const { concurrency } = loaded.plan;
  const name = groupOf(playbook, matched);
  if (concurrency === null || name === null || !(beginning || concurrency.onConflict === 'skip')) return null;
  return { name, most: concurrency.limit };
}

function groupLock(group: string): string {
  return `group/${group}`;
}

/** Null: nothing covers it. A person's start is never suppressed. */
function dedupeOf({ playbook, loaded, matched, byHand }: RunToStart) {
  const { dedupe } = loaded.plan;
  if (dedupe === null || matched.dedupeKey === null || byHand) return null;
  return { ...nameOf(playbook, matched.dedupeKey), windowMs: dedupe.windowMs };
}

function nameOf({ playbookId }: { playbookId: string }, key: string): DedupeName {
  return { playbookId, key };
}

function dedupeLock({ playbookId, key }: DedupeName): string {
  return `dedupe/${playbookId}/${key}`;
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

/** 1 most urgent; the queue serves lower numbers first. */
export function priorityOf(severity: string): number {
  const order = ['critical', 'high', 'medium', 'low', 'informational'];
  return Math.max(0, order.indexOf(severity)) + 1;
}
