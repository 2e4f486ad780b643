import type { EntryId, MintId, TenantId } from '../../schemas/ids.ts';
import { type EncodedEntry, encodeEntry } from '../core/audit/entry.ts';
import type { EntryDraft } from '../core/contracts/entry.ts';
import type { Sql } from './store/sql.ts';

/*
 * Queues entries for the log inside the caller's transaction: the change and its entry are committed
 * together or not at all. The order of `drafts` is kept in the log. One statement, however many.
 *
 * $1 tenant, $2..$4 ids, bytes and leaves in the same order, $5..$7 digests, bytes and media types of
 * what did not fit into an entry. Two entries may share such a blob, hence `do nothing`.
 */
const insertPending = `
with overflow as (
  insert into audit_blob (tenant_id, sha256, bytes, media_type)
  select $1, sha256, bytes, media_type from unnest($5::bytea[], $6::bytea[], $7::text[]) as blob (sha256, bytes, media_type)
  order by sha256
  on conflict do nothing
)
insert into audit_pending (tenant_id, id, entry, leaf)
select $1, id, entry, leaf
from unnest($2::text[], $3::bytea[], $4::bytea[]) with ordinality as draft (id, entry, leaf, place)
order by place`;

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
  const blobs = entries.flatMap((entry) => entry.blob ?? []);
  await tx.query(insertPending, [
    tenant,
    entries.map((entry) => entry.id),
    entries.map((entry) => entry.bytes),
    entries.map((entry) => entry.leaf),
    blobs.map((blob) => blob.sha256),
    blobs.map((blob) => blob.bytes),
    blobs.map((blob) => blob.mediaType),
  ]);
}
