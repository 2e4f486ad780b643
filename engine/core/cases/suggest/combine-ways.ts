import { nothingToDo, type Ways } from './place.ts';

/** Combinations of one condition that are tried: more are the author's to think about. */
export const waysMax = 24;

/** Every way of one with every way of the other. */
export function allOf(each: readonly Ways[]): Ways {
  return each.reduce<Ways>(
    (sofar, ways) => sofar.flatMap((before) => ways.map((way) => [...before, ...way])).slice(0, waysMax),
    nothingToDo,
  );
}
