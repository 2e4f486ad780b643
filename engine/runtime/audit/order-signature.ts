import type { TenantId } from '../../../schemas/ids.ts';
import type { JsonObject } from '../../../schemas/json.ts';
import { isListed } from '../../core/audit/judge-signatures.ts';
import {
  encodeOrderEvidence,
  keyOf,
  type OrderRole,
  type OrderSigner,
} from '../../core/audit/signed-order.ts';
import { mayI } from '../../core/identity/rights.ts';
import type { OrderProof } from '../identity/prove-order.ts';
import type { Sql, Tx } from '../store/sql.ts';

/* What the people who order something about the log sign with their passkeys, as the doors see it. */

const selectKeyed = `
select distinct p.id, p.roles from passkeys k join people p on p.tenant_id = k.tenant_id and p.id = k.person_id
where k.tenant_id = $1 and k.removed_at is null and p.active`;

/**
 * Whether both people have to sign: the operator's list says so, or one of those who may order has a passkey. Nobody's
 * session is then worth less than another's, and what nobody signed is told apart at a glance.
 */
export async function signaturesDemanded(
  sql: Sql,
  tenant: TenantId,
  signers: readonly OrderSigner[] | null,
): Promise<boolean> {
  if (signers !== null) return true;
  const { rows } = await sql.query<{ id: string; roles: string[] }>(selectKeyed, [tenant]);
  return rows.some(({ id, roles }) => mayI({ kind: 'person', id, roles }, 'audit.repair').allowed);
}

/**
 * Why this proof does not stand below this word of this person; null when it does. The key is shared until the commit:
 * whoever removes it waits, so that in the log no key signs after its end.
 */
export async function whyNoProof(
  tx: Tx,
  tenant: TenantId,
  proof: OrderProof,
  said: { personId: string | null; digest: string; role: OrderRole },
  signers: readonly OrderSigner[] | null,
): Promise<string | null> {
  const { evidence, personId, passkeyId } = proof;
  if (personId !== said.personId || evidence.order !== said.digest || evidence.role !== said.role)
    return 'the passkey signed another order, or as the other one of the two';
  if (encodeOrderEvidence(evidence).length > evidenceMax)
    return 'what this passkey answers is too long for an entry; use another one';
  if (!(await keyStands(tx, tenant, passkeyId))) return 'the passkey was removed meanwhile';
  if (signers !== null && !isListed(signers, personId, keyOf(evidence)))
    return 'this passkey is not in RIPOSTE_AUDIT_ORDER_KEYS for you, so the sequencer would refuse it';
  return null;
}

/** As the column has it: an RSA key of 4096 bits makes about 2,200, and two of them go into one entry with the terms. */
const evidenceMax = 2_500;

/** Shared until the commit. */
export async function keyStands(tx: Tx, tenant: TenantId, passkeyId: string): Promise<boolean> {
  const { rows } = await tx.query(
    'select 1 from passkeys where tenant_id = $1 and id = $2 and removed_at is null for share',
    [tenant, passkeyId],
  );
  return rows.length > 0;
}

/** For the entry of who signed: a stranger needs nothing else to check it but the entry of the key. */
export function signatureData(proof: OrderProof | null): JsonObject {
  if (proof === null) return { signed: false };
  const { passkeyId, evidence } = proof;
  return { signed: true, passkeyId, publicKey: keyOf(evidence), evidence: { ...evidence } };
}
