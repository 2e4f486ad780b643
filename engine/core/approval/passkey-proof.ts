import type { ApprovalId, PasskeyId, PersonId } from '../../../schemas/ids.ts';
import type { Evidence } from './check-evidence.ts';
import { isAmong, reasonHash, type SignedWord } from './signed-words.ts';

/** Made where the signature was checked, and nowhere else. */
interface Given {
  passkeyId: PasskeyId;
  personId: PersonId;
  provedAtMs: number;
  evidence: Evidence;
}

/** Somebody's key has signed one question with its terms, or a list of words about some. */
export type PasskeyProof = Given & ({ approvalId: ApprovalId; digest: string } | { words: SignedWord[] });

/** What somebody says, as a proof would have to name it. */
export type ProvenWord = { approvalId: string; personId: string | null; digest: string } & (
  | { decision: 'approve' | 'deny' }
  | { decision: 'break-glass'; reason: string }
);

/** Whether it was given for this very word. */
export function provesThis(proof: PasskeyProof, said: ProvenWord): boolean {
  const { approvalId: approval, digest, decision } = said;
  if (decision === 'deny' || proof.personId !== said.personId) return false;
  if ('words' in proof) {
    const reason = decision === 'break-glass' ? { reason: reasonHash(said.reason) } : {};
    return isAmong(proof.words, { approval, digest, decision, ...reason });
  }
  return decision === 'approve' && proof.approvalId === approval && proof.digest === digest;
}
