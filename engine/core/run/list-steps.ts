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

const owned = new WeakMap<Plan, ReadonlyMap<string, PlanStep>>();

/** For each step inside an `on_error` block, the step whose failure it handles; the innermost wins. */
export function handledSteps(plan: Plan): ReadonlyMap<string, PlanStep> {
  const known = owned.get(plan);
  if (known !== undefined) return known;
  const owners = new Map<string, PlanStep>();
  // Document order visits an outer owner before an inner one, so the inner one is written last.
  for (const owner of allSteps(plan)) {
    for (const inside of walk(owner.onError.steps)) owners.set(inside.path, owner);
  }
  owned.set(plan, owners);
  return owners;
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
