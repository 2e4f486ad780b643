import { type Door, type IdentityContext, writeEntry } from './identity-context.ts';
import { createMinuteLedger } from './minute-ledger.ts';

/*
 * Which token of another issuer let somebody in, by which rules: written before the first thing that is done with it,
 * and how often it came in the hour after that. The token itself is kept nowhere; what is done with it is told by its
 * actor and its request.
 */

export interface Admission {
  /** Of the token: tells it from others for as long as this process counts. */
  digest: string;
  issuer: string;
  subject: string;
  /** By their names. */
  rules: string[];
  roles: string[];
  /** As its issuer calls it (`jti`). */
  tokenId: string | null;
  expiresAt: string;
}

export interface AdmissionLedger {
  note(door: Door, admission: Admission): Promise<void>;
  /** Writes at once what was counted. */
  settle(): Promise<void>;
}

const minutes = 60;

/** It is the issuer's text. */
const tokenIdMax = 200;

export function createAdmissionLedger(context: IdentityContext): AdmissionLedger {
  const ledger = createMinuteLedger<{ door: Door; admission: Admission }>(
    ({ door, admission: { digest: _, tokenId, ...data } }, count, isFirst) =>
      context.database.transaction((tx) =>
        writeEntry(tx, context, isFirst ? door : { actor: door.actor }, {
          type: 'auth.admitted',
          outcome: 'success',
          data: {
            ...data,
            ...(tokenId !== null && { tokenId: tokenId.toWellFormed().slice(0, tokenIdMax) }),
            count,
            ...(!isFirst && { window_s: minutes * 60 }),
          },
        }),
      ),
    minutes,
  );
  return {
    note: (door, admission) => ledger.note(admission.digest, { door, admission }),
    settle: () => ledger.settle(),
  };
}
