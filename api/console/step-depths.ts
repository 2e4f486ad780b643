import type { Json, JsonObject } from '../../schemas/json.ts';
import { isJsonObject } from '../../schemas/json.ts';

/** How deep each step of a plan lies in blocks, by step path; 0 for the outermost. */
export function stepDepths(plan: JsonObject): Map<string, number> {
  const depths = new Map<string, number>();
  walk(plan, 0, depths);
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
