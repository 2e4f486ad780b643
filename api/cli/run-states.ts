import { stepStates } from '../../engine/core/graph/step-states.ts';
import { callServer } from './call-server.ts';
import { itemsOf } from './print.ts';
import type { Settings } from './settings.ts';

/** The state of each step of a run, by its path in the plan. */
export async function runStates(settings: Settings, runId: string): Promise<{ [planPath: string]: string }> {
  const steps: { path: string; status: string }[] = [];
  const path = `/v1/runs/${encodeURIComponent(runId)}/steps?limit=200`;
  for (let next: string | null = path; next !== null; ) {
    const answer = await callServer(settings, next);
    for (const item of itemsOf(answer)) steps.push({ path: String(item.path), status: String(item.status) });
    next = typeof answer.next === 'string' ? `${path}&cursor=${encodeURIComponent(answer.next)}` : null;
  }
  return stepStates(steps);
}
