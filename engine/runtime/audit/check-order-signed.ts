import type { TenantId } from '../../../schemas/ids.ts';
import type { JsonObject } from '../../../schemas/json.ts';
import { judgeSignatures, type Signed } from '../../core/audit/judge-signatures.ts';
import { keyEnded } from '../../core/audit/key-standing.ts';
import { encodeTerms } from '../../core/audit/order.ts';
import { readEntry } from '../../core/audit/read-entry.ts';
import { keyOf, type OrderSigner } from '../../core/audit/signed-order.ts';
import type { Entry } from '../../core/contracts/entry.ts';
import type { OpenOrder } from '../store/queries/audit-orders.ts';
import type { Sql } from '../store/sql.ts';

/*
 * The sequencer's own look at who signed an order, before it does it. Which keys are real it knows from the list of its
 * host and from nothing else: rows and entries of the application name whatever whoever has its password wants. What
 * the sealed log adds is that a key has ended: nobody takes such an entry out again.
 */

/** Of all logs, oldest first, along an index of their own. Texts that went by retention say nothing. */
const selectOfKeys = `
select e.entry from audit_log e join audit_log_meta m on m.tenant_id = $1 and m.log_id = e.log_id
where e.tenant_id = $1 and e.type in ('passkey.created', 'passkey.removed', 'person.changed', 'person.unlinked')
  and e.entry is not null
order by m.incarnation, e.idx`;

/** @returns what they signed, or why nothing is done */
export async function checkOrderSigned(
  sql: Sql,
  tenant: TenantId,
  order: OpenOrder,
  signers: readonly OrderSigner[] | null,
): Promise<{ ok: true; signed: Signed } | { ok: false; why: string }> {
  const judged = judgeSignatures(order, signers);
  if (!judged.ok) return judged;
  const keys = Object.values(judged.signed).flatMap((evidence) =>
    evidence === null ? [] : [keyOf(evidence)],
  );
  if (keys.length === 0) return judged;
  const { rows } = await sql.query<{ entry: Uint8Array }>(selectOfKeys, [tenant]);
  const entries = rows.flatMap(({ entry }): Entry[] => {
    const read = readEntry(entry);
    return read.ok ? [read.entry] : [];
  });
  const ended = keys.map((key) => keyEnded(entries, key)).find((why) => why !== null);
  return ended == null ? judged : { ok: false, why: ended };
}

/** For the entry that says that it is done: who gave it, what they signed, and whether they had to. */
export function givenBy(
  { digest, proposedBy, confirmedBy, terms }: OpenOrder,
  signed: Signed,
  signers: readonly OrderSigner[] | null,
): JsonObject {
  const { text } = encodeTerms(terms);
  const { proposer, confirmer } = signed;
  return {
    order: digest,
    proposed_by: proposedBy,
    confirmed_by: confirmedBy,
    ...(Buffer.byteLength(text) <= termsMax && { terms: text }),
    signatures: {
      demanded: signers !== null,
      proposer: proposer === null ? null : { ...proposer },
      confirmer: confirmer === null ? null : { ...confirmer },
    },
  };
}

/** Those of a new log repeat what is known of the old one, and an entry has 16 KiB. */
const termsMax = 3_000;
