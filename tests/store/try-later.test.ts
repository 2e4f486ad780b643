import { expect, test } from 'vitest';
import { createTryLater } from '../../engine/runtime/try-later.ts';

/* Who could not be moved is tried again: at once, then later and later, and for ever. */

test('once is tried by the next look, and each further time waits twice as long, up to a minute', () => {
  let now = 0;
  const later = createTryLater<string>(() => now);
  expect(later.failed('a')).toBe(0);
  expect(later.waiting()).toEqual([]);
  const waits = Array.from({ length: 8 }, () => {
    const waitMs = later.failed('a');
    expect(later.waiting()).toEqual(['a']);
    now += waitMs;
    expect(later.waiting()).toEqual([]);
    return waitMs;
  });
  expect(waits).toEqual([2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000, 60_000]);
});

test('who could be moved, or was not met again for a minute, begins anew', () => {
  let now = 0;
  const later = createTryLater<string>(() => now);
  later.failed('a');
  later.failed('b');
  later.passed('a');
  expect([later.failed('a'), later.failed('b')]).toEqual([0, 2_000]);
  now += 62_001;
  later.waiting();
  expect(later.failed('b')).toBe(0);
});
