import type { Plan, PlanStep } from '../../engine/core/contracts/plan.ts';
import { allSteps, walk } from '../../engine/core/run/list-steps.ts';

/** Plan paths of the steps in the halted blocks of one body. */
export function stepsOfHalted(plan: Plan, body: string, halted: readonly string[]): Set<string> {
  const tops: { [name: string]: readonly PlanStep[] } = {
    on_failure: plan.onFailure,
    finally: plan.finally,
  };
  const closing = new Set(Object.values(tops).flatMap((steps) => [...walk(steps, false)]));
  const inside = halted.flatMap((name) => {
    if (name === 'main') return allSteps(plan, body).filter((step) => body !== 'run' || !closing.has(step));
    const top = tops[name];
    if (top !== undefined) return [...walk(top, false)];
    const step = allSteps(plan, body).find((each) => each.path === name);
    return step?.kind === 'parallel' ? step.branches.flatMap((branch) => [...walk(branch.steps, false)]) : [];
  });
  return new Set(inside.map((step) => step.path));
}
