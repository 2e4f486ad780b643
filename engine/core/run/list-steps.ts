import { assertNever } from '../contracts/invariant.ts';
import type { ForeachStep, Plan, PlanStep, RepeatStep } from '../contracts/plan.ts';

/*
 * Walks through a plan. A body is what one machine runs: `run`, or the steps of one `foreach` or
 * `repeat`, which are scopes of their own (language reference 9.2). Kept per plan object, since a
 * plan never changes; the caches only save the walk.
 */

interface Walked {
  byBody: Map<string, readonly PlanStep[]>;
  every: readonly PlanStep[];
  byPath: ReadonlyMap<string, PlanStep>;
  /** For each step inside an `on_error` block, the step whose failure it handles. */
  handlers: ReadonlyMap<string, PlanStep>;
}

const walked = new WeakMap<Plan, Walked>();

/** The steps of one body in document order, nested blocks after their step, without the bodies inside. */
export function allSteps(plan: Plan, body = 'run'): readonly PlanStep[] {
  const { byBody } = walkOnce(plan);
  const known = byBody.get(body);
  if (known !== undefined) return known;
  const steps = topBlocksOf(plan, body).flatMap((block) => [...walk(block, false)]);
  byBody.set(body, steps);
  return steps;
}

/** Every step of the plan, those inside loops included. */
export function everyStep(plan: Plan): readonly PlanStep[] {
  return walkOnce(plan).every;
}

export function stepAt(plan: Plan, path: string): PlanStep | undefined {
  return walkOnce(plan).byPath.get(path);
}

/** For each step inside an `on_error` block, the step whose failure it handles; the innermost wins. */
export function handledSteps(plan: Plan): ReadonlyMap<string, PlanStep> {
  return walkOnce(plan).handlers;
}

/** The steps that a body begins with; the run's closing blocks are not among them. */
export function stepsOfBody(plan: Plan, body: string): readonly PlanStep[] {
  return topBlocksOf(plan, body)[0] ?? [];
}

/** Plan paths of the bodies of a plan that can be built by `buildMachine`, undo aside. */
export function bodiesOf(plan: Plan): string[] {
  return ['run', ...everyStep(plan).flatMap((step) => (isLoop(step) ? [step.path] : []))];
}

export function isLoop(step: PlanStep): step is ForeachStep | RepeatStep {
  return step.kind === 'foreach' || step.kind === 'repeat';
}

/** The blocks inside a step that belong to the same body, in document order; `on_error` is not among them. */
export function blocksOf(step: PlanStep): readonly (readonly PlanStep[])[] {
  switch (step.kind) {
    case 'if':
      return step.else === null ? [step.then] : [step.then, step.else];
    case 'switch':
      return [...step.cases.map((each) => each.steps), ...(step.default === null ? [] : [step.default])];
    case 'parallel':
      return step.branches.map((branch) => branch.steps);
    case 'action':
    case 'approval':
    case 'set':
    case 'stop':
    case 'foreach':
    case 'repeat':
    case 'wait':
    case 'call':
    case 'undo':
      return [];
    default:
      return assertNever(step, 'step');
  }
}

/** The steps of some blocks and of the blocks inside them, `on_error` included. */
export function* walk(steps: readonly PlanStep[], intoLoops: boolean): Generator<PlanStep> {
  for (const step of steps) {
    yield step;
    for (const block of blocksOf(step)) yield* walk(block, intoLoops);
    if (intoLoops && isLoop(step)) yield* walk(step.steps, intoLoops);
    yield* walk(step.onError.steps, intoLoops);
  }
}

function topBlocksOf(plan: Plan, body: string): readonly (readonly PlanStep[])[] {
  if (body === 'run') return [plan.steps, plan.onFailure, plan.finally];
  const step = stepAt(plan, body);
  return step !== undefined && isLoop(step) ? [step.steps] : [];
}

function walkOnce(plan: Plan): Walked {
  const known = walked.get(plan);
  if (known !== undefined) return known;
  const every = [plan.steps, plan.onFailure, plan.finally].flatMap((block) => [...walk(block, true)]);
  const handlers = new Map<string, PlanStep>();
  // Document order visits an outer owner before an inner one, so the inner one is written last.
  for (const owner of every) {
    for (const inside of walk(owner.onError.steps, false)) handlers.set(inside.path, owner);
  }
  const result: Walked = {
    byBody: new Map(),
    every,
    byPath: new Map(every.map((step) => [step.path, step])),
    handlers,
  };
  walked.set(plan, result);
  return result;
}
