import type { EntryId, MintId, TenantId } from '../../schemas/ids.ts';
import { type EncodedEntry, encodeEntry } from '../core/audit/entry.ts';
import type { EntryDraft } from '../core/contracts/entry.ts';
import { packEntries } from './audit/pack-entries.ts';
import { rememberEntries } from './audit/recent-entries.ts';
import { newPack } from './store/queries/row-types.ts';
import type { Sql } from './store/sql.ts';

/*
 * Queues entries for the log inside the caller's transaction: the change and its entry are committed
 * together or not at all. The order of `drafts` is kept in the log. One statement, however many.

 */
const insertPacks = `
insert into audit_pack (tenant_id, enqueued_at, ids, lengths, entries, leaves)
select $1, clock_timestamp() + (first - 1) * interval '1 microsecond', ids, lengths, entries, leaves
from unnest($2::new_pack[])
order by first`;

/* What did not fit into an entry; the same entry twice is the log's business. */
const insertBeside = `
insert into audit_beside (tenant_id, entry_id, sha256, bytes, media_type)
select $1, entry_id, sha256, bytes, media_type
from unnest($2::text[], $3::bytea[], $4::bytea[], $5::text[]) as beside (entry_id, sha256, bytes, media_type)
order by entry_id
on conflict do nothing`;

/**
 * @param tx the transaction that makes the change the drafts tell of
 * @param nowMs the database's clock in that transaction
 * @returns the entries' ids, in the order of `drafts`; their index comes later, from the sequencer
 * @throws InvariantBroken when a draft breaks the rules of `encodeEntry`; nothing is written then
 */
export async function recordAudit(
  tx: Sql,
  tenant: TenantId,
  nowMs: number,
  drafts: readonly EntryDraft[],
  mint: MintId,
): Promise<EntryId[]> {
  const entries = encodeEntries(tenant, nowMs, drafts, mint);
  await insertEntries(tx, tenant, entries);
  return entries.map((entry) => entry.id);
}

/** The half without a database, for callers that need an entry's id before they write. */
export function encodeEntries(
  tenant: TenantId,
  nowMs: number,
  drafts: readonly EntryDraft[],
  mint: MintId,
): EncodedEntry[] {
  return drafts.map((draft) => encodeEntry(draft, { id: draft.id ?? mint('EntryId'), nowMs, tenant }));
}

/** The half with the database. */
export async function insertEntries(
  tx: Sql,
  tenant: TenantId,
  entries: readonly EncodedEntry[],
): Promise<void> {
  if (entries.length === 0) return;
  rememberEntries(entries);
  tx.wrote?.(entries.map(({ entry }) => entry));
  const besides = entries.flatMap(({ id, blob }) => (blob === null ? [] : [{ id, ...blob }]));
  await Promise.all([
    tx.query(insertPacks, [tenant, newPack.pack(packEntries(entries))]),
    besides.length === 0
      ? undefined
      : tx.query(insertBeside, [
          tenant,
          besides.map(({ id }) => id),
          besides.map(({ sha256 }) => sha256),
          besides.map(({ bytes }) => bytes),
          besides.map(({ mediaType }) => mediaType),
        ]),
  ]);
}
