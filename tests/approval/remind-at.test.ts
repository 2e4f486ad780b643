import { expect, it } from 'vitest';
import { remindAt } from '../../engine/core/approval/remind-at.ts';

const minute = 60_000;
const hour = 60 * minute;

it.each<[string, number, number[]]>([
  ['half an hour', 30 * minute, [15 * minute, 27 * minute]],
  ['a day', 24 * hour, [12 * hour, 23 * hour]],
  ['a week', 168 * hour, [84 * hour, 167 * hour]],
  ['five minutes', 5 * minute, [150_000, 270_000]],
  ['less than that', 5 * minute - 1, []],
])('of %s: at half of it, and before its end', (_what, timeMs, expected) => {
  expect(remindAt(0, timeMs)).toEqual(expected);
  expect(remindAt(1_000, 1_000 + timeMs)).toEqual(expected.map((at) => at + 1_000));
});
