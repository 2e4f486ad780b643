import { planPathOf } from '../../engine/core/run/scope-path.ts';
import { callServer } from './call-server.ts';
import { itemsOf } from './print.ts';
import type { Settings } from './settings.ts';

/** What a reader has to know first stands first: of the items of a loop, one word is shown. */
const order = ['active', 'failed', 'denied', 'cancelled', 'succeeded', 'skipped', 'pending'];

/** The state of each step of a run, by its path in the plan. */
export async function runStates(settings: Settings, runId: string): Promise<{ [planPath: string]: string }> {
  const states: { [planPath: string]: string } = {};
  const path = `/v1/runs/${encodeURIComponent(runId)}/steps?limit=200`;
  for (let next: string | null = path; next !== null; ) {
    const answer = await callServer(settings, next);
    for (const item of itemsOf(answer)) {
      const plan = planPathOf(String(item.path));
      states[plan] = moreTelling(states[plan], String(item.status));
    }
    next = typeof answer.next === 'string' ? `${path}&cursor=${encodeURIComponent(answer.next)}` : null;
  }
  return states;
}

function moreTelling(known: string | undefined, other: string): string {
  return known !== undefined && order.indexOf(known) <= order.indexOf(other) ? known : other;
}
