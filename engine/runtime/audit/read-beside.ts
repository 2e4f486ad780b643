import type { TenantId } from '../../../schemas/ids.ts';
import { besideOf } from '../../core/audit/beside.ts';
import { readEntry } from '../../core/audit/read-entry.ts';
import type { Entry } from '../../core/contracts/entry.ts';
import type { Sql } from '../store/sql.ts';

/* What did not fit into an entry: its `data`, and targets beyond the first ones. The entry names the digest. */

const selectBeside = `select bytes from audit_beside where tenant_id = $1 and entry_id = $2`;

/** Null when it is not there. Whether it is what the entry names, is for the caller to compare. */
export async function readBeside(sql: Sql, tenant: TenantId, { id }: Entry): Promise<Uint8Array | null> {
  const { rows } = await sql.query<{ bytes: Uint8Array }>(selectBeside, [tenant, id]);
  return rows[0]?.bytes ?? null;
}

const selectEntry = `
select log_id as log, entry from audit_log
where tenant_id = $1 and log_id = $2 and idx = $3`;

export interface EntryData {
  index: number;
  log: string;
  /** Null when the text of the entry is gone. */
  sha256: string | null;
  /** Exactly what the digest is over; null when it is not there. */
  data: string | null;
}

/** Null when there is no such entry, or nothing is kept beside it. */
export async function readEntryData(
  sql: Sql,
  tenant: TenantId,
  logId: string,
  index: number,
): Promise<EntryData | null> {
  const { rows } = await sql.query<{ log: string; entry: Uint8Array | null }>(selectEntry, [
    tenant,
    logId,
    index,
  ]);
  const [row] = rows;
  if (row === undefined) return null;
  const { log } = row;
  if (row.entry === null) return { index, log, sha256: null, data: null };
  const read = readEntry(row.entry);
  const sha256 = read.ok ? besideOf(read.entry) : null;
  if (!read.ok || sha256 === null) return null;
  const bytes = await readBeside(sql, tenant, read.entry);
  return { index, log, sha256, data: bytes && Buffer.from(bytes).toString('utf8') };
}
