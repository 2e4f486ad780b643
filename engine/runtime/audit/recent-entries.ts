import type { EncodedEntry } from '../../core/audit/entry.ts';
import type { Entry } from '../../core/contracts/entry.ts';

/*
 * What this process has encoded a moment ago need not be parsed and examined again when it is sealed: bytes with the
 * same SHA-256 are the same bytes, wherever they were in between. Anything else is read as if a stranger had sent it.
 */

export type KnownEntry = Pick<Entry, 'id' | 'tenant' | 'runId' | 'type' | 'time'>;

/** As many as are written within the second or two until they are sealed; about 400 bytes each. */
const recentMax = 8_192;

const recent = new Map<string, KnownEntry>();

export function rememberEntries(entries: readonly EncodedEntry[]): void {
  for (const { leaf, entry } of entries) {
    const { id, tenant, runId, type, time } = entry;
    recent.set(nameOf(leaf), { id, tenant, type, time, ...(runId !== undefined && { runId }) });
  }
  for (const oldest of recent.keys()) {
    if (recent.size <= recentMax) break;
    recent.delete(oldest);
  }
}

/** @param leaf computed from the bytes in question, not the one that came with them */
export function recallEntry(leaf: Uint8Array): KnownEntry | undefined {
  return recent.get(nameOf(leaf));
}

function nameOf(leaf: Uint8Array): string {
  return Buffer.from(leaf.buffer, leaf.byteOffset, leaf.byteLength).toString('latin1');
}
