import type { TargetKind } from '../contracts/action.ts';
import type { NewUndoRecord, RunEvent } from '../contracts/command.ts';
import { invariant } from '../contracts/invariant.ts';
import type { UndoOutcome } from '../contracts/scope.ts';
import type { OfflineHold, OfflineRecord, OfflineRun, OfflineScope } from './offline-run.ts';

type Target = { kind: TargetKind; id: string };

/*
 * What is contained, by whom, and how it is taken back (language reference 6). Other runs' holds come
 * from the case; their containment stays when this run lets go of its own.
 */
export class Holds {
  #holds: OfflineHold[] = [];
  readonly #records: OfflineRecord[] = [];

  /** What another run holds already. */
  addForeign(effect: string, target: Target, origin: OfflineHold['origin']): void {
    this.#holds.push({ effect, target, run: null, stepPath: '', state: 'held', origin });
  }

  want(run: OfflineRun, stepPath: string, effect: string, target: Target): void {
    this.drop(run, stepPath);
    this.#holds.push({ effect, target, run, stepPath, state: 'wanted', origin: 'unknown' });
  }

  drop(run: OfflineRun, stepPath: string): void {
    this.#holds = this.#holds.filter(
      (each) => each.run !== run || each.stepPath !== stepPath || each.state !== 'wanted',
    );
  }

  keep(run: OfflineRun, stepPath: string, draft: NewUndoRecord): void {
    const { effect, target } = draft;
    if (effect !== null && target !== null) {
      this.#holds = this.#holds.filter((each) => each.run !== run || each.stepPath !== stepPath);
      this.#holds.push({ effect, target, run, stepPath, state: 'held', origin: draft.origin });
    }
    const seq = this.#records.length + 1;
    this.#records.push({
      run,
      draft,
      state: 'done',
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
        origin: draft.origin,
        inverse: draft.inverse,
        loop: draft.loop,
        ...(draft.left === null && { unseen: true as const }),
      },
    });
  }

  /** Newest first, over the run and the attached runs that it called. */
  plan(run: OfflineRun, steps: 'all' | readonly string[]): OfflineRecord[] {
    const chosen = this.#records.filter(
      (each) =>
        each.state === 'done' && (steps === 'all' ? belongsTo(each.run, run) : isOneOf(each, run, steps)),
    );
    for (const each of chosen) each.state = 'undoing';
    return chosen.sort((a, b) => b.record.seq - a.record.seq);
  }

  /** Lets go of the run's hold; what is true of the target then decides what follows. */
  release(ref: string, recordId: string): Extract<RunEvent, { type: 'hold.released' }> {
    const kept = this.#find(recordId);
    const { effect, target } = kept.record;
    const answer = (outcome: Extract<RunEvent, { type: 'hold.released' }>['outcome']) =>
      ({ type: 'hold.released', ref, outcome }) as const;
    if ('irreversible' in kept.record.inverse) return answer('irreversible');
    if (effect === null || target === null) return answer('dispatch');
    this.#holds = this.#holds.filter(
      (each) => each.run !== kept.run || each.stepPath !== kept.record.stepPath,
    );
    const others = this.#holds.filter((each) => isSame(each, effect, target));
    if (others.length > 0) return answer('retained');
    switch (kept.record.origin) {
      case 'found':
        return answer('left-as-found');
      case 'unknown':
        return answer('ask');
      case 'ours':
        return answer('dispatch');
    }
  }

  /** Of a plan that came to nothing. */
  unplan(recordIds: readonly string[]): void {
    for (const id of recordIds) this.#find(id).state = 'done';
  }

  settle(recordId: string, outcome: UndoOutcome): void {
    this.#find(recordId).state = outcome;
  }

  recordOf(scope: OfflineScope): OfflineRecord | null {
    if (scope.given.kind !== 'undo') return null;
    const value = scope.given.item?.value as { id?: string } | undefined;
    return this.#records.find((each) => each.record.id === value?.id) ?? null;
  }

  /** What runs of this case still hold. */
  own(): OfflineHold[] {
    return this.#holds.filter((each) => each.run !== null && each.state === 'held');
  }

  #find(recordId: string): OfflineRecord {
    const found = this.#records.find((each) => each.record.id === recordId);
    invariant(found !== undefined, `the undo record ${recordId} exists`);
    return found;
  }
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

function isSame(hold: OfflineHold, effect: string, target: Target): boolean {
  return hold.effect === effect && hold.target.kind === target.kind && hold.target.id === target.id;
}
