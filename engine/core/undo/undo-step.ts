import type { RunEvent } from '../contracts/command.ts';
import type { PlanStep, UndoStep } from '../contracts/plan.ts';
import type { ScopeResult, UndoRecord } from '../contracts/scope.ts';
import { renderTemplate } from '../expression/render-template.ts';
import { wantedByAuthor } from '../run/ask-step.ts';
import type { StepState } from '../run/context.ts';
import { cancelStep, failStep, succeedStep } from '../run/finish-step.ts';
import { frameOf } from '../run/inner-scope.ts';
import { undoRef } from '../run/scope-path.ts';
import { isHalted, runPath, stepOf, type Turn, updateStep, write } from '../run/turn.ts';
import { visibleNames } from '../run/visible-names.ts';
import { planUndo } from './plan-undo.ts';
import { recordsOf } from './undo-record.ts';
import { unplan } from './unplan.ts';

/*
 * Taking back from inside a run (language reference 6; 9.5, table "undo"; 9.8, rule 1; 9.12): the
 * `undo` step, `on_error: undo`, and a cancel with undo. Which records there are only the database
 * knows; each of them is then a scope of its own.
 */

export function orderUndo(turn: Turn, step: UndoStep): void {
  updateStep(turn, step.path, { go: '' });
  const steps = step.steps === 'all' ? 'all' : step.steps.map((path) => runPath(turn.context, path));
  turn.commands.push({ kind: 'plan-undo', ref: step.path, steps });
}

export function planArrived(
  turn: Turn,
  step: UndoStep,
  event: Extract<RunEvent, { type: 'undo.planned' }>,
  within: readonly string[],
): void {
  const { given } = turn.context.env;
  const reason = renderTemplate(step.reason, visibleNames(turn.context, step.path));
  writePlan(turn, step.path, event.records, reason.ok ? String(reason.value) : reason.message);
  if (isHalted(turn.context, within)) {
    unplan(turn, step.path, event.records);
    cancelStep(turn, step);
    return;
  }
  if (event.records.length === 0) {
    succeedStep(turn, step, nothingUndone);
    return;
  }
  const wanted = wantedByAuthor(turn, step, step.approval);
  const demanded = given.mode === 'ask' && event.records.some((record) => 'action' in record.inverse);
  updateStep(turn, step.path, {
    frozen: planUndo(event.records).items,
    go: (wanted || demanded) && given.mode !== 'audit' ? 'asking' : 'open',
    ...(wanted || step.approval === null
      ? {}
      : { approval: { outcome: 'not_asked', by: [], comment: '', decidedAt: null } }),
  });
}

const nothingUndone = {
  undone: 0,
  retained: 0,
  left_as_found: 0,
  irreversible: 0,
  undo_failed: 0,
  changed_since: 0,
};

export function openUndo(turn: Turn, step: UndoStep): void {
  const { approved, frozen } = stepOf(turn, step.path);
  if (approved) turn.commands.push({ kind: 'end-approval', ref: step.path, outcome: 'consumed' });
  open(turn, step.path, recordsOf(frozen ?? []), frameFor(turn, step, step.path));
  updateStep(turn, step.path, { frozen: null, phase: 'inside', go: '' });
}

export function settleUndo(turn: Turn, step: UndoStep, result: ScopeResult): void {
  const { summary: _, ...outputs } = result.outputs;
  writeEnd(turn, step.path, result);
  if (result.status === 'succeeded') succeedStep(turn, step, outputs);
  else if (result.status === 'failed' && result.failure !== null) {
    failStep(turn, step, result.failure.failure, outputs);
  } else {
    updateStep(turn, step.path, { outputs });
    cancelStep(turn, step);
  }
}

/** `on_error: undo` and a cancel with undo have no step of their own: their state stands beside the steps. */
export function orderUndoOf(turn: Turn, path: string): void {
  const ref = undoRef(path);
  updateStep(turn, ref, { status: 'active', go: '', startedAtMs: turn.context.env.nowMs });
  write(turn, 'run.undoing', { ...(path === 'run' ? {} : { step: path }), reason: 'everything done so far' });
  turn.commands.push({ kind: 'plan-undo', ref, steps: 'all' });
}

export function planOfArrived(
  turn: Turn,
  path: string,
  step: PlanStep | null,
  event: Extract<RunEvent, { type: 'undo.planned' }>,
  within: readonly string[],
): void {
  const ref = undoRef(path);
  writePlan(turn, ref, event.records, '');
  if (event.records.length === 0 || isHalted(turn.context, within)) {
    unplan(turn, ref, event.records);
    finishUndoOf(turn, path);
    return;
  }
  open(turn, ref, event.records, step === null ? frameOfRun(turn) : frameFor(turn, step, path));
  updateStep(turn, ref, { phase: 'inside', go: '' });
}

export function settleUndoOf(turn: Turn, path: string, result: ScopeResult): void {
  writeEnd(turn, undoRef(path), result);
  finishUndoOf(turn, path);
}

function finishUndoOf(turn: Turn, path: string): void {
  const done: Partial<StepState> = { status: 'succeeded', phase: null, go: 'end' };
  updateStep(turn, undoRef(path), { ...done, finishedAtMs: turn.context.env.nowMs });
}

function open(turn: Turn, ref: string, records: UndoRecord[], frame: ReturnType<typeof frameOf>): void {
  const { loop, items } = planUndo(records);
  turn.commands.push({ kind: 'open-loop', ref, loop, frame, items });
}

function frameFor(turn: Turn, step: PlanStep, ref: string): ReturnType<typeof frameOf> {
  const own = stepOf(turn, step.path);
  const frame = frameOf(turn, step);
  // A yes to doing things to a list is no yes to taking them back.
  const approval = step.kind === 'undo' && own.approved ? frame.approval : null;
  return { ...frame, approval, undo: { ref } };
}

function frameOfRun(turn: Turn): ReturnType<typeof frameOf> {
  const { inputs: _inputs, run: _run, alert: _alert, ...names } = visibleNames(turn.context).names;
  const { facts, undoOrderedBy } = turn.context;
  const undo = { ref: 'run', ...(undoOrderedBy !== undefined && { excluded: undoOrderedBy }) };
  return { names, facts, approval: null, undo };
}

function writePlan(turn: Turn, ref: string, records: readonly UndoRecord[], reason: string): void {
  write(turn, 'undo.planned', {
    step: ref,
    ...(reason === '' ? {} : { reason }),
    data: {
      records: records.map((record) => ({ record: record.id, run: record.runId, step: record.stepPath })),
    },
  });
}

function writeEnd(turn: Turn, ref: string, result: ScopeResult): void {
  write(turn, 'loop.finished', {
    step: ref,
    outcome: result.status === 'succeeded' ? 'success' : 'failure',
    ...(result.failure === null
      ? {}
      : { code: result.failure.failure.code, reason: result.failure.failure.message }),
    data: { state: result.status, ...result.outputs },
  });
}
