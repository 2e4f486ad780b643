import { encodeTerms, type OrderTerms } from './order.ts';
import {
  keyOf,
  type OrderEvidence,
  type OrderRole,
  type OrderSigner,
  orderRoles,
  readOrderEvidence,
  whyNotSignedAs,
} from './signed-order.ts';

/*
 * Whether two people have signed an order about the log. Decides it from the order and, where signatures are demanded,
 * from the list that the host of the sequencer has: rows and entries are the application's word, and so is every key
 * that they name. Refuses to know whether a key was removed since.
 */

/** What is below an order, as its row has it. */
export interface OrderSignatures {
  proposer: string | null;
  confirmer: string | null;
}

export interface SignableOrder {
  digest: string;
  terms: OrderTerms;
  proposedBy: string;
  confirmedBy: string | null;
  signatures: OrderSignatures;
}

export type Signed = { [role in OrderRole]: OrderEvidence | null };

/** @param signers null: nobody has to sign; what is signed all the same has to hold */
export function judgeSignatures(
  order: SignableOrder,
  signers: readonly OrderSigner[] | null,
): { ok: true; signed: Signed } | { ok: false; why: string } {
  const { digest, terms, proposedBy, confirmedBy } = order;
  if (encodeTerms(terms).digest !== digest) return { ok: false, why: 'its digest is not that of its terms' };
  if (terms.proposedBy !== proposedBy || confirmedBy === proposedBy)
    return { ok: false, why: 'its terms name other people than those who gave it' };
  const signed: Signed = { proposer: null, confirmer: null };
  for (const role of orderRoles) {
    const text = order.signatures[role];
    if (text === null) {
      if (signers !== null) return { ok: false, why: `its ${role} has not signed it with a passkey` };
      continue;
    }
    const evidence = readOrderEvidence(text);
    const why = evidence === null ? 'it cannot be read' : whyNotSignedAs(evidence, { order: digest, role });
    if (evidence === null || why !== null)
      return { ok: false, why: `the signature of its ${role} does not hold: ${why}` };
    const personId = role === 'proposer' ? proposedBy : confirmedBy;
    if (signers !== null && !isListed(signers, personId, keyOf(evidence)))
      return {
        ok: false,
        why: `its ${role} has signed with a passkey that is not in the list of this host for ${personId}`,
      };
    signed[role] = evidence;
  }
  return { ok: true, signed };
}

export function isListed(signers: readonly OrderSigner[], personId: string | null, key: string): boolean {
  return signers.some((signer) => signer.personId === personId && signer.publicKey === key);
}
