import type { TenantId } from '../../../schemas/ids.ts';
import { keyChangeMessage } from '../../core/audit/order.ts';
import { givenBy } from './check-order-signed.ts';
import type { Claim } from './claim-log.ts';
import { NotOrdered, orderToDo, type SignedOrder } from './order-to-do.ts';
import type { OwnEntry } from './sequence-batch.ts';
import type { LogSigner } from './signing-key.ts';

/*
 * The key in force hands over to a new one: an entry that names both and that it has signed, sealed in one
 * transaction with the log's new key, and a checkpoint right behind it that both of them sign (`find-voucher.ts`).
 * Whoever knows the old key follows to the new one over both and over nothing else: the entry alone could be
 * written by whoever can write entries, and the checkpoint alone is signed over everything that is sealed.
 */

const insertKey = `
insert into audit_key (tenant_id, log_id, since, vkey, by_vkey) values ($1, $2, $3, $4, $5)`;

/** The database looks at the order once more. */
const replaceKey = `update audit_log_meta set vkey = $3 where tenant_id = $1 and log_id = $2`;

const endOrder = `
update audit_orders set state = 'done', ended_at = clock_timestamp() where tenant_id = $1 and number = $2`;

/** @param claim with the key in force, which signs that `to` follows it */
export function planKeyChange(
  tenant: TenantId,
  claim: Claim & { signer: LogSigner },
  order: SignedOrder,
  to: string,
): OwnEntry {
  const { terms, digest, signed, signers } = order;
  const from = terms.kind === 'key' ? terms.key : '';
  const message = keyChangeMessage(claim.origin, { from, to });
  const signature = Buffer.from(claim.signer.sign(Buffer.from(message))).toString('base64');
  return {
    draft: {
      type: 'log.key-changed',
      actor: { kind: 'system', id: 'sequencer', channel: 'engine' },
      reason: terms.reason,
      outcome: 'success',
      data: { from, to, signature, ...givenBy(order, signed, signers) },
    },
    async alongside(tx, index, pass) {
      const now = await orderToDo(tx, tenant, digest, signers);
      if (now.terms.kind !== 'key') throw new NotOrdered();
      pass?.('own.step');
      await tx.query(insertKey, [tenant, claim.logId, index, to, from]);
      pass?.('own.step');
      await tx.query(replaceKey, [tenant, claim.logId, to]);
      pass?.('own.step');
      await tx.query(endOrder, [tenant, order.number]);
      pass?.('own.step');
    },
  };
}
