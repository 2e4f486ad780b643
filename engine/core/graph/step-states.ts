import { planPathOf } from '../run/scope-path.ts';

/** What a reader has to know first stands first: of the items of a loop, one word is shown. */
const order = ['active', 'failed', 'denied', 'cancelled', 'succeeded', 'skipped', 'pending'];

/** The state of each step of a plan, by its path there, from the steps of a run. */
export function stepStates(steps: readonly { path: string; status: string }[]): {
  [planPath: string]: string;
} {
  const states: { [planPath: string]: string } = {};
  for (const { path, status } of steps) {
    const plan = planPathOf(path);
    states[plan] = moreTelling(states[plan], status);
  }
  return states;
}

function moreTelling(known: string | undefined, other: string): string {
  return known !== undefined && order.indexOf(known) <= order.indexOf(other) ? known : other;
}
