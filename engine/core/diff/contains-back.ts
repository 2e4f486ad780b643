import { classRank } from '../contracts/action.ts';
import type { ActionStep, Plan, UndoStep } from '../contracts/plan.ts';
import { everyStep } from '../run/list-steps.ts';
import { inverseOfStep } from '../undo/inverse-key.ts';

/** Taking back a success of this step contains: it released something, or has a rollback that does. */
export function containsBack(plan: Plan, step: ActionStep): boolean {
  const inverse = inverseOfStep(plan, step);
  return inverse !== null && classRank[inverse.class] >= classRank.contain;
}

/** Whether an undo of these steps contains anything. Paths of blocks stand for what is in them. */
export function undoContains(plan: Plan, chosen: UndoStep['steps']): boolean {
  return everyStep(plan).some(
    (step) =>
      step.kind === 'action' &&
      (chosen === 'all' || chosen.some((path) => step.path === path || step.path.startsWith(`${path}/`))) &&
      containsBack(plan, step),
  );
}
