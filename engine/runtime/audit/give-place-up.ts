import type { MintId, TenantId } from '../../../schemas/ids.ts';
import { encodeEntry } from '../../core/audit/entry.ts';
import type { OrderSigner } from '../../core/audit/signed-order.ts';
import type { EntryDraft } from '../../core/contracts/entry.ts';
import type { Pass } from '../fault-point.ts';
import type { Database } from '../store/database.ts';
import { readOpenOrders } from '../store/queries/audit-orders.ts';
import { databaseNowMs } from '../store/queries/lock-scopes.ts';
import type { Sql } from '../store/sql.ts';
import { givenBy } from './check-order-signed.ts';
import { NotOrdered, orderToDo } from './order-to-do.ts';

/*
 * A place outside that two people have given up is out of every comparison from then on. Any sequencer may do
 * it, and does it before it claims the log: a place that is dead keeps the log from being led.
 */

const give = 'select give_place_up($1, $2, $3, $4, $5)';

/** @throws NotOrdered when it is not so any more; nothing is written then */
export async function givePlaceUp(
  { database, tenant, mint, pass }: { database: Database; tenant: TenantId; mint: MintId; pass?: Pass },
  digest: string,
  signers: readonly OrderSigner[] | null,
): Promise<void> {
  await database.transaction(async (tx) => {
    const order = await orderToDo(tx, tenant, digest, signers);
    pass?.('place.step');
    const { terms, signed } = order;
    if (terms.kind !== 'place') throw new NotOrdered();
    const { log, place, carried, problem } = terms;
    const draft: EntryDraft = {
      type: 'log.place-given-up',
      actor: { kind: 'system', id: 'sequencer', channel: 'engine' },
      reason: terms.reason,
      outcome: 'success',
      data: {
        log,
        place,
        carried,
        problem,
        ...givenBy(order, signed, signers),
      },
    };
    const nowMs = await databaseNowMs(tx);
    pass?.('place.step');
    const { id, bytes, leaf } = encodeEntry(draft, { id: mint('EntryId'), nowMs, tenant });
    await tx.query(give, [tenant, order.number, id, bytes, leaf]);
    pass?.('place.step');
  });
  pass?.('place.given-up');
}

/** The digest of what is ordered and needs no log that is led; null when there is no such thing. */
export async function orderedPlace(sql: Sql, tenant: TenantId): Promise<string | null> {
  const orders = await readOpenOrders(sql, tenant);
  return orders.find(({ state, terms }) => state === 'confirmed' && terms.kind === 'place')?.digest ?? null;
}
