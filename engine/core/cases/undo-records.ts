import type { NewUndoRecord } from '../contracts/command.ts';
import { invariant } from '../contracts/invariant.ts';
import type { Seen, UndoOutcome, UndoRecord } from '../contracts/scope.ts';
import { type ReleaseOutcome, releaseOutcome } from '../undo/release-outcome.ts';
import { toldByCause } from '../undo/told-by-cause.ts';
import { Holds, type Target } from './holds.ts';
import type { OfflineRecord, OfflineRun, OfflineScope, Origin } from './offline-run.ts';

/** Which loop asked about the end of a record's lease. */
export interface Asking {
  run: OfflineRun;
  path: string;
}

/*
 * What a success left so that it can be taken back, and what became of it (language reference 6;
 * `runtime/store/queries/undo-records.ts` and `leases.ts` in memory).
 */
export class UndoRecords {
  readonly holds = new Holds();
  readonly #records: OfflineRecord[] = [];
  #settled = 0;

  keep(run: OfflineRun, stepPath: string, draft: NewUndoRecord, nowMs: number): OfflineRecord {
    const { effect, target, origin, lease } = draft;
    if (effect !== null && target !== null) this.holds.hold(run, stepPath, effect, target, origin);
    const seq = this.#records.length + 1;
    const kept: OfflineRecord = {
      run,
      draft,
      state: 'done',
      released: false,
      failed: null,
      settled: 0,
      lease:
        lease === null
          ? null
          : { untilMs: lease.untilMs, sinceMs: nowMs, atEnd: lease.atEnd, ends: 0, asked: null },
      record: {
        id: `undo_${seq}`,
        seq,
        runId: run.given.runId,
        stepPath,
        stepName: draft.stepName,
        generation: draft.generation,
        action: draft.action,
        connection: draft.connection,
        target,
        effect,
        origin,
        inverse: this.#inverseOf(draft),
        loop: draft.loop,
        ...(draft.left === null && { unseen: true as const }),
      },
    };
    this.#records.push(kept);
    return kept;
  }

  #inverseOf({ inverse, origin, effect, target, connection }: NewUndoRecord): UndoRecord['inverse'] {
    if (origin === 'ours' || effect === null || target === null) return inverse;
    if (!this.holds.isOurs(effect, target)) return inverse;
    const cause = this.#records.findLast(
      (each) =>
        isAbout(each, effect, target) &&
        each.record.origin === 'ours' &&
        each.record.connection === connection,
    );
    return cause === undefined ? inverse : toldByCause(inverse, cause.record.inverse);
  }

  /**
   * Newest first, over the run and the attached runs that it called; what could not be taken back before is tried
   * again. Questions about ends of their leases are settled by this.
   */
  plan(run: OfflineRun, steps: 'all' | readonly string[]): { records: UndoRecord[]; asking: Asking[] } {
    const chosen = this.#records
      .filter((each) => ['done', 'undo-failed', 'changed-since'].includes(each.state))
      .filter((each) => (steps === 'all' ? belongsTo(each.run, run) : isOneOf(each, run, steps)));
    const asking = chosen.flatMap(({ run, lease }) =>
      lease === null || lease.asked === null ? [] : [{ run, path: lease.asked }],
    );
    for (const each of chosen) {
      each.state = 'undoing';
      if (each.lease !== null) each.lease.asked = null;
    }
    const records = chosen.sort((a, b) => b.record.seq - a.record.seq).map((each) => this.claimed(each));
    return { records, asking };
  }

  /** As its undo is given it: its hold may have inherited since that the effect is ours. */
  claimed({ record, run }: OfflineRecord): UndoRecord {
    const { effect, target, stepPath } = record;
    if (effect === null || target === null) return { ...record };
    return { ...record, origin: this.holds.originOf(run, stepPath, effect, target) ?? record.origin };
  }

  /** Lets go of the run's hold; what is true of the target then decides what follows. */
  release(recordId: string): ReleaseOutcome {
    const kept = this.#find(recordId);
    const { record, run } = kept;
    const { effect, target, stepPath } = record;
    kept.released = true;
    if (effect === null || target === null) return outcomeOf(record, record.origin, false);
    record.origin = this.holds.originOf(run, stepPath, effect, target) ?? record.origin;
    const wanted = this.holds.letGo(run, stepPath, effect, target, record.origin);
    return outcomeOf(record, record.origin, wanted);
  }

  /** The same answer, and everything stays as it is. */
  #look(recordId: string): ReleaseOutcome {
    const { record, run } = this.#find(recordId);
    const { effect, target, stepPath } = record;
    if (effect === null || target === null) return outcomeOf(record, record.origin, false);
    const origin = this.holds.originOf(run, stepPath, effect, target) ?? record.origin;
    return outcomeOf(record, origin, this.holds.isWantedBeside(run, stepPath, effect, target));
  }

  /** At the end of a lease that asks: until there is a yes the run goes on holding the effect (`runtime/let-go.ts`). */
  lookAtLease(recordId: string, loop: string | null, granted: boolean): ReleaseOutcome {
    const outcome = this.#look(recordId);
    const asks = outcome === 'dispatch' || outcome === 'ask';
    const kept = this.#find(recordId);
    const stands = kept.lease?.asked === loop && (kept.state === 'done' || kept.state === 'undoing');
    if (!stands) return 'gone';
    if (granted || !asks) kept.state = 'undoing';
    return asks && !granted ? outcome : this.release(recordId);
  }

  /** Of a plan that came to nothing: as the last try left it. */
  unplan(recordIds: readonly string[]): OfflineRecord[] {
    const claimed = recordIds.map((id) => this.#find(id)).filter(({ state }) => state === 'undoing');
    for (const kept of claimed) kept.state = kept.released ? (kept.failed ?? 'undo-failed') : 'done';
    return claimed;
  }

  settle(
    recordId: string,
    outcome: UndoOutcome,
    { loop, seen = null }: { loop: string | null; seen?: Seen | null },
  ): void {
    const kept = this.#find(recordId);
    const { record, run, lease } = kept;
    // What could not even be asked about at the end of its lease was never taken up.
    const isAsked = kept.state === 'done' && loop !== null && lease?.asked === loop;
    if (kept.state !== 'undoing' && !isAsked) return;
    kept.state = outcome;
    if (lease !== null) lease.asked = null;
    this.#settled += 1;
    kept.settled = this.#settled;
    record.seen = seen;
    kept.failed = outcome === 'undo-failed' || outcome === 'changed-since' ? outcome : null;
    // Another try is an effect of its own.
    if (kept.failed !== null) record.generation += 1;
    const { effect, target, stepPath, origin } = record;
    if (effect === null || target === null) return;
    if (outcome === 'undone') this.holds.forgetUnreleased(effect, target);
    if (outcome === 'undo-failed' || (outcome === 'irreversible' && origin !== 'found'))
      this.holds.restore(run, stepPath, effect, target, { state: 'unreleased', origin });
  }

  /** Asked about at the end of its lease, and nobody said yes: it stands as long again. */
  keepHeld(recordId: string, loop: string | null, nowMs: number): OfflineRecord | null {
    const kept = this.#find(recordId);
    const { record, run, lease } = kept;
    if (lease === null || lease.asked === null || lease.asked !== loop) return null;
    const again = Math.max(lease.untilMs - lease.sinceMs, hourMs);
    kept.state = 'done';
    kept.released = false;
    Object.assign(lease, { asked: null, sinceMs: nowMs, untilMs: nowMs + again });
    const { effect, target, stepPath, origin } = record;
    if (effect !== null && target !== null)
      this.holds.restore(run, stepPath, effect, target, { state: 'held', origin });
    return kept;
  }

  /** However a loop that asked has ended, it asks no more; and nobody is asked again at once. */
  forgetAsked(loop: Asking, nowMs: number): OfflineRecord[] {
    const asked = this.#records.filter(
      ({ run, lease }) => run === loop.run && lease !== null && lease.asked === loop.path,
    );
    for (const { lease } of asked)
      if (lease !== null)
        Object.assign(lease, { asked: null, untilMs: Math.max(lease.untilMs, nowMs + hourMs) });
    return asked;
  }

  /** The effect did not come about after all. What was left to it alone waits for a person again. */
  drop(run: OfflineRun, stepPath: string): void {
    for (const { effect, target, origin } of this.holds.drop(run, stepPath)) {
      const [last] = this.#records
        .filter((each) => each.state === 'retained' && isAbout(each, effect, target))
        .sort((a, b) => b.settled - a.settled || b.record.seq - a.record.seq);
      if (last === undefined) continue;
      this.#settled += 1;
      Object.assign(last, { state: 'undo-failed', failed: 'undo-failed', settled: this.#settled });
      Object.assign(last.record, { origin, generation: last.record.generation + 1 });
      this.holds.restore(last.run, last.record.stepPath, effect, target, { state: 'unreleased', origin });
    }
  }

  /** Those whose hold was let go of and whose inverse is not at its target yet. */
  undoing(effect: string, target: Target): OfflineRecord[] {
    return this.#records.filter(
      (each) => each.state === 'undoing' && each.released && isAbout(each, effect, target),
    );
  }

  /** Whether something that an undo of this run is about could not be taken back. */
  hasFailed(run: OfflineRun): boolean {
    return this.#records.some((each) => each.failed === each.state && belongsTo(each.run, run));
  }

  recordOf(scope: OfflineScope): OfflineRecord | null {
    if (scope.given.kind !== 'undo') return null;
    const value = scope.given.item?.value as { id?: string } | undefined;
    return this.#records.find((each) => each.record.id === value?.id) ?? null;
  }

  #find(recordId: string): OfflineRecord {
    const found = this.#records.find((each) => each.record.id === recordId);
    invariant(found !== undefined, `the undo record ${recordId} exists`);
    return found;
  }
}

const hourMs = 3_600_000;

function outcomeOf({ inverse }: UndoRecord, origin: Origin, wanted: boolean): ReleaseOutcome {
  return releaseOutcome({ irreversible: 'irreversible' in inverse, wanted, origin });
}

function isAbout({ record }: OfflineRecord, effect: string, { kind, id }: Target): boolean {
  return record.effect === effect && record.target?.kind === kind && record.target.id === id;
}

function belongsTo(run: OfflineRun, root: OfflineRun): boolean {
  if (run === root) return true;
  return run.caller?.attached === true && belongsTo(run.caller.run, root);
}

/** A loop's or a repeat's path means all its items or rounds; a call's path everything that the called run did. */
function isOneOf(each: OfflineRecord, run: OfflineRun, steps: readonly string[]): boolean {
  const path = each.run === run ? each.record.stepPath : callPath(each.run, run);
  return (
    path !== null &&
    steps.some((step) => path === step || path.startsWith(`${step}[`) || path.startsWith(`${step}#`))
  );
}

function callPath(run: OfflineRun, root: OfflineRun): string | null {
  for (let at: OfflineRun = run; at.caller?.attached === true; at = at.caller.run) {
    if (at.caller.run === root) return at.caller.ref;
  }
  return null;
}
