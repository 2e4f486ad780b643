import type { ApprovalId, PersonId } from '../../../schemas/ids.ts';
import type { Evidence } from '../../core/approval/check-evidence.ts';
import type { PasskeyProof } from '../../core/approval/passkey-proof.ts';
import { databaseNowMs } from '../store/queries/lock-scopes.ts';
import type { Door, IdentityContext, IdentityRefusal } from './identity-context.ts';
import type { BadPasskeyLedger } from './note-bad-passkey.ts';
import { publicKeyOf } from './passkey-ceremony.ts';
import { type PasskeyUse, type ProvenPasskey, usePasskey } from './use-passkey.ts';

/** What a person is about to say yes to. */
export interface ToApprove {
  personId: PersonId;
  approvalId: ApprovalId;
  digest: string;
}

/**
 * The person's own key has signed this question with these terms. Nothing is decided: whoever decides hands the proof
 * on, and it is judged again with the question.
 */
export async function proveApproval(
  context: IdentityContext,
  ledger: BadPasskeyLedger,
  door: Door,
  about: ToApprove,
  use: PasskeyUse,
): Promise<{ ok: true; proof: PasskeyProof } | IdentityRefusal> {
  const used = await context.database.transaction(async (tx) => {
    const proven = await usePasskey(tx, context, ['approve'], use);
    if (!proven.ok) return proven;
    const { passkeyId, personId } = proven;
    const { approvalId, digest, nonce } = proven.challenge;
    const isThis = personId === about.personId && approvalId === about.approvalId && digest === about.digest;
    if (!isThis || nonce === null) return { ...another, passkeyId };
    const evidence = evidenceOf(proven, about.digest, nonce);
    const proof = { ...about, passkeyId, provedAtMs: await databaseNowMs(tx), evidence };
    return { ok: true, proof } as const;
  });
  if (used.ok) return used;
  await ledger.note(door, used);
  return { ok: false, code: used.code, detail: used.detail };
}

const another = {
  ok: false,
  code: 'auth/bad-passkey',
  detail: 'The passkey signed another question, or other terms. Nothing was recorded; read the card again.',
  why: 'the key signed another question or other terms',
} as const;

function evidenceOf({ assertion, publicKey }: ProvenPasskey, digest: string, nonce: Buffer): Evidence {
  const { credentialId, authenticatorData, clientDataJSON, signature } = assertion;
  return {
    v: 1,
    digest,
    nonce: nonce.toString('base64url'),
    credentialId,
    publicKey: publicKeyOf(publicKey).toString('base64url'),
    authenticatorData,
    clientDataJSON,
    signature,
  };
}
