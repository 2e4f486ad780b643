import type { ActionStep, Plan } from '../../contracts/plan.ts';
import { leadingTo, type State } from '../explore.ts';
import { bodiesAround, covers, type Places } from '../places.ts';
import { firstPerStep, type Property, type Violation } from '../property.ts';
import { isSameValue } from '../same-value.ts';

/*
 * P3: from every point at which a containment has just succeeded, some path leads to taking it back, or
 * it has a lease, or it says that it cannot or shall not be taken back.
 */
export const unreleasedContainment: Property = ({ plan, knowledge, explored }) => {
  const done = explored.states.flatMap((state) => {
    const step = containedAt(state);
    return step === null ? [] : [{ state, step }];
  });
  const steps = new Map(done.map(({ step }) => [step.path, step]));
  const violations: Violation[] = [];
  for (const step of steps.values()) {
    const releases = explored.states.filter((state) => isReleased(state, step, plan, knowledge.places));
    const released = [...byLoops(releases, step, knowledge.places)].map(([loops, states]) =>
      leadingTo(states, ({ node }) => node.step !== null && loops.split(' ').includes(node.step.path)),
    );
    const stuck = done.find(
      (each) => each.step === step && !released.some((states) => states.has(each.state)),
    );
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

/**
 * An item or a round that takes back a step of its own takes back nothing of the others: the way there
 * may not pass through the beginning of another turn of a loop that holds both. Taking back everything may.
 */
function byLoops(releases: readonly State[], step: ActionStep, places: Places): Map<string, State[]> {
  const around = bodiesAround(places.of(step.path).body).map(({ path }) => path);
  const groups = new Map<string, State[]>();
  for (const state of releases) {
    const { step: other, mark } = state.node;
    const all = mark.kind === 'undoes' && mark.steps === 'all';
    const shared = all || other === null ? [] : bodiesAround(places.of(other.path).body);
    const key = shared
      .map(({ path }) => path)
      .filter((path) => around.includes(path))
      .join(' ');
    groups.set(key, [...(groups.get(key) ?? []), state]);
  }
  return groups;
}

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

function isReleased({ node }: State, step: ActionStep, plan: Plan, places: Places): boolean {
  if (node.mark.kind === 'undoes') return covers(node.mark.steps, step.path, plan);
  // The inverse as a step of its own, on the same target.
  const { inverse, target } = step.action;
  if (node.mark.kind !== 'acts' || node.step?.kind !== 'action' || inverse.kind !== 'action') return false;
  const other = node.step;
  if (other.action.key !== inverse.action || target === null || other.action.target === null) return false;
  const contained = step.with[target.argument];
  const released = other.with[other.action.target.argument];
  if (contained === undefined || released === undefined) return false;
  return isSameValue(
    { template: contained, place: places.of(step.path) },
    { template: released, place: places.of(other.path) },
    places,
  );
}
