import type { StepItem } from '../../engine/runtime/read/list-steps.ts';
import type { RunDetail } from '../../engine/runtime/read/read-run.ts';
import type { Json, JsonObject } from '../../schemas/json.ts';
import { isJsonObject } from '../../schemas/json.ts';
import type { View } from './view.ts';

/** Only the version that the run is pinned to says how its steps nest; null when another one is in force by now. */
export async function planOf(view: View, run: RunDetail): Promise<JsonObject | null> {
  const playbook = await view.deps.read.readPlaybook(view.deps.tenant, run.playbook.id);
  return playbook?.digest === run.digest ? playbook.plan : null;
}

/** Steps inside of which something runs that has steps of its own. */
export function loopsOf(steps: readonly StepItem[]): string[] {
  const kinds = new Set(['foreach', 'repeat', 'undo']);
  return steps.filter(({ kind }) => kinds.has(kind)).map(({ path }) => path);
}

/** How deep each step of a plan lies in blocks, by step path; 0 for the outermost. */
export function stepDepths(plan: JsonObject | null): Map<string, number> {
  const depths = new Map<string, number>();
  if (plan !== null) walk(plan, 0, depths);
  return depths;
}

// A step is what has a path and a kind; the compiler bounds how deep they nest.
function walk(value: Json, depth: number, depths: Map<string, number>): void {
  if (Array.isArray(value)) {
    for (const one of value) walk(one, depth, depths);
    return;
  }
  if (!isJsonObject(value)) return;
  const { path, kind } = value;
  const isStep = typeof path === 'string' && typeof kind === 'string' && path.startsWith('run/');
  if (isStep) depths.set(path, depth);
  for (const one of Object.values(value)) walk(one, isStep ? depth + 1 : depth, depths);
}
