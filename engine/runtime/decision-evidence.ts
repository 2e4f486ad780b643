import type { DecisionId } from '../../schemas/ids.ts';
import { evidenceBytes, sha256Of } from '../core/approval/check-evidence.ts';
import { type PasskeyProof, type ProvenWord, provesThis } from '../core/approval/passkey-proof.ts';
import type { Tx } from './store/sql.ts';

/* What a person's key signed for a decision: judged with it, stored with it, and named by its entry. */

/**
 * Null when there is none, or it is not for this: then the sign-in alone says how fresh the person's word is. The key
 * is shared until the commit: whoever removes it waits, so that in the log no key signs after its end.
 */
export async function standingProof(
  tx: Tx,
  tenant: string,
  said: ProvenWord & { proof?: PasskeyProof | null },
): Promise<PasskeyProof | null> {
  const { proof = null } = said;
  if (proof === null || !provesThis(proof, said)) return null;
  const { rows } = await tx.query(
    'select 1 from passkeys where tenant_id = $1 and id = $2 and person_id = $3 and removed_at is null for share',
    [tenant, proof.passkeyId, proof.personId],
  );
  return rows.length > 0 ? proof : null;
}

export async function insertEvidence(
  tx: Tx,
  tenant: string,
  decisionId: DecisionId,
  proof: PasskeyProof,
): Promise<void> {
  const shared = 'words' in proof ? await shareEvidence(tx, tenant, proof) : null;
  const { passkeyId, evidence } = proof;
  await tx.query(
    `insert into decision_evidence (tenant_id, decision_id, passkey_id, evidence, shared)
     values ($1, $2, $3, $4, $5)`,
    [tenant, decisionId, passkeyId, shared === null ? evidenceBytes(evidence) : null, shared],
  );
}

/**
 * Stored by the first word that counts; the others name it.
 *
 * @returns its hash
 */
export async function shareEvidence(
  tx: Tx,
  tenant: string,
  { passkeyId, evidence }: PasskeyProof,
): Promise<string> {
  const bytes = evidenceBytes(evidence);
  const hash = sha256Of(bytes);
  await tx.query(
    `insert into shared_evidence (tenant_id, hash, passkey_id, evidence) values ($1, $2, $3, $4)
     on conflict do nothing`,
    [tenant, hash, passkeyId, bytes],
  );
  return hash;
}

/** For the entry: which key, and the hash of what it signed. The evidence itself would make up half of an entry. */
export function evidenceOf({ passkeyId, evidence }: PasskeyProof): { passkeyId: string; evidence: string } {
  return { passkeyId, evidence: sha256Of(evidenceBytes(evidence)) };
}
