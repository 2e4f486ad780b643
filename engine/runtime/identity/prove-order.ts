import type { PasskeyId, PersonId } from '../../../schemas/ids.ts';
import type { OrderEvidence, OrderRole } from '../../core/audit/signed-order.ts';
import { databaseNowMs } from '../store/queries/lock-scopes.ts';
import type { Door, IdentityContext, IdentityRefusal } from './identity-context.ts';
import type { BadPasskeyLedger } from './note-bad-passkey.ts';
import { signatureOf } from './prove-approval.ts';
import { type PasskeyUse, usePasskey } from './use-passkey.ts';

/** Made where the signature was checked, and nowhere else. */
export interface OrderProof {
  personId: PersonId;
  passkeyId: PasskeyId;
  provedAtMs: number;
  evidence: OrderEvidence;
}

/** What a person is about to sign. */
export interface ToOrder {
  personId: PersonId;
  /** Of the terms. */
  digest: string;
  role: OrderRole;
}

/** How a challenge is opened for it. */
export const purposeOf = { proposer: 'propose-order', confirmer: 'confirm-order' } as const;

/**
 * The person's own key has signed this order as this one of its two people. Nothing is ordered: the proof goes on to
 * whoever orders it, who judges it again with the order.
 */
export async function proveOrder(
  context: IdentityContext,
  ledger: BadPasskeyLedger,
  door: Door,
  { personId, digest, role }: ToOrder,
  use: PasskeyUse,
): Promise<{ ok: true; proof: OrderProof } | IdentityRefusal> {
  const used = await context.database.transaction(async (tx) => {
    const proven = await usePasskey(tx, context, [purposeOf[role]], use);
    if (!proven.ok) return proven;
    const { passkeyId, challenge } = proven;
    const isThis = proven.personId === personId && challenge.digest === digest;
    if (!isThis || challenge.nonce === null) return { ...another, personId: proven.personId, passkeyId };
    const evidence: OrderEvidence = { v: 1, order: digest, role, ...signatureOf(proven, challenge.nonce) };
    return {
      ok: true,
      proof: { personId, passkeyId, provedAtMs: await databaseNowMs(tx), evidence },
    } as const;
  });
  if (used.ok) return used;
  await ledger.note(door, used);
  return { ok: false, code: used.code, detail: used.detail };
}

const another = {
  ok: false,
  code: 'auth/bad-passkey',
  detail: 'The passkey signed another order about the log. Nothing was changed; read it again.',
  why: 'the key signed another order',
} as const;
