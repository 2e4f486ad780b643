import { expect, it } from 'vitest';
import type { RunGiven } from '../../engine/core/run/context.ts';
import { createKeptGivens } from '../../engine/runtime/keep-givens.ts';
import type { RunId } from '../../schemas/ids.ts';

const given = (seed: string) => ({ seed }) as RunGiven;
const [one, two, three] = ['run_1', 'run_2', 'run_3'] as RunId[] as [RunId, RunId, RunId];

it('what was not asked for longest is forgotten first, when there is too much of it', () => {
  const kept = createKeptGivens(10);
  kept.keep(one, given('1'), 4);
  kept.keep(two, given('2'), 4);
  kept.get(one);
  kept.keep(three, given('3'), 4);
  expect([one, two, three].map((run) => kept.get(run)?.seed)).toEqual(['1', undefined, '3']);
});

it('one that is larger than everything that may be kept drives nobody out', () => {
  const kept = createKeptGivens(10);
  kept.keep(one, given('1'), 10);
  kept.keep(two, given('2'), 11);
  expect([kept.get(one)?.seed, kept.get(two)]).toEqual(['1', undefined]);
});

it('what is kept twice counts once', () => {
  const kept = createKeptGivens(10);
  for (let times = 0; times < 5; times++) kept.keep(one, given('1'), 4);
  kept.keep(two, given('2'), 6);
  expect([kept.get(one)?.seed, kept.get(two)?.seed]).toEqual(['1', '2']);
});
