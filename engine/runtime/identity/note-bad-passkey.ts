import type { Code } from '../../../schemas/codes.ts';
import type { PasskeyId } from '../../../schemas/ids.ts';
import { type Door, type IdentityContext, writeEntry } from './identity-context.ts';
import { createMinuteLedger, windowSeconds } from './minute-ledger.ts';

/*
 * Anybody can send what no key has signed, as often as they like. Per key and code that leaves two entries a minute
 * and the number.
 */

export interface BadPasskey {
  code: Code;
  why: string;
  passkeyId: PasskeyId | null;
}

export interface BadPasskeyLedger {
  note(door: Door, bad: BadPasskey): Promise<void>;
  /** Writes at once what was counted. */
  settle(): Promise<void>;
}

export function createBadPasskeyLedger(context: IdentityContext): BadPasskeyLedger {
  const ledger = createMinuteLedger<{ door: Door; bad: BadPasskey }>(
    ({ door, bad: { code, why, passkeyId } }, count, isFirst) =>
      context.database.transaction((tx) =>
        writeEntry(tx, context, isFirst ? door : { actor: door.actor }, {
          type: 'auth.failed',
          outcome: 'denied',
          code,
          reason: why,
          data: {
            ...(passkeyId !== null && { passkeyId }),
            count,
            ...(count > 1 && { window_s: windowSeconds }),
          },
        }),
      ),
  );
  return {
    note: (door, bad) => ledger.note(`${bad.code} ${door.actor.id} ${bad.passkeyId}`, { door, bad }),
    settle: () => ledger.settle(),
  };
}
