import type { JsonObject } from '../../../schemas/json.ts';
import { plainLine } from '../../client/plain-line.ts';
import type { Lot } from './locate.ts';

/** What people see of the copies: of several, which have one Message-ID in common, the newest. */
export function toldOf({ copies }: Lot): JsonObject {
  const [newest] = copies;
  if (newest === undefined) return {};
  return {
    subject: plainLine(newest.subject, 300),
    from: plainLine(newest.from, 320),
    flags: newest.flags.slice(0, 50),
    copies: copies.length,
  };
}

/** Where copies lie now, for people. */
export function placesOf(lots: readonly Lot[]): string {
  return lots.map(({ folder }) => folder).join(', ');
}
