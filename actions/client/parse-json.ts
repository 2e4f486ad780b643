import { parseExactly } from '../../engine/core/contracts/parse-exactly.ts';
import type { Json } from '../../schemas/json.ts';

/**
 * The value, or undefined for text that is not JSON: what that means is the caller's decision. Ids of many digits are
 * texts with all of them.
 */
export function parseJson(text: string): Json | undefined {
  try {
    return parseExactly(text);
  } catch {
    return undefined;
  }
}
