import type { JsonObject } from '../../schemas/json.ts';

/*
 * The engine validates `with` against the input schema before an action runs, so a wrong kind here
 * is a bug and not a failure of the world.
 */

/** @throws Error when the argument is not text. */
export function textArgument(input: JsonObject, name: string): string {
  const value = input[name];
  if (typeof value !== 'string') throw new Error(`The argument "${name}" must be text.`);
  return value;
}

/** The fallback serves an absent or empty text. */
export function optionalText(input: JsonObject, name: string, fallback: string): string {
  const value = input[name];
  return typeof value === 'string' && value.trim() !== '' ? value : fallback;
}
