import { type ActionClass, classRank } from '../contracts/action.ts';
import type { ActionStep, Plan, PlanStep, UndoStep } from '../contracts/plan.ts';
import { everyStep } from '../run/list-steps.ts';
import { inverseOfStep } from './inverse-key.ts';

/** Taking back a success of this step contains: it released something, or has a rollback that does. */
export function containsBack(plan: Plan, step: ActionStep): boolean {
  const inverse = inverseOfStep(plan, step);
  return inverse !== null && classRank[inverse.class] >= classRank.contain;
}

/** Whether an undo of these steps contains anything. Paths of blocks stand for what is in them. */
export function undoContains(plan: Plan, chosen: UndoStep['steps']): boolean {
  return everyStep(plan).some(
    (step) => step.kind === 'action' && isChosen(step, chosen) && containsBack(plan, step),
  );
}

/** Classes of what the playbook itself takes back, by an undo or at the end of a lease: without a person who orders it. */
export function classesTakenBack(plan: Plan): ActionClass[] {
  const steps = everyStep(plan);
  const undone = steps.flatMap(undoneBy);
  return steps.flatMap((step) => {
    const isUndone = undone.some((chosen) => isChosen(step, chosen));
    // What a called run left is in its own plan; the inverses of all of them are in this one.
    if (step.kind === 'call' && isUndone) return Object.values(plan.inverses).map((each) => each.class);
    if (step.kind !== 'action') return [];
    const isTaken = isUndone || step.lease?.atEnd === 'release';
    const inverse = isTaken ? inverseOfStep(plan, step) : null;
    return inverse === null ? [] : [inverse.class];
  });
}

function undoneBy(step: PlanStep): UndoStep['steps'][] {
  return [
    ...(step.kind === 'undo' ? [step.steps] : []),
    ...(step.onError.then === 'undo' ? ['all' as const] : []),
  ];
}

function isChosen({ path }: PlanStep, chosen: UndoStep['steps']): boolean {
  return chosen === 'all' || chosen.some((each) => path === each || path.startsWith(`${each}/`));
}
