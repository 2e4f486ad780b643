import type { TenantId } from '../../../schemas/ids.ts';
import type { Tx } from '../store/sql.ts';
import { wonLog } from './lock-log.ts';
import { type Pack, type PendingRow, unpackEntries } from './pack-entries.ts';

/*
 * In: tenant, limit of entries. Out: the oldest packs, which are gone from here; none for whoever lost the lock.
 * The last pack is taken whole, so there may be some entries more than the limit.
 * "Not yet sequenced" is being in this table, never an id above the last one: rows become visible in
 * the order of their commits, and a cursor would step over the late ones.
 */
const take = `
with oldest as (
  select place, sum(count) over (order by enqueued_at, number rows between unbounded preceding and 1 preceding) as before
  from (
    select ctid as place, cardinality(ids) as count, enqueued_at, number from audit_pack
    where tenant_id = $1 and ${wonLog} order by enqueued_at, number limit $2
  ) as packs
),
taken as (
  -- By place in the table, whatever the planner knows about it: it is written faster than it is analysed.
  delete from audit_pack
  where ctid = any(array(select place from oldest where coalesce(before, 0) < $2))
  returning ids, lengths, entries, leaves, enqueued_at, number
)
select to_json(ids) as ids, to_json(lengths) as lengths, entries, leaves, enqueued_at as "enqueuedAt"
from taken order by enqueued_at, number`;

export interface Pending {
  rows: PendingRow[];
  /** Entries that went, as their packs count them. */
  taken: number;
}

export async function takePending(tx: Tx, tenant: TenantId, limit: number): Promise<Pending> {
  const packs = (await tx.query<Pack>(take, [tenant, limit])).rows;
  const taken = packs.reduce((sum, { ids }) => sum + ids.length, 0);
  return { rows: packs.flatMap(unpackEntries), taken };
}

/*
 * In: tenant, log, ids. Out: those that are in the log, with their leaves. Not asked unless the unique index has
 * refused one of them: that costs a batch twice when somebody writes an entry twice, and nothing otherwise.
 * Looked up row by row it cost up to a second, whenever the planner held the log for empty and read it whole
 * for each row; asked at once it is read once at worst.
 */
const selectKnown = `
select entry_id as id, leaf from audit_log where tenant_id = $1 and log_id = $2 and entry_id = any($3)`;

export type KnownLeaves = Map<string, Uint8Array>;

export async function readKnown(
  tx: Tx,
  tenant: TenantId,
  logId: string,
  rows: readonly PendingRow[],
): Promise<KnownLeaves> {
  const ids = rows.map((row) => row.id);
  const known = await tx.query<{ id: string; leaf: Uint8Array }>(selectKnown, [tenant, logId, ids]);
  return new Map(known.rows.map(({ id, leaf }) => [id, leaf]));
}
