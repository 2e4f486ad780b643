import { ExpressionError } from '../expression-error.ts';
import { matchedTextMax } from '../limits.ts';

// Text × pattern comparisons at worst: 16 million, some 30 ms.
const patternMax = 256;

/**
 * `glob(text, pattern)`: the whole text, `*` for any run of characters, `?` for one. There is no
 * escape and no character class. Upper and lower case differ; write `glob(lower(x), "…")`.
 *
 * @throws ExpressionError if the pattern is longer than 256 characters
 */
export function glob(text: string, pattern: string): boolean {
  if (pattern.length > patternMax)
    throw new ExpressionError(`glob pattern is longer than ${patternMax} characters`);
  const end = Math.min(text.length, matchedTextMax);
  let at = 0;
  let p = 0;
  // Where to resume when a mismatch follows a `*`: only the last star matters, so no backtracking tree.
  let starP = -1;
  let starAt = 0;
  while (at < end) {
    if (pattern[p] === '*') {
      starP = p;
      starAt = at;
      p += 1;
    } else if (p < pattern.length && (pattern[p] === '?' || pattern[p] === text[at])) {
      p += 1;
      at += 1;
    } else if (starP >= 0) {
      starAt += 1;
      at = starAt;
      p = starP + 1;
    } else {
      return false;
    }
  }
  while (pattern[p] === '*') p += 1;
  return p === pattern.length;
}
