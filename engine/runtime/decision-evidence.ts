import type { DecisionId } from '../../schemas/ids.ts';
import { evidenceBytes, sha256Of } from '../core/approval/check-evidence.ts';
import { type PasskeyProof, provesThis } from '../core/approval/passkey-proof.ts';
import type { Tx } from './store/sql.ts';

/* What a person's key signed for a decision: judged with it, stored with it, and named by its entry. */

/**
 * Null when there is none, or it is not for this: then the sign-in alone says how fresh the person's word is. The key
 * is not locked, as a token is not: whoever removes it in this instant comes first or second.
 */
export async function standingProof(
  tx: Tx,
  tenant: string,
  said: Parameters<typeof provesThis>[1] & { proof?: PasskeyProof | null },
): Promise<PasskeyProof | null> {
  const { proof = null } = said;
  if (proof === null || !provesThis(proof, said)) return null;
  const { rows } = await tx.query(
    'select 1 from passkeys where tenant_id = $1 and id = $2 and person_id = $3 and removed_at is null',
    [tenant, proof.passkeyId, proof.personId],
  );
  return rows.length > 0 ? proof : null;
}

export async function insertEvidence(
  tx: Tx,
  tenant: string,
  decisionId: DecisionId,
  { passkeyId, evidence }: PasskeyProof,
): Promise<void> {
  await tx.query(
    'insert into decision_evidence (tenant_id, decision_id, passkey_id, evidence) values ($1, $2, $3, $4)',
    [tenant, decisionId, passkeyId, evidenceBytes(evidence)],
  );
}

/** For the entry: which key, and the hash of what it signed. The evidence itself would make up half of an entry. */
export function evidenceOf({ passkeyId, evidence }: PasskeyProof): { passkeyId: string; evidence: string } {
  return { passkeyId, evidence: sha256Of(evidenceBytes(evidence)) };
}
