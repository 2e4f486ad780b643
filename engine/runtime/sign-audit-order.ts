import { judgePerson, proposalEndsMs } from '../core/audit/order.ts';
import { encodeOrderEvidence } from '../core/audit/signed-order.ts';
import { signatureData, whyNoProof } from './audit/order-signature.ts';
import type { EngineParts } from './engine-parts.ts';
import type { OrderProof } from './identity/prove-order.ts';
import {
  type ByFreshPerson,
  lockOrders,
  type OrderAnswer,
  type OrderSetting,
  refuseWord,
  writeWord,
} from './order-audit.ts';
import { readOpenOrders } from './store/queries/audit-orders.ts';
import { databaseNowMs } from './store/queries/lock-scopes.ts';

/**
 * Whoever proposed an order signs it with their passkey. A word of its own: what is signed has the time of the database
 * in it, so it is there only once it is proposed, and a terminal proposes without a passkey.
 */
export async function signAuditOrder(
  parts: EngineParts,
  input: ByFreshPerson & { digest: string; proof: OrderProof },
  { signers = null }: OrderSetting = {},
): Promise<OrderAnswer> {
  const answer = await parts.database.transaction(async (tx): Promise<OrderAnswer> => {
    const { tenant } = parts;
    await lockOrders(tx, parts);
    const nowMs = await databaseNowMs(tx);
    const { digest, proof, personId } = input;
    const refused = judgePerson({ ...input, signedInAtMs: proof.provedAtMs }, nowMs);
    if (refused !== null) return await refuseWord(tx, parts, input, nowMs, refused.code, refused.detail);
    const open = (await readOpenOrders(tx, tenant)).find((order) => order.digest === digest);
    const why = whyNotMine(open, personId, nowMs);
    if (open === undefined || why !== null)
      return await refuseWord(tx, parts, input, nowMs, 'request/conflict', why ?? notThere);
    const { kind, log } = open.terms;
    if (open.signatures.proposer !== null)
      return { ok: true, kind, state: 'proposed', digest, toSign: false };
    const said = { personId, digest, role: 'proposer' } as const;
    const noProof = await whyNoProof(tx, tenant, proof, said, signers);
    if (noProof !== null) return await refuseWord(tx, parts, input, nowMs, 'audit/order-unsigned', noProof);
    await tx.query(
      'update audit_orders set proposed_signature = $3, proposed_passkey = $4 where tenant_id = $1 and number = $2',
      [tenant, open.number, encodeOrderEvidence(proof.evidence), proof.passkeyId],
    );
    await writeWord(tx, parts, input, nowMs, 'log.order-signed', {
      kind,
      log,
      digest,
      ...signatureData(proof),
    });
    return { ok: true, kind, state: 'proposed', digest, toSign: false };
  });
  parts.afterCommit({ entries: true });
  return answer;
}

const notThere = 'no order of this digest is proposed; read what is';

function whyNotMine(
  open: { state: string; proposedBy: string; proposedAt: Date } | undefined,
  personId: string | null,
  nowMs: number,
): string | null {
  if (open?.state !== 'proposed') return notThere;
  if (open.proposedBy !== personId)
    return 'whoever proposed it signs the proposal; a second person confirms it';
  if (nowMs >= proposalEndsMs(open.proposedAt.getTime()))
    return 'it was proposed more than a day ago, for reasons of then; propose it again';
  return null;
}
