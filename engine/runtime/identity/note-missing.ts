import { type Door, type IdentityContext, writeEntry } from './identity-context.ts';
import { createMinuteLedger, windowSeconds } from './minute-ledger.ts';

/*
 * Who asks by an id for what is not there may be guessing. Whoever guesses a thousand times within a minute leaves
 * two entries and the number.
 */

export interface Missing {
  /** Which door was tried, e.g. `GET /v1/runs/{id}`. */
  route: string;
  id: string;
}

export interface MissingLedger {
  note(door: Door, missing: Missing): Promise<void>;
  /** Writes at once what was counted. */
  settle(): Promise<void>;
}

/** Of what a caller wrote into an address. */
const idMax = 100;

export function createMissingLedger(context: IdentityContext): MissingLedger {
  const ledger = createMinuteLedger<{ door: Door; missing: Missing }>(
    ({ door, missing: { route, id } }, count, isFirst) =>
      context.database.transaction((tx) =>
        // The request that a count began with is long over.
        writeEntry(tx, context, isFirst ? door : { actor: door.actor }, {
          type: 'auth.not-found',
          outcome: 'denied',
          code: 'request/not-found',
          data: {
            route,
            id: id.toWellFormed().slice(0, idMax),
            count,
            ...(count > 1 && { window_s: windowSeconds }),
          },
        }),
      ),
  );
  return {
    note: (door, missing) => ledger.note(`${door.actor.channel} ${door.actor.id}`, { door, missing }),
    settle: () => ledger.settle(),
  };
}
