import type { JsonObject } from '../../../schemas/json.ts';
import { compilerVersion, type Plan } from './plan.ts';

/** What is stored, as a plan that can be read here; null for one of another compiler, which has other fields. */
export function presentPlan(stored: JsonObject): Plan | null {
  return stored.compilerVersion === compilerVersion ? (stored as unknown as Plan) : null;
}
