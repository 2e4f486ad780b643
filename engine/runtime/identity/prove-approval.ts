import type { ApprovalId, PersonId } from '../../../schemas/ids.ts';
import type { Evidence } from '../../core/approval/check-evidence.ts';
import type { PasskeyProof } from '../../core/approval/passkey-proof.ts';
import { digestOfWords, type SignedWord } from '../../core/approval/signed-words.ts';
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
    const evidence: Evidence = { v: 1, digest, ...signatureOf(proven, nonce) };
    const proof = { ...about, passkeyId, provedAtMs: await databaseNowMs(tx), evidence };
    return { ok: true, proof } as const;
  });
  if (used.ok) return used;
  await ledger.note(door, used);
  return { ok: false, code: used.code, detail: used.detail };
}

/**
 * The same for several at once, or for more than a yes: the person's own key has signed this list.
 *
 * @param about.words as `inOrder` has them
 */
export async function proveWords(
  context: IdentityContext,
  ledger: BadPasskeyLedger,
  door: Door,
  { personId, words }: { personId: PersonId; words: SignedWord[] },
  use: PasskeyUse,
): Promise<{ ok: true; proof: PasskeyProof } | IdentityRefusal> {
  const used = await context.database.transaction(async (tx) => {
    const proven = await usePasskey(tx, context, ['together'], use);
    if (!proven.ok) return proven;
    const { passkeyId, challenge } = proven;
    const { nonce } = challenge;
    const isThis = proven.personId === personId && challenge.digest === digestOfWords(words);
    if (!isThis || nonce === null) return { ...another, personId: proven.personId, passkeyId };
    const evidence: Evidence = { v: 2, words, ...signatureOf(proven, nonce) };
    const proof = { personId, words, passkeyId, provedAtMs: await databaseNowMs(tx), evidence };
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

export function signatureOf({ assertion, publicKey }: ProvenPasskey, nonce: Buffer) {
  const { credentialId, authenticatorData, clientDataJSON, signature } = assertion;
  return {
    nonce: nonce.toString('base64url'),
    credentialId,
    publicKey: publicKeyOf(publicKey).toString('base64url'),
    authenticatorData,
    clientDataJSON,
    signature,
  };
}
