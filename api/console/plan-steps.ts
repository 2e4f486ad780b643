import type { StepItem } from '../../engine/runtime/read/list-steps.ts';
import type { RunDetail } from '../../engine/runtime/read/read-run.ts';
import type { Json, JsonObject } from '../../schemas/json.ts';
import { isJsonObject } from '../../schemas/json.ts';
import type { View } from './view.ts';

/** What the plan says of a step, in as far as every version of the compiler says it. */
export interface PlannedStep {
  name: string;
  kind: string;
  /** How deep it lies in blocks; 0 for the outermost. */
  depth: number;
  /** Of an action: `notify` is a message to people. */
  class: string | null;
}

/** Only the version that the run is pinned to says how its steps nest; null when it is not there. */
export function planOf(view: View, { playbook, digest }: RunDetail): Promise<JsonObject | null> {
  return view.deps.read.readPlan(view.deps.tenant, { playbook: playbook.id, digest });
}

/** Steps inside of which something runs that has steps of its own. */
export function loopsOf(steps: readonly StepItem[]): string[] {
  const kinds = new Set(['foreach', 'repeat', 'undo']);
  return steps.filter(({ kind }) => kinds.has(kind)).map(({ path }) => path);
}

/** Each step of a plan by its path there, in the order of the plan. */
export function planSteps(plan: JsonObject | null): Map<string, PlannedStep> {
  const steps = new Map<string, PlannedStep>();
  if (plan !== null) walk(plan, 0, steps);
  return steps;
}

// A step is what has a path and a kind; the compiler bounds how deep they nest.
function walk(value: Json, depth: number, steps: Map<string, PlannedStep>): void {
  if (Array.isArray(value)) {
    for (const one of value) walk(one, depth, steps);
    return;
  }
  if (!isJsonObject(value)) return;
  const { path, kind, name, action } = value;
  const isStep = typeof path === 'string' && typeof kind === 'string' && path.startsWith('run/');
  if (isStep) {
    const ofAction = isJsonObject(action) && typeof action.class === 'string' ? action.class : null;
    steps.set(path, { name: typeof name === 'string' ? name : path, kind, depth, class: ofAction });
  }
  for (const one of Object.values(value)) walk(one, isStep ? depth + 1 : depth, steps);
}
