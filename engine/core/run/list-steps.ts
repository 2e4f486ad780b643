import type { Plan, PlanStep } from '../contracts/plan.ts';

/*
 * Every step of a plan in document order, nested ones after their block. Kept per plan object,
 * since a plan never changes; the cache only saves the walk.
 */
const listed = new WeakMap<Plan, readonly PlanStep[]>();

export function allSteps(plan: Plan): readonly PlanStep[] {
  const known = listed.get(plan);
  if (known !== undefined) return known;
  const steps = [...walk(plan.steps), ...walk(plan.onFailure), ...walk(plan.finally)];
  listed.set(plan, steps);
  return steps;
}

function* walk(steps: readonly PlanStep[]): Generator<PlanStep> {
  for (const step of steps) {
    yield step;
    for (const block of blocksOf(step)) yield* walk(block);
    yield* walk(step.onError.steps);
  }
}

function blocksOf(step: PlanStep): PlanStep[][] {
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
      return [];
  }
}
