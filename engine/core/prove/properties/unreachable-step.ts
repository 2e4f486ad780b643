import type { PlanStep } from '../../contracts/plan.ts';
import { blocksOf } from '../plan-blocks.ts';
import type { Property, Violation } from '../property.ts';

/** P4: every step can run. Not claimed when some paths were not followed. */
export const unreachableStep: Property = ({ plan, explored }) => {
  if (explored.bounded) return [];
  const runs = new Set<PlanStep>();
  const comes = new Set<PlanStep>();
  for (const { node } of explored.states) {
    if (node.step === null) continue;
    comes.add(node.step);
    if (node.mark.kind === 'runs') runs.add(node.step);
  }
  const violations: Violation[] = [];
  // The outermost step that cannot run stands for those inside it, the first for those after it.
  const visit = (steps: readonly PlanStep[]) => {
    for (const step of steps) {
      if (!runs.has(step)) {
        violations.push(unreachable(step, comes.has(step)));
        if (!comes.has(step)) return;
      } else for (const block of blocksOf(step)) visit(block.steps);
    }
  };
  for (const steps of [plan.steps, plan.onFailure, plan.finally]) visit(steps);
  return violations;
};

function unreachable(step: PlanStep, comes: boolean): Violation {
  const why = comes
    ? `its condition is false on every path: ${step.if}`
    : 'no path leads here: what stands before it always ends the run, or the conditions around it exclude each other';
  return {
    code: 'prove/unreachable-step',
    step,
    message: `step "${step.id}" can never run: ${why}`,
    help: 'correct the condition, or remove the step',
    state: null,
    assuming: null,
  };
}
