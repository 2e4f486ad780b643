import type { ActionStep } from '../../contracts/plan.ts';
import { leadingTo, type State } from '../explore.ts';
import { covers } from '../places.ts';
import { firstPerStep, type Property, type Violation } from '../property.ts';

/*
 * P3: from every point at which a containment has just succeeded, some path leads to taking it back, or
 * it has a lease, or it says that it cannot or shall not be taken back.
 */
export const unreleasedContainment: Property = ({ plan, explored }) => {
  const done = explored.states.flatMap((state) => {
    const step = containedAt(state);
    return step === null ? [] : [{ state, step }];
  });
  const steps = new Map(done.map(({ step }) => [step.path, step]));
  const violations: Violation[] = [];
  for (const step of steps.values()) {
    const releases = explored.states.filter((state) => isReleased(state, step, plan));
    const released = leadingTo(releases);
    const stuck = done.find((each) => each.step === step && !released.has(each.state));
    if (stuck !== undefined) {
      violations.push({
        code: 'prove/unreleased-containment',
        step,
        message: `after "${step.action.key}" nothing takes it back: no lease, and no "undo" can be reached from here`,
        help: 'add "lease", an "undo" on some path after it, or "rollback: none" to say that it stays',
        state: stuck.state,
        assuming: null,
      });
    }
  }
  return firstPerStep(violations);
};

/** The step, if this state is its success and the run goes on: a cancelled run offers undo to a person. */
function containedAt({ node, facts }: State): ActionStep | null {
  const { step, mark } = node;
  if (mark.kind !== 'ended' || mark.status !== 'succeeded' || step?.kind !== 'action') return null;
  if (facts.get('halted') !== undefined || facts.get('ending') !== undefined) return null;
  const contains = step.action.class === 'contain' || step.action.class === 'eradicate';
  return contains && canBeTakenBack(step) && step.lease === null ? step : null;
}

function canBeTakenBack(step: ActionStep): boolean {
  if (step.rollback.kind === 'none') return false;
  return step.rollback.kind === 'action' || step.action.inverse.kind === 'action';
}

function isReleased({ node }: State, step: ActionStep, plan: Parameters<typeof covers>[2]): boolean {
  if (node.mark.kind === 'undoes') return covers(node.mark.steps, step.path, plan);
  // The inverse as a step of its own, on the same target.
  const { inverse, target } = step.action;
  if (node.mark.kind !== 'acts' || node.step?.kind !== 'action' || inverse.kind !== 'action') return false;
  const other = node.step;
  if (other.action.key !== inverse.action || target === null || other.action.target === null) return false;
  return (
    JSON.stringify(other.with[other.action.target.argument]) === JSON.stringify(step.with[target.argument])
  );
}
