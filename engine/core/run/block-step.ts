import type { Failure } from '../contracts/action.ts';
import type { IfStep, ParallelStep, PlanStep, SetStep, StopStep, SwitchStep } from '../contracts/plan.ts';
import { evaluate } from '../expression/evaluate.ts';
import { renderTemplate } from '../expression/render-template.ts';
import type { RunContext } from './context.ts';
import { emptyStep } from './context.ts';
import { cancelStep, endBlock, failStep, skipStep, succeedStep } from './finish-step.ts';
import { halt, stepOf, type Turn, updateStep, write } from './turn.ts';
import { visibleNames } from './visible-names.ts';

/*
 * Steps that contain steps, and the two that only change the run (language reference 9.5, tables
 * "if / switch", "parallel", "set", "stop").
 */

/** Whether the next step of a sequence may start after this one (9.4, sequence rule). */
export function mayGoOn(context: RunContext, step: PlanStep, within: readonly string[]): boolean {
  if (within.some((block) => context.halted.includes(block))) return false;
  const { status, tolerated } = context.steps[step.path] ?? emptyStep;
  return (
    status === 'succeeded' ||
    status === 'skipped' ||
    ((status === 'failed' || status === 'denied') && tolerated)
  );
}

/** The failure that a block hands to its enclosing step, if any. */
export function failureOf(
  context: RunContext,
  steps: readonly PlanStep[],
): { step: string; failure: Failure } | null {
  for (const step of steps) {
    const state = context.steps[step.path];
    if (state?.status === 'failed' && !state.tolerated && state.failure !== null) {
      return { step: step.id, failure: state.failure };
    }
  }
  return null;
}

export function chooseIfBranch(turn: Turn, step: IfStep): void {
  if (chosenBefore(turn, step)) return;
  const tested = evaluate(step.if ?? 'true', visibleNames(turn.context, step.path));
  if (!tested.ok || typeof tested.value !== 'boolean') {
    const message = tested.ok ? 'the result is not a boolean' : tested.message;
    failStep(turn, step, {
      code: tested.ok ? 'run/expression-failed' : tested.code,
      kind: 'terminal',
      message: `if: ${message}`,
    });
  } else if (tested.value) {
    updateStep(turn, step.path, { go: 'then', choice: 'then' });
  } else if (step.else === null) {
    skipStep(turn, step);
  } else {
    updateStep(turn, step.path, { go: 'else', choice: 'else' });
  }
}

/** A restarted block goes the way it went in the ended run. */
function chosenBefore(turn: Turn, step: PlanStep): boolean {
  const { choice } = stepOf(turn, step.path);
  if (choice !== null) updateStep(turn, step.path, { go: choice });
  return choice !== null;
}

export function chooseCase(turn: Turn, step: SwitchStep): void {
  if (chosenBefore(turn, step)) return;
  for (const [index, each] of step.cases.entries()) {
    const tested = evaluate(each.when, visibleNames(turn.context, step.path));
    if (!tested.ok || typeof tested.value !== 'boolean') {
      const message = tested.ok ? 'the result is not a boolean' : tested.message;
      failStep(turn, step, {
        code: tested.ok ? 'run/expression-failed' : tested.code,
        kind: 'terminal',
        message: `when: ${message}`,
      });
      return;
    }
    if (tested.value) {
      updateStep(turn, step.path, { go: `case${index}`, choice: `case${index}`, outputs: { case: index } });
      return;
    }
  }
  if (step.default === null) succeedStep(turn, step, { case: null });
  else updateStep(turn, step.path, { go: 'default', choice: 'default', outputs: { case: 'default' } });
}

const denialCodes = { guard: 'guard/denied', person: 'approval/denied', expiry: 'approval/expired' } as const;

/** The denial that ends the block it is in, as the failure its enclosing scope is told. */
export function denialOf(
  context: RunContext,
  steps: readonly PlanStep[],
): { step: string; failure: Failure } | null {
  for (const step of steps) {
    const state = context.steps[step.path];
    if (state?.status !== 'denied' || state.tolerated) continue;
    const { by, reason } = state.denial ?? { by: 'guard', reason: '' };
    const code = denialCodes[by];
    return { step: step.id, failure: { code, kind: 'terminal', message: reason } };
  }
  return null;
}

/** The block's end is the step's end. */
export function closeBlock(
  turn: Turn,
  step: PlanStep,
  block: readonly PlanStep[],
  within: readonly string[],
): void {
  const inner = failureOf(turn.context, block);
  const state = stepOf(turn, step.path);
  if (inner !== null) failStep(turn, step, inner.failure);
  else if (stoppedHere(turn, block) || !within.some((name) => turn.context.halted.includes(name))) {
    succeedStep(turn, step, state.outputs);
  } else cancelStep(turn, step);
}

/** A block that ended by its own `stop` did what it was written to do. */
function stoppedHere(turn: Turn, block: readonly PlanStep[]): boolean {
  return block.some((each) => each.kind === 'stop' && stepOf(turn, each.path).status === 'succeeded');
}

export function closeBranch(turn: Turn, step: ParallelStep, name: string, block: readonly PlanStep[]): void {
  const failed = failureOf(turn.context, block) !== null;
  const cut = turn.context.halted.includes(step.path);
  const done = block.every((each) => mayGoOn(turn.context, each, []));
  const status = failed ? 'failed' : done ? 'succeeded' : 'cancelled';
  const before = stepOf(turn, step.path).branches ?? {};
  updateStep(turn, step.path, { branches: { ...before, [name]: { status } } });
  if (cut) return;
  if (step.join === 'all' && failed) halt(turn, step.path);
  if (step.join === 'any' && status === 'succeeded') halt(turn, step.path);
}

export function joinBranches(turn: Turn, step: ParallelStep, within: readonly string[]): void {
  const branches = stepOf(turn, step.path).branches ?? {};
  const statuses = Object.values(branches).map((branch) => branch.status);
  if (within.some((name) => turn.context.halted.includes(name))) {
    cancelStep(turn, step);
  } else if (step.join === 'any' && statuses.includes('succeeded')) {
    succeedStep(turn, step, {});
  } else {
    const inner = step.branches
      .map((branch) => failureOf(turn.context, branch.steps))
      .find((each) => each !== null);
    if (inner) failStep(turn, step, inner.failure);
    else succeedStep(turn, step, {});
  }
}

/** All values are evaluated before the first is assigned. */
export function setValues(turn: Turn, step: SetStep): void {
  const rendered = renderTemplate({ t: 'map', fields: step.values }, visibleNames(turn.context, step.path));
  if (!rendered.ok) {
    failStep(turn, step, { code: rendered.code, kind: 'terminal', message: rendered.message });
    return;
  }
  turn.context.vars = { ...turn.context.vars, ...(rendered.value as typeof turn.context.vars) };
  succeedStep(turn, step, {});
}

export function stopRun(turn: Turn, step: StopStep, topBlock: string): void {
  const rendered = renderTemplate(step.reason, visibleNames(turn.context, step.path));
  const reason = rendered.ok ? String(rendered.value) : `stop: ${rendered.message}`;
  succeedStep(turn, step, {});
  if (turn.context.env.scope.kind === 'run') {
    endBlock(turn, topBlock, step.outcome, reason);
    return;
  }
  // An item or a round that says stop did what it was written to do; the run is told.
  turn.commands.push({ kind: 'stop-run', outcome: step.outcome, reason });
  turn.context.stops = true;
  endBlock(turn, topBlock, 'succeeded', reason);
}

/** After `on_error`: live with it, or hand the failure on. A failure inside the handler is kept as its cause. */
export function leaveHandler(turn: Turn, step: PlanStep): void {
  const state = stepOf(turn, step.path);
  const inner = failureOf(turn.context, step.onError.steps);
  if (inner !== null && state.failure !== null) {
    updateStep(turn, step.path, { failure: { ...inner.failure, cause: state.failure } });
    return;
  }
  if (step.onError.then !== 'continue') return;
  updateStep(turn, step.path, { tolerated: true });
  write(turn, 'step.failed', {
    step: step.path,
    outcome: 'failure',
    ...(state.failure === null ? {} : { code: state.failure.code }),
    reason: 'the playbook goes on after this failure',
  });
}
