import type { TenantId } from '../../../schemas/ids.ts';
import type { Tx } from '../store/sql.ts';
import type { PendingRow } from './inspect-pending.ts';
import { wonLog } from './lock-log.ts';

/*
 * In: tenant, limit. Out: the oldest pending rows, which are gone from here; none for whoever lost the lock.
 * "Not yet sequenced" is being in this table, never an id above the last one: rows become visible in
 * the order of their commits, and a cursor would step over the late ones.
 */
const take = `
with taken as (
  -- By place in the table, whatever the planner knows about it: it is written faster than it is analysed.
  delete from audit_pending
  where ctid = any(array(
    select ctid from audit_pending where tenant_id = $1 and ${wonLog} order by enqueued_at, id limit $2
  ))
  returning id, entry, leaf, enqueued_at
)
select id, entry, leaf, enqueued_at as "enqueuedAt" from taken order by enqueued_at, id`;

export async function takePending(tx: Tx, tenant: TenantId, limit: number): Promise<PendingRow[]> {
  return (await tx.query<PendingRow>(take, [tenant, limit])).rows;
}

/*
 * In: tenant, log, ids. Out: those that are in the log, with their leaves. Not asked unless the unique index has
 * refused one of them: that costs a batch twice when somebody writes an entry twice, and nothing otherwise.
 * Looked up row by row it cost up to a second, whenever the planner held the log for empty and read it whole
 * for each row; asked at once it is read once at worst.
 */
const selectKnown = `
select entry_id as id, leaf from audit_log where tenant_id = $1 and log_id = $2 and entry_id = any($3)`;

export async function readKnown(
  tx: Tx,
  tenant: TenantId,
  logId: string,
  pending: readonly PendingRow[],
): Promise<ReadonlyMap<string, Uint8Array>> {
  const { rows } = await tx.query<{ id: string; leaf: Uint8Array }>(selectKnown, [
    tenant,
    logId,
    pending.map((row) => row.id),
  ]);
  return new Map(rows.map(({ id, leaf }) => [id, leaf]));
}
