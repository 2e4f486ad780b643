import type { Plan, PlanStep } from '../contracts/plan.ts';
import { setValues } from './block-step.ts';
import { emptyStep, type Snapshot, type StepState } from './context.ts';
import { allSteps, blocksOf, stepAt, walk } from './list-steps.ts';
import { planPathOf } from './scope-path.ts';
import { type Turn, updateStep } from './turn.ts';

/*
 * A restarted step is a new run (decision record 0011): the same plan and given, and a first snapshot
 * in which everything that had ended well stays as it was. The machine walks over it; the chosen step,
 * the blocks around it, and all that did not end well run again.
 */

export type Restarted =
  | { ok: true; snapshot: Snapshot; generations: { [stepPath: string]: number } }
  | { ok: false; code: 'run/not-restartable'; message: string };

export function restartFrom(
  plan: Plan,
  ended: Snapshot,
  first: Snapshot,
  stepPath: string,
  generations: { [stepPath: string]: number },
): Restarted {
  const planPath = planPathOf(stepPath);
  const chosen = stepAt(plan, planPath);
  if (chosen === undefined) return refuse(`${stepPath} is not a step of this run`);
  if (planPath !== stepPath || !allSteps(plan).includes(chosen)) {
    return refuse(
      `${stepPath} is inside a loop: its items and rounds are gone with the run. Restart the loop itself`,
    );
  }
  if (!inMain(plan, chosen)) {
    return refuse(`${stepPath} belongs to a closing or handling block; restart the step that it was run for`);
  }
  const state = ended.context.steps[planPath] ?? emptyStep;
  if (state.status !== 'failed' && state.status !== 'denied' && !isStillToDo(state, generations[stepPath])) {
    return refuse(`${stepPath} is ${state.status}; only a failed or denied step is restarted`);
  }
  const around = enclosing(plan.steps, chosen);
  const again = new Set([chosen, ...around]);
  const steps: { [path: string]: StepState } = {};
  let behind = false;
  for (const step of walk(plan.steps, false)) {
    behind ||= step === chosen;
    const before = ended.context.steps[step.path];
    if (before === undefined) continue;
    // A stop is no work that was done, and a condition may have been about the step that runs again.
    const anew = stopped(ended, step) || (behind && before.status === 'skipped');
    if (!again.has(step) && !anew && endedWell(before)) steps[step.path] = { ...before, kept: true, go: '' };
    else if (step !== chosen && before.choice !== null && (around.includes(step) || !anew)) {
      steps[step.path] = { ...emptyStep, choice: before.choice, outputs: before.outputs };
    }
  }
  // Handlers of steps that run again start from nothing.
  for (const step of walk(plan.steps, false)) {
    if (steps[step.path]?.kept === true) continue;
    for (const inside of walk(step.onError.steps, false)) delete steps[inside.path];
  }
  return {
    ok: true,
    snapshot: {
      value: first.value,
      context: {
        ...first.context,
        steps,
        facts: ended.context.facts,
        covered: ended.context.covered,
      },
    },
    generations: { ...generations, [stepPath]: (generations[stepPath] ?? 0) + 1 },
  };
}

/**
 * The step that this run was itself restarted at, when the run ended before it came to an end there: what had failed
 * before has failed still, and the run before this one is taken up already.
 */
function isStillToDo({ status }: StepState, generation = 0): boolean {
  return generation > 0 && (status === 'cancelled' || status === 'pending');
}

/** Whether what a step did stays done in a restarted run; whatever happened inside a loop belongs to that. */
export function isKept({ context }: Snapshot, runtimePath: string): boolean {
  const path = planPathOf(runtimePath).split('/').slice(0, 2).join('/');
  return context.steps[path]?.kept === true;
}

/** What a kept step does when the machine passes: nothing, but a `set` sets what it had set then. */
export function walkOver(turn: Turn, step: PlanStep): void {
  updateStep(turn, step.path, { go: 'end' });
  // Also those in blocks and handlers inside, which nobody walks over by themselves.
  for (const each of walk([step], false)) {
    const state = turn.context.steps[each.path];
    if (each.kind !== 'set' || state?.status !== 'succeeded') continue;
    const said = turn.entries.length;
    setValues(turn, each);
    turn.entries.length = said;
    turn.context.steps[each.path] = { ...state, go: 'end' };
  }
}

function stopped(ended: Snapshot, step: PlanStep): boolean {
  return [...walk([step], false)].some(
    (each) => each.kind === 'stop' && ended.context.steps[each.path]?.status === 'succeeded',
  );
}

function endedWell(state: StepState): boolean {
  const { status, tolerated } = state;
  return (
    status === 'succeeded' ||
    status === 'skipped' ||
    ((status === 'failed' || status === 'denied') && tolerated)
  );
}

function inMain(plan: Plan, chosen: PlanStep): boolean {
  return [...walkBlocks(plan.steps)].includes(chosen);
}

/** Like `walk`, without the handlers. */
function* walkBlocks(steps: readonly PlanStep[]): Generator<PlanStep> {
  for (const step of steps) {
    yield step;
    for (const block of blocksOf(step)) yield* walkBlocks(block);
  }
}

function enclosing(steps: readonly PlanStep[], chosen: PlanStep): PlanStep[] {
  return [...walkBlocks(steps)].filter((step) =>
    blocksOf(step).some((block) => [...walkBlocks(block)].includes(chosen)),
  );
}

function refuse(message: string): Restarted {
  return { ok: false, code: 'run/not-restartable', message };
}
