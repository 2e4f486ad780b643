import { isJsonObject, type JsonObject } from '../../../schemas/json.ts';

/**
 * The facts about a target that a rule reads and nobody has looked up: `guard.target.<fact>`. Why a rule could
 * not be evaluated is told by what is not there and never by the words of an error.
 */
export function missingFacts(expression: string, guard: JsonObject): string[] {
  const target = isJsonObject(guard.target) ? guard.target : {};
  const read = [...expression.matchAll(/\bguard\.target\.([a-z_]+)/g)].flatMap(([, fact]) => fact ?? []);
  return [...new Set(read)].filter((fact) => !Object.hasOwn(target, fact));
}
