import { isJsonObject, type Json } from '../../../schemas/json.ts';

/** Deeper than any alert we know of. The HTTP door stops at 32; who calls past it must not be able to break us either. */
const depthMax = 64;

/**
 * The first place in a body that PostgreSQL could not store, or could store and never read again:
 * U+0000, half a surrogate pair, nesting without end, a number that JSON has no word for. Keys count as
 * texts. Null when there is none.
 */
export function findUnstorable(body: Json): { pointer: string; message: string } | null {
  // A list instead of recursion: the depth is what is being judged.
  const waiting: { value: Json; pointer: string; depth: number }[] = [{ value: body, pointer: '', depth: 1 }];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { value, pointer, depth } = next;
    if (typeof value === 'string') {
      const message = judgeText(value);
      if (message !== null) return { pointer, message };
      continue;
    }
    // JSON.parse reads 1e400 as Infinity, and JSON.stringify writes that as null: a condition would see one now
    // and the other later.
    if (typeof value === 'number' && !Number.isFinite(value))
      return { pointer, message: 'must not be a number beyond 1.8e308' };
    if (value === null || typeof value !== 'object') continue;
    if (depth > depthMax) return { pointer, message: `must not be nested deeper than ${depthMax}` };
    for (const [key, field] of isJsonObject(value) ? Object.entries(value) : value.entries()) {
      const problem = typeof key === 'string' ? judgeText(key) : null;
      if (problem !== null) return { pointer, message: `has a key that ${problem}` };
      waiting.push({ value: field, pointer: `${pointer}/${pointerToken(String(key))}`, depth: depth + 1 });
    }
  }
  return null;
}

function judgeText(text: string): string | null {
  if (text.includes('\0')) return 'must not hold the character U+0000';
  return text.isWellFormed() ? null : 'must not hold half of a surrogate pair';
}

/** RFC 6901. */
function pointerToken(token: string): string {
  return token.replaceAll('~', '~0').replaceAll('/', '~1');
}
