import type { ActionStep, CallStep, Plan, PlanAction, PlanStep } from '../contracts/plan.ts';
import { inverseOfStep } from '../undo/inverse-key.ts';
import { type Explored, leadingTo, type State } from './explore.ts';
import { covers, type Places } from './places.ts';
import { stepsWithin } from './plan-blocks.ts';
import { isSensitive } from './sensitive-targets.ts';

/*
 * Taking back a release contains again, and a `rollback` may name any action: where an undo does that,
 * or the end of a lease that asks nobody, it is a containment like that of a step.
 */

export interface ContainedAgain {
  /** What is taken back: an action, or the run that it called. */
  of: ActionStep | CallStep;
  /** What contains. */
  action: PlanAction;
}

/** What is contained from this state on without a step that says so: by its undo, or by the lease that begins here. */
export function containedAgain(
  state: State,
  plan: Plan,
  places: Places,
  explored: Explored,
): ContainedAgain[] {
  const { step, mark } = state.node;
  if (step === null) return [];
  if (mark.kind === 'ended' && mark.status === 'succeeded' && step.kind === 'action')
    return step.lease?.atEnd === 'release' ? containingOf(step, plan) : [];
  if (mark.kind !== 'undoes') return [];
  const { steps } = mark;
  const found = places.all.flatMap(({ step: other }) =>
    covers(steps, other.path, plan) ? containingOf(other, plan) : [],
  );
  if (found.length === 0) return [];
  const earlier = leadingTo([state]);
  return found.filter(
    ({ of }) =>
      isBeside(of, step, places) || explored.states.some((each) => earlier.has(each) && isDone(each, of)),
  );
}

function containingOf(of: PlanStep, plan: Plan): ContainedAgain[] {
  const actions: PlanAction[] = [];
  if (of.kind === 'action') actions.push(...[inverseOfStep(plan, of)].filter((each) => each !== null));
  // Which of them the called playbook needs is in its own plan; any may be one of them.
  else if (of.kind === 'call' && of.attach) actions.push(...Object.values(plan.inverses));
  else return [];
  return actions.filter(isSensitive).map((action) => ({ of, action }));
}

/** It has left something to take back. A called run may have, however it ends. */
function isDone({ node: { step, mark } }: State, of: PlanStep): boolean {
  if (step !== of) return false;
  return of.kind === 'call' ? mark.kind === 'acts' : mark.kind === 'ended' && mark.status === 'succeeded';
}

/** In another branch: which of the two comes first, nobody knows, and the chart has an order of its own. */
function isBeside(one: PlanStep, other: PlanStep, places: Places): boolean {
  return places.all.some(({ step }) => {
    if (step.kind !== 'parallel') return false;
    const branchOf = (each: PlanStep) =>
      step.branches.findIndex(({ steps }) => [...stepsWithin(steps)].includes(each));
    const [a, b] = [branchOf(one), branchOf(other)];
    return a >= 0 && b >= 0 && a !== b;
  });
}
