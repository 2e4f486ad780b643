import type { RunEvent } from '../contracts/command.ts';
import type { ActionStep } from '../contracts/plan.ts';
import type { ScopeResult, UndoOutcome, UndoRecord } from '../contracts/scope.ts';
import type { StepState } from '../run/context.ts';
import { stepOf, type Turn, updateStep, write } from '../run/turn.ts';
import { inWords } from './in-words.ts';
import { inversePath, recordOf } from './undo-record.ts';

/* The life of one undo record (language reference 6): let go of the hold, then, if it was the last, the inverse. */

export function letGo(turn: Turn): void {
  const record = recordOf(turn.context.env.scope);
  const first = asksFirst(turn) ? { asksFirst: true as const } : {};
  turn.commands.push({ kind: 'release-hold', ref: inversePath, recordId: record.id, ...first });
}

function asksFirst(turn: Turn): boolean {
  return turn.context.env.scope.frame?.undo?.askFirst !== undefined;
}

/** Where the scope goes after its hold is gone: `inverse`, or straight to the end. */
export function holdReleased(
  turn: Turn,
  event: Extract<RunEvent, { type: 'hold.released' }>,
  step: ActionStep | null,
): void {
  const record = recordOf(turn.context.env.scope);
  if (event.outcome === 'gone') {
    updateStep(turn, inversePath, { go: 'settled' });
    finish(turn, 'skipped', null);
    return;
  }
  const { askFirst: lease, knowing } = turn.context.env.scope.frame?.undo ?? {};
  if (lease !== undefined && step !== null && (event.outcome === 'dispatch' || event.outcome === 'ask')) {
    updateStep(turn, inversePath, {
      go: 'inverse',
      demand: { guardId: 'lease', message: lease },
      askAgain: true,
    });
    return;
  }
  write(turn, 'hold.released', {
    step: inversePath,
    ...(record.target === null ? {} : { targets: [record.target] }),
    data: {
      record: record.id,
      outcome: event.outcome,
      ...(record.effect === null ? {} : { effect: record.effect }),
    },
  });
  if (event.outcome === 'dispatch' || event.outcome === 'ask') {
    if (step === null) {
      const message = 'the action that takes it back is not part of the plan of this run';
      settle(turn, 'undo-failed', { code: 'undo/failed', kind: 'terminal', message });
      return;
    }
    if (knowing === true) {
      updateStep(turn, inversePath, { go: 'inverse', demand: knowingly(record), askAgain: true });
      return;
    }
    // Whoever said yes to the list of records saw that the origin of this one is unknown.
    const ask = event.outcome === 'ask' && (turn.context.env.scope.frame?.approval ?? null) === null;
    const message = 'nobody knows whether this state was there before the run; look before it is taken away';
    updateStep(turn, inversePath, {
      go: 'inverse',
      demand: ask ? { guardId: 'undo', message } : null,
      askAgain: ask,
    });
    return;
  }
  settle(turn, event.outcome, null);
}

/** What was found is part of what is signed: another state than that is asked about anew. */
function knowingly({ seen }: UndoRecord): StepState['demand'] {
  const { expected = {}, found = {} } = seen ?? {};
  const message = `the target was changed since: it shows ${inWords(found)} and was left as ${inWords(expected)}`;
  return { guardId: 'undo', message };
}

/** After the inverse: what became of the record. */
export function settleInverse(turn: Turn): void {
  const state = stepOf(turn, inversePath);
  if (asksFirst(turn) && isLeftAlone(turn, state)) return;
  if (state.status === 'succeeded') {
    settle(turn, 'undone', null);
    return;
  }
  if (state.status === 'skipped') {
    settle(turn, 'retained', null);
    return;
  }
  const failure =
    state.failure ??
    (state.denial === null
      ? { code: 'undo/failed', kind: 'terminal' as const, message: 'cancelled before it was taken back' }
      : {
          code: state.denial.by === 'guard' ? 'guard/denied' : 'approval/denied',
          kind: 'terminal' as const,
          message: state.denial.reason,
        });
  settle(turn, failure.code === 'undo/changed-since' ? 'changed-since' : 'undo-failed', failure);
}

/** A lease end that asked and got no yes, or that somebody else was faster than: nothing is taken back. */
function isLeftAlone(turn: Turn, state: StepState): boolean {
  const { event } = turn.context.env;
  if (state.status === 'cancelled' || (event.type === 'hold.wanted' && event.gone === true)) {
    finish(turn, 'skipped', null);
    return true;
  }
  if (state.denial === null) return false;
  const record = recordOf(turn.context.env.scope);
  turn.commands.push({ kind: 'settle-undo', ref: inversePath, recordId: record.id, outcome: 'kept' });
  write(turn, 'lease.kept', {
    step: inversePath,
    reason: state.denial.reason,
    ...(record.target === null ? {} : { targets: [record.target] }),
    data: { record: record.id, undo_of: record.stepPath, of_run: record.runId, by: state.denial.by },
  });
  finish(turn, 'skipped', null);
  return true;
}

function settle(
  turn: Turn,
  outcome: UndoOutcome,
  failure: NonNullable<ScopeResult['failure']>['failure'] | null,
): void {
  const record = recordOf(turn.context.env.scope);
  updateStep(turn, inversePath, { go: 'settled' });
  const { seen, looked } = stepOf(turn, inversePath);
  turn.commands.push({
    kind: 'settle-undo',
    ref: inversePath,
    recordId: record.id,
    outcome,
    ...(failure !== null && { failure }),
    ...(seen !== undefined && isAboutSeen(failure) && { seen }),
  });
  write(turn, 'undo.settled', {
    step: inversePath,
    outcome: failure === null ? 'success' : 'failure',
    ...(failure === null ? {} : { code: failure.code, reason: failure.message }),
    ...(record.target === null ? {} : { targets: [record.target] }),
    data: {
      record: record.id,
      undo_of: record.stepPath,
      of_run: record.runId,
      action: record.action,
      outcome,
      ...(looked !== undefined && { looked }),
    },
  });
  if (failure === null) finish(turn, 'succeeded', outcome);
  else finish(turn, 'failed', outcome, { step: record.stepPath, failure });
}

function isAboutSeen(failure: { code: string } | null): boolean {
  return failure?.code === 'undo/changed-since' || failure?.code === 'undo/cannot-tell';
}

function finish(
  turn: Turn,
  status: ScopeResult['status'],
  undo: UndoOutcome | null,
  failure: ScopeResult['failure'] = null,
): void {
  const result = { status, failure, outputs: {}, collected: null, until: null, undo, stops: false };
  turn.commands.push({ kind: 'finish-scope', result });
}
