import type { ApprovalId, PasskeyId, PersonId } from '../../../schemas/ids.ts';
import type { Evidence } from './check-evidence.ts';

/** Somebody's key has signed one question with its terms. Made where the signature was checked, and nowhere else. */
export interface PasskeyProof {
  passkeyId: PasskeyId;
  personId: PersonId;
  approvalId: ApprovalId;
  digest: string;
  provedAtMs: number;
  evidence: Evidence;
}

/** Whether it was given for this very yes. */
export function provesThis(
  proof: PasskeyProof,
  said: { approvalId: string; personId: string | null; digest: string; decision: 'approve' | 'deny' },
): boolean {
  return (
    said.decision === 'approve' &&
    proof.approvalId === said.approvalId &&
    proof.personId === said.personId &&
    proof.digest === said.digest
  );
}
