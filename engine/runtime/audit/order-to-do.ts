import type { Code } from '../../../schemas/codes.ts';
import type { MintId, TenantId } from '../../../schemas/ids.ts';
import { encodeEntry } from '../../core/audit/entry.ts';
import type { Signed } from '../../core/audit/judge-signatures.ts';
import type { OrderSigner } from '../../core/audit/signed-order.ts';
import type { EntryDraft } from '../../core/contracts/entry.ts';
import type { Database } from '../store/database.ts';
import { type OpenOrder, readOpenOrders } from '../store/queries/audit-orders.ts';
import { databaseNowMs } from '../store/queries/lock-scopes.ts';
import type { Sql } from '../store/sql.ts';
import { checkOrderSigned } from './check-order-signed.ts';
import { whyStale } from './order-ground.ts';

export type SignedOrder = OpenOrder & {
  signed: Signed;
  /** The list that it was held against; null: nobody had to sign. */
  signers: readonly OrderSigner[] | null;
};

/** What was ordered is not so any more. Rolls back what was begun: the log stays as it is. */
export class NotOrdered extends Error {
  readonly order: OpenOrder | null;
  readonly code: Code;
  constructor(order: OpenOrder | null = null, why = 'nothing is ordered', code: Code = 'request/conflict') {
    super(why);
    this.name = 'NotOrdered';
    this.order = order;
    this.code = code;
  }
}

const stillOrdered = 'select is_audit_ordered($1, $2, $3) as stands';

/**
 * The confirmed order with this digest, as long as what it rests on is so and both people have signed what they had to.
 * @param sql the transaction that does it
 * @param signers whose signatures are demanded; null: nobody's
 * @throws NotOrdered
 */
export async function orderToDo(
  sql: Sql,
  tenant: TenantId,
  digest: string,
  signers: readonly OrderSigner[] | null,
): Promise<SignedOrder> {
  const order = (await readOpenOrders(sql, tenant)).find((each) => each.digest === digest);
  if (order?.state !== 'confirmed') throw new NotOrdered();
  const stale = await whyStale(sql, tenant, order.terms);
  if (stale !== null) throw new NotOrdered(order, stale);
  const judged = await checkOrderSigned(sql, tenant, order, signers);
  if (!judged.ok) throw new NotOrdered(order, judged.why, 'audit/order-unsigned');
  const { kind, log } = order.terms;
  const { rows } = await sql.query<{ stands: boolean }>(stillOrdered, [tenant, kind, log]);
  if (rows[0]?.stands !== true)
    throw new NotOrdered(
      order,
      'one of the two people who ordered it is not active any more or may not order it any more, or their passkey was removed',
    );
  return { ...order, signed: judged.signed, signers };
}

const refuse = 'select refuse_audit_order($1, $2, $3, $4, $5, $6)';

/** With its entry; the sequencer can write no other one among the pending. */
export async function refuseOrder(
  database: Database,
  tenant: TenantId,
  mint: MintId,
  { order, message, code }: NotOrdered,
): Promise<void> {
  if (order === null) return;
  const { kind, log } = order.terms;
  const draft: EntryDraft = {
    type: 'log.order-refused',
    actor: { kind: 'system', id: 'sequencer', channel: 'engine' },
    outcome: 'failure',
    code,
    reason: message,
    data: { kind, log, digest: order.digest },
  };
  await database.transaction(async (tx) => {
    const nowMs = await databaseNowMs(tx);
    const { id, bytes, leaf } = encodeEntry(draft, { id: mint('EntryId'), nowMs, tenant });
    await tx.query(refuse, [tenant, order.number, message, id, bytes, leaf]);
  });
}
