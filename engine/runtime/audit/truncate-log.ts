import type { TenantId } from '../../../schemas/ids.ts';
import { truncationMessage } from '../../core/audit/order.ts';
import type { Pass } from '../fault-point.ts';
import type { Database } from '../store/database.ts';
import type { OpenOrder } from '../store/queries/audit-orders.ts';
import type { Sql } from '../store/sql.ts';
import { givenBy } from './check-order-signed.ts';
import type { Claim } from './claim-log.ts';
import { NotOrdered, orderToDo, type SignedOrder } from './order-to-do.ts';
import type { OwnEntry } from './sequence-batch.ts';
import type { LogSigner } from './signing-key.ts';

/*
 * Retention with a proof, in the order that two people gave: the entry that says it, signed by the log's key;
 * a checkpoint over that entry, kept here and in every place outside; the lowest index; the bytes. Hashes, rows
 * and tiles stay, so every root is still computed, and what is gone is what the entry says and nothing else.
 */

const noteEntry = `
update audit_orders set entry_index = $3 where tenant_id = $1 and number = $2`;

export function planTruncation(
  tenant: TenantId,
  { origin }: Claim,
  order: SignedOrder,
  signer: LogSigner,
  retentionDays: number | null,
): OwnEntry {
  const { terms, digest, signed, signers } = order;
  if (terms.kind !== 'truncation') throw new NotOrdered();
  const { log, from, to, root, archive } = terms;
  // The one who does it is set by itself: another process's shorter time is not enough.
  if (retentionDays === null || retentionDays > terms.retentionDays)
    throw new NotOrdered(
      order,
      `the sequencer keeps texts ${retentionDays === null ? 'for ever' : `${retentionDays} days`}`,
    );
  const signature = Buffer.from(signer.sign(Buffer.from(truncationMessage(origin, terms)))).toString(
    'base64',
  );
  return {
    draft: {
      type: 'audit.truncated',
      actor: { kind: 'system', id: 'sequencer', channel: 'engine' },
      reason: terms.reason,
      outcome: 'success',
      data: {
        log,
        from,
        to,
        root,
        archive,
        retention_days: terms.retentionDays,
        signature,
        ...givenBy(order, signed, signers),
      },
    },
    async alongside(tx, index, pass) {
      const now = await orderToDo(tx, tenant, digest, signers);
      if (now.entryIndex !== null) throw new NotOrdered();
      pass?.('own.step');
      await tx.query(noteEntry, [tenant, order.number, index]);
      pass?.('own.step');
    },
  };
}

/** Every place that the log is brought to has a head over the entry; the database itself asks for one here. */
const selectCovered = `
select exists (select 1 from audit_checkpoint where tenant_id = $1 and log_id = $2 and size > $3)
  and not exists (select 1 from audit_anchor_in_force where tenant_id = $1 and log_id = $2 and size <= $3) as covered`;

const raise = `update audit_log_meta set min_index = $3 where tenant_id = $1 and log_id = $2`;

const endOrder = `
update audit_orders set state = 'done', ended_at = clock_timestamp() where tenant_id = $1 and number = $2`;

/** Nothing happens until the entry is covered everywhere; asked again at each look. */
export async function raiseMinIndex(
  database: Database,
  tenant: TenantId,
  { terms, number, entryIndex }: OpenOrder,
  pass?: Pass,
): Promise<void> {
  if (terms.kind !== 'truncation') return;
  const raised = await database.transaction(async (tx) => {
    const { rows } = await tx.query<{ covered: boolean }>(selectCovered, [tenant, terms.log, entryIndex]);
    if (rows[0]?.covered !== true) return false;
    pass?.('truncate.step');
    await tx.query(raise, [tenant, terms.log, terms.to]);
    pass?.('truncate.step');
    await tx.query(endOrder, [tenant, number]);
    pass?.('truncate.step');
    return true;
  });
  if (raised) pass?.('truncate.raised');
}

/** Eight tiles: well under the time in which anybody waits for an index. */
const rowsAtOnce = 2_048;

/** @returns whether more may be left; a crash in between goes on where it was */
export async function clearTruncated(sql: Sql, tenant: TenantId, logId: string): Promise<boolean> {
  const { rows } = await sql.query<{ passed: number }>('select clear_truncated($1, $2, $3) as passed', [
    tenant,
    logId,
    rowsAtOnce,
  ]);
  return Number(rows[0]?.passed ?? 0) === rowsAtOnce;
}
