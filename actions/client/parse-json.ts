import type { Json } from '../../schemas/json.ts';

/** The value, or undefined for text that is not JSON: what that means is the caller's decision. */
export function parseJson(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
}
