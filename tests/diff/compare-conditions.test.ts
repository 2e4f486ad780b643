import { expect, it } from 'vitest';
import { compareConditions, flip, type Width } from '../../engine/core/diff/compare-conditions.ts';

const pairs: [before: string | null, after: string | null, width: Width][] = [
  [null, null, 'same'],
  [null, 'a', 'narrower'],
  ['a && b', 'a', 'wider'],
  ['a && b', 'b && a', 'same'],
  ['a && b', 'a  &&  b', 'same'],
  ['(a && b)', 'a\n&& b', 'same'],
  ['x == "a  b"', 'x == "a b"', 'other'],
  ["x == 'a  b'", "x  ==  'a  b'", 'same'],
  ['x.startsWith("a  b") && c', 'x.startsWith("a b") && c', 'other'],
  ['x in ["a  b"]', 'x in ["a b", "c"]', 'other'],
  ['n == 1', 'n == 1.0', 'other'],
  ['a', 'a && b && c', 'narrower'],
  ['a && b', 'a && c', 'other'],
  ['a || b', 'a', 'narrower'],
  ['a || b', 'a || b || c', 'wider'],
  ['a', 'a || b', 'wider'],
  ['a || b', 'a || c', 'other'],
  ['a && (b || c)', 'a && b', 'narrower'],
  ['x in ["a"]', 'x in ["a", "b"]', 'wider'],
  ['x in ["a", "b"]', 'x in ["b"]', 'narrower'],
  ['x in ["a", "b"]', 'x in ["b", "c"]', 'other'],
  ['x == "a"', 'x in ["a", "b"]', 'wider'],
  ['x in ["a", "b"]', 'x == "b"', 'narrower'],
  ['x == "a"', 'x == "b"', 'other'],
  ['c >= 0.8', 'c >= 0.5', 'wider'],
  ['size(l) > 3', 'size(l) > 10', 'narrower'],
  ['n < 5', 'n < 9', 'wider'],
  ['n < 5', 'n > 5', 'other'],
  ['a && c >= 0.8', 'a && c >= 0.5', 'wider'],
  ['a && c >= 0.8 && b', 'a && c >= 0.9', 'other'],
  ['a || n > 25', 'a || n > 2', 'wider'],
  ['a || n > 25', 'n > 2', 'other'],
  ['!a', 'a', 'other'],
  ['a &&', 'a', 'other'],
];

it.each(pairs)('%s → %s is %s', (before, after, width) => {
  expect(compareConditions(before, after)).toBe(width);
  // Looked at from the other side it is the other way round.
  expect(compareConditions(after, before)).toBe(flip(width));
});
