import type { Code } from '../../schemas/codes.ts';
import type { JsonObject } from '../../schemas/json.ts';
import {
  encodeTerms,
  judgeConfirmation,
  judgePerson,
  kindsBeside,
  type OrderingPerson,
  type OrderKind,
  type OrderTerms,
} from '../core/audit/order.ts';
import { encodeOrderEvidence, type OrderSigner } from '../core/audit/signed-order.ts';
import type { Actor } from '../core/contracts/entry.ts';
import { groundOf, type Wish, whyStale } from './audit/order-ground.ts';
import { keyStands, signatureData, signaturesDemanded, whyNoProof } from './audit/order-signature.ts';
import type { EngineParts } from './engine-parts.ts';
import { mayStill } from './first-of-two.ts';
import type { OrderProof } from './identity/prove-order.ts';
import { recordAudit } from './record-audit.ts';
import { type OpenOrder, placesBehind, readOpenOrders } from './store/queries/audit-orders.ts';
import { databaseNowMs } from './store/queries/lock-scopes.ts';
import type { Tx } from './store/sql.ts';

/*
 * What two people order about the log: one proposes, another one confirms by the digest. The order is done
 * by the sequencer (`audit/begin-incarnation.ts`), the only one that writes the log and holds its keys.
 */

export interface ByFreshPerson extends OrderingPerson {
  actor: Actor;
  requestId: string;
}

export interface OrderSetting {
  /** `RIPOSTE_AUDIT_ORDER_KEYS`; null: not set. */
  signers?: readonly OrderSigner[] | null;
}

export type OrderAnswer =
  | {
      ok: true;
      kind: OrderKind;
      state: 'proposed' | 'confirmed';
      digest: string;
      /** Whoever proposed it has yet to sign it with their passkey; nobody can confirm it before. */
      toSign: boolean;
    }
  | { ok: false; code: Code; detail: string };

/** A new proposal takes the place of one of its kind that nobody has confirmed. */
export async function proposeAuditOrder(
  parts: EngineParts,
  input: ByFreshPerson & { wish: Wish; reason: string },
  { signers = null }: OrderSetting = {},
): Promise<OrderAnswer> {
  const answer = await parts.database.transaction(async (tx): Promise<OrderAnswer> => {
    await lockOrders(tx, parts);
    const nowMs = await databaseNowMs(tx);
    const refused = judgePerson(input, nowMs);
    if (refused !== null) return await refuseWord(tx, parts, input, nowMs, refused.code, refused.detail);
    const kinds = kindsBeside(input.wish.kind);
    const open = (await readOpenOrders(tx, parts.tenant)).find(({ terms }) => kinds.includes(terms.kind));
    if (open?.state === 'confirmed') {
      const places = await placesBehind(tx, parts.tenant, open);
      const waits =
        places.length === 0 ? '' : `; it waits for ${places.join(' and ')}, which two people may give up`;
      const detail = `two people have ordered this already (${open.terms.kind}), and the sequencer has yet to do it${waits}`;
      return await refuseWord(tx, parts, input, nowMs, 'request/conflict', detail);
    }
    const rests = await groundOf(tx, parts.tenant, input.wish);
    if (typeof rests === 'string')
      return await refuseWord(tx, parts, input, nowMs, 'request/conflict', rests);
    const terms: OrderTerms = {
      ...rests,
      reason: input.reason,
      proposedBy: input.personId ?? '',
      proposedAt: new Date(nowMs).toISOString(),
    };
    const { text, digest } = encodeTerms(terms);
    await tx.query(
      `update audit_orders set state = 'replaced', ended_at = clock_timestamp()
       where tenant_id = $1 and state = 'proposed' and kind = any($2)`,
      [parts.tenant, kinds],
    );
    await tx.query(
      `insert into audit_orders (tenant_id, number, kind, log_id, terms, digest, proposed_by)
       select $1, coalesce(max(number), 0) + 1, $2, $3, $4, $5, $6 from audit_orders where tenant_id = $1`,
      [parts.tenant, terms.kind, terms.log, text, digest, input.personId],
    );
    await writeWord(tx, parts, input, nowMs, 'log.order-proposed', {
      kind: terms.kind,
      log: terms.log,
      digest,
      // Byte for byte what the digest is of, so that the log alone says what was ordered.
      terms: text,
      ...(open === undefined ? {} : { replaces: open.digest }),
    });
    const toSign = await signaturesDemanded(tx, parts.tenant, signers);
    return { ok: true, kind: terms.kind, state: 'proposed', digest, toSign };
  });
  parts.afterCommit({ entries: true });
  return answer;
}

/** It holds two people, and somebody may be changing both of them. */
const twoPeople = { retries: 3 };

/** The second person says yes to exactly the order whose digest they name, as long as what it rests on still holds. */
export async function confirmAuditOrder(
  parts: EngineParts,
  input: ByFreshPerson & { digest: string; proof?: OrderProof | null },
  { signers = null }: OrderSetting = {},
): Promise<OrderAnswer> {
  const answer = await parts.database.transaction(async (tx): Promise<OrderAnswer> => {
    await lockOrders(tx, parts);
    const nowMs = await databaseNowMs(tx);
    const { digest, personId, proof = null } = input;
    const proposed = (await readOpenOrders(tx, parts.tenant)).filter(({ state }) => state === 'proposed');
    // When none is meant by its digest, what is said of another one holds.
    const open = proposed.find((order) => order.digest === digest) ?? proposed[0] ?? null;
    // A key that has just signed is as fresh as a sign-in.
    const signedInAtMs = proof?.provedAtMs ?? input.signedInAtMs;
    const refused =
      judgePerson({ personId, signedInAtMs }, nowMs) ??
      judgeConfirmation(open, { digest, personId: personId ?? '' }, nowMs);
    if (refused !== null || open === null) {
      const { code, detail } = refused ?? {
        code: 'request/conflict' as const,
        detail: 'nothing is proposed',
      };
      return await refuseWord(tx, parts, input, nowMs, code, detail);
    }
    if (!(await mayStill(tx, parts.tenant, open.proposedBy, 'audit.repair'))) {
      const detail = 'whoever proposed it may not order anything about the log any more; propose it again';
      return await refuseWord(tx, parts, input, nowMs, 'request/conflict', detail);
    }
    const stale = await whyStale(tx, parts.tenant, open.terms);
    if (stale !== null) return await refuseWord(tx, parts, input, nowMs, 'request/conflict', stale);
    const unsigned = await whyUnsigned(tx, parts, open, { personId, proof }, signers);
    if (unsigned !== null) return await refuseWord(tx, parts, input, nowMs, 'audit/order-unsigned', unsigned);
    await tx.query(
      `update audit_orders set state = 'confirmed', confirmed_by = $3, confirmed_at = clock_timestamp(),
         confirmed_signature = $4, confirmed_passkey = $5
       where tenant_id = $1 and number = $2`,
      [
        parts.tenant,
        open.number,
        personId,
        proof === null ? null : encodeOrderEvidence(proof.evidence),
        proof?.passkeyId ?? null,
      ],
    );
    const { kind, log } = open.terms;
    await writeWord(tx, parts, input, nowMs, 'log.order-confirmed', {
      kind,
      log,
      digest,
      proposed_by: open.proposedBy,
      ...signatureData(proof),
    });
    return { ok: true, kind, state: 'confirmed', digest, toSign: false };
  }, twoPeople);
  parts.afterCommit({ entries: true });
  return answer;
}

/** What is signed has to stand now, whether or not it had to be signed. */
async function whyUnsigned(
  tx: Tx,
  { tenant }: EngineParts,
  { digest, signatures, proposedPasskey }: OpenOrder,
  { personId, proof }: { personId: string | null; proof: OrderProof | null },
  signers: readonly OrderSigner[] | null,
): Promise<string | null> {
  const demanded = await signaturesDemanded(tx, tenant, signers);
  if (demanded && signatures.proposer === null)
    return `whoever proposed it has yet to sign it with their passkey, ${where}`;
  if (proposedPasskey !== null && !(await keyStands(tx, tenant, proposedPasskey)))
    return 'the passkey that signed the proposal was removed; propose it again';
  if (proof !== null)
    return await whyNoProof(tx, tenant, proof, { personId, digest, role: 'confirmer' }, signers);
  return demanded ? `you confirm it by signing it with your passkey, ${where}` : null;
}

const where = 'on the page Log of the console (/audit/log)';

/** One at a time: the numbers count up, and of two who confirm at once the second finds it confirmed. */
export async function lockOrders(tx: Tx, { tenant }: EngineParts): Promise<void> {
  await tx.query("select pg_advisory_xact_lock(hashtextextended('riposte.orders.' || $1, 0))", [tenant]);
}

export async function refuseWord(
  tx: Tx,
  parts: EngineParts,
  input: ByFreshPerson,
  nowMs: number,
  code: Code,
  detail: string,
): Promise<OrderAnswer> {
  const entry = {
    type: 'log.order-refused' as const,
    actor: input.actor,
    requestId: input.requestId,
    outcome: 'denied' as const,
    code,
    reason: detail,
  };
  await recordAudit(tx, parts.tenant, nowMs, [entry], parts.mint);
  return { ok: false, code, detail };
}

export async function writeWord(
  tx: Tx,
  parts: EngineParts,
  input: ByFreshPerson & { reason?: string },
  nowMs: number,
  type: 'log.order-proposed' | 'log.order-signed' | 'log.order-confirmed',
  data: JsonObject,
): Promise<void> {
  const { actor, requestId, reason } = input;
  const said = reason === undefined ? {} : { reason };
  const entry = { type, actor, requestId, ...said, outcome: 'success' as const, data };
  await recordAudit(tx, parts.tenant, nowMs, [entry], parts.mint);
}
