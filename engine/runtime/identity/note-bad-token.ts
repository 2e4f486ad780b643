import type { TokenObjection } from '../../core/identity/judge-workload-token.ts';
import { type Door, type IdentityContext, writeEntry } from './identity-context.ts';
import { createMinuteLedger, windowSeconds } from './minute-ledger.ts';

/*
 * Tokens of another issuer that let nobody in. Anybody can make what looks like one, and whoever has an account at a
 * large issuer can have it make real ones: per issuer and reason that leaves two entries a minute and the number.
 */

export interface BadToken {
  issuer: string;
  why: TokenObjection;
  /** Only where the issuer has signed it. */
  subject: string | null;
}

export interface BadTokenLedger {
  note(door: Door, bad: BadToken, address: string): Promise<void>;
  /** Writes at once what was counted. */
  settle(): Promise<void>;
}

/** As a subject may be long that is refused for it. */
const subjectMax = 300;

export function createBadTokenLedger(context: IdentityContext): BadTokenLedger {
  const ledger = createMinuteLedger<{ door: Door; bad: BadToken; address: string }>(
    ({ door, bad: { issuer, why, subject }, address }, count, isFirst) =>
      context.database.transaction((tx) =>
        writeEntry(tx, context, isFirst ? door : { actor: door.actor }, {
          type: 'auth.failed',
          outcome: 'denied',
          code: 'auth/bad-token',
          reason: why,
          data: {
            issuer,
            ...(subject !== null && { subject: subject.toWellFormed().slice(0, subjectMax) }),
            address,
            count,
            ...(!isFirst && { window_s: windowSeconds }),
          },
        }),
      ),
  );
  return {
    note: (door, bad, address) => ledger.note(`${bad.why} ${bad.issuer}`, { door, bad, address }),
    settle: () => ledger.settle(),
  };
}
