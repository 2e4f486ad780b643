import type { TenantId } from '../../../schemas/ids.ts';
import { type Hash, leafHash, sameHash } from '../../core/audit/merkle.ts';
import { readEntry } from '../../core/audit/read-entry.ts';
import type { PendingRow } from './pack-entries.ts';
import { recallEntry } from './recent-entries.ts';

/** One row of `audit_log` without its index. */
export interface SealedRow {
  entryId: string | null;
  bytes: Uint8Array;
  leaf: Hash;
  runId: string | null;
  type: string;
  at: string;
}

export type Inspected =
  | { kind: 'seal'; row: SealedRow; fault: string | null }
  | { kind: 'drop'; fault: string };

/** Stands in `audit_log.type` for bytes that are no entry of ours. Stored: renaming it breaks logs. */
export const unreadableType = 'unreadable';

/**
 * What to put into the log for a pending row. Rows come from `recordAudit`, which validates them; the
 * sequencer still trusts nothing but the bytes, as whoever steals the application's database
 * password can insert here. `entryId` is null when the row's own id cannot be the unique label.
 * @param knownLeaf of the sealed entry that has this id already, normally null
 */
export function inspectPending(row: PendingRow, knownLeaf: Uint8Array | null, tenant: TenantId): Inspected {
  const leaf = leafHash(row.entry);
  if (knownLeaf !== null && sameHash(knownLeaf, leaf)) {
    return { kind: 'drop', fault: 'exactly these bytes are in the log already' };
  }
  const known = recallEntry(leaf);
  const read = known === undefined ? readEntry(row.entry) : { ok: true as const, entry: known };
  const label = knownLeaf === null && /^[A-Za-z0-9_]{1,256}$/.test(row.id) ? row.id : null;
  if (!read.ok) {
    const at = row.enqueuedAt.toISOString();
    const sealed = { entryId: label, bytes: row.entry, leaf, runId: null, type: unreadableType, at };
    return { kind: 'seal', row: sealed, fault: row.fault ?? `${read.code}: ${read.message}` };
  }
  const { entry } = read;
  const sealed: SealedRow = {
    entryId: label,
    bytes: row.entry,
    leaf,
    runId: entry.runId ?? null,
    type: entry.type,
    at: entry.time,
  };
  return { kind: 'seal', row: sealed, fault: faultOf() };

  function faultOf(): string | null {
    if (row.fault !== null) return row.fault;
    if (knownLeaf !== null) return 'another entry with this id is in the log already';
    if (entry.id !== row.id || label === null) return 'the row is filed under another id';
    if (entry.tenant !== tenant) return `the entry belongs to tenant ${JSON.stringify(entry.tenant)}`;
    if (!sameHash(row.leaf, leaf)) return 'the stored leaf hash is not that of the bytes';
    return null;
  }
}
