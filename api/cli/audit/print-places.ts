import type { JsonObject } from '../../../schemas/json.ts';
import { printLine } from '../print.ts';
import { oneLine } from '../server-text.ts';

/** Where the log stands outside of the database. Lines, not a table: a name has to be typed again whole. */
export function printPlaces(places: readonly JsonObject[]): void {
  for (const { place, size, carriedAt, ...state } of places)
    printLine(
      `${oneLine(place)}: ${oneLine(size)} entries, brought ${oneLine(carriedAt ?? 'never')}; ${stateOf(state)}`,
    );
}

function stateOf({ givenUpAt, failingSince, problem }: JsonObject): string {
  if (givenUpAt != null) return `given up ${oneLine(givenUpAt)}`;
  return failingSince == null ? 'answers' : `away since ${oneLine(failingSince)}: ${oneLine(problem)}`;
}
