import type { JsonObject } from '../../../schemas/json.ts';
import type { Failure } from '../contracts/action.ts';
import type { DeadlineKind } from '../contracts/command.ts';
import type { EntryDraft } from '../contracts/entry.ts';
import type { ActionStep, PlanStep } from '../contracts/plan.ts';
import { leaveNoEffect } from '../hold/leave-no-effect.ts';
import { recordsOf } from '../undo/undo-record.ts';
import { unplan } from '../undo/unplan.ts';
import { halt, stepOf, type Turn, updateStep, write } from './turn.ts';

/*
 * How a step ends (language reference 9.4, 9.8, 9.9). A terminal status is set once, here, and the
 * step's deadlines go with it.
 */

const actionDeadlines: DeadlineKind[] = [
  'expiry',
  'escalation',
  'reminder',
  'deadline',
  'claim',
  'delay',
  'poll',
  'recheck',
  'answer',
];

const deadlinesOf: { [kind in PlanStep['kind']]: DeadlineKind[] } = {
  action: actionDeadlines,
  approval: actionDeadlines,
  foreach: ['expiry', 'escalation', 'reminder'],
  call: ['expiry', 'escalation', 'reminder'],
  undo: ['expiry', 'escalation', 'reminder'],
  wait: ['wait'],
  repeat: ['every'],
  if: [],
  switch: [],
  parallel: [],
  set: [],
  stop: [],
};

export function succeedStep(turn: Turn, step: PlanStep, outputs: JsonObject, simulated = false): void {
  end(turn, step, { status: 'succeeded', outputs, simulated });
  if (step.kind !== 'action') write(turn, 'step.succeeded', aboutStep(step));
}

export function skipStep(turn: Turn, step: PlanStep): void {
  end(turn, step, { status: 'skipped' });
  write(turn, 'step.skipped', aboutStep(step));
}

export function failStep(turn: Turn, step: PlanStep, failure: Failure, outputs: JsonObject = {}): void {
  end(turn, step, { status: 'failed', failure, outputs });
  write(turn, 'step.failed', {
    ...aboutStep(step),
    outcome: 'failure',
    code: failure.code,
    reason: failure.message,
  });
}

export function cancelStep(turn: Turn, step: PlanStep): void {
  end(turn, step, { status: 'cancelled' });
  write(turn, 'step.cancelled', aboutStep(step));
}

/** `topBlock` is where a `stop` denial ends everything: `main`, `on_failure` or `finally`. */
export function denyStep(
  turn: Turn,
  step: PlanStep,
  denial: { by: 'person' | 'expiry' | 'guard'; reason: string },
  topBlock: string,
): void {
  if (step.onDenied === 'fail') {
    updateStep(turn, step.path, { denial });
    const code = denial.by === 'guard' ? 'guard/denied' : 'approval/denied';
    failStep(turn, step, { code, kind: 'terminal', message: denial.reason });
    return;
  }
  end(turn, step, { status: 'denied', denial, tolerated: step.onDenied === 'continue' });
  write(turn, 'step.denied', {
    ...aboutStep(step),
    outcome: 'denied',
    reason: denial.reason,
    data: { by: denial.by, goes_on: step.onDenied === 'continue' },
  });
  if (step.onDenied === 'stop') endBlock(turn, topBlock, 'denied', denial.reason);
}

/** Ends the main part with an outcome, or only cuts a closing block short. */
export function endBlock(
  turn: Turn,
  topBlock: string,
  outcome: 'succeeded' | 'failed' | 'denied' | 'cancelled' | 'timed-out',
  reason: string,
): void {
  if (topBlock === 'main' && turn.context.ending === null) turn.context.ending = { outcome, reason };
  halt(turn, topBlock);
}

export function aboutStep(step: PlanStep): Partial<EntryDraft> {
  return { step: step.path, data: { kind: step.kind } };
}

/** A yes that let nothing through yet is used up now, or is of no use any more. */
export function endUnused(
  turn: Turn,
  step: ActionStep,
  outcome: 'consumed' | 'superseded' | 'cancelled',
): void {
  const { approved, executeBeforeMs } = stepOf(turn, step.path);
  if (!approved || executeBeforeMs === null) return;
  updateStep(turn, step.path, { executeBeforeMs: null });
  turn.commands.push({ kind: 'end-approval', ref: step.path, outcome });
}

function end(turn: Turn, step: PlanStep, patch: Parameters<typeof updateStep>[2]): void {
  const before = stepOf(turn, step.path);
  const { nowMs } = turn.context.env;
  updateStep(turn, step.path, {
    phase: null,
    go: 'end',
    finishedAtMs: nowMs,
    startedAtMs: before.startedAtMs ?? nowMs,
    ...patch,
  });
  if (step.kind === 'action') endUnused(turn, step, 'cancelled');
  if (step.kind === 'undo' && before.frozen !== null) {
    unplan(turn, step.path, recordsOf(before.frozen));
    updateStep(turn, step.path, { frozen: null });
  }
  const deadlines = deadlinesOf[step.kind];
  if (deadlines.length > 0) turn.commands.push({ kind: 'clear-deadlines', ref: step.path, deadlines });
  if (step.kind === 'action' && (patch.status !== 'succeeded' || patch.simulated === true)) {
    leaveNoEffect(turn, step);
  }
}
