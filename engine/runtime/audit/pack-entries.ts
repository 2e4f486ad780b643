import type { EncodedEntry } from '../../core/audit/entry.ts';
import { hashBytes } from '../../core/audit/merkle.ts';
import type { newPack } from '../store/queries/row-types.ts';
import type { Row } from '../store/row-type.ts';

/*
 * How entries lie in a pack, one row of `audit_pack`: ids, lengths, bytes and leaves end to end. A pack fills
 * about a page of the database. Fifty entries in one row of 33 KiB cost twice as much as in five such rows,
 * because PostgreSQL puts a long value into pieces of 2 KiB, each with a row and an index entry of its own;
 * in fifty rows they cost three times as much.
 */

/** A page has 8,192 bytes; the row's head, both arrays' heads, tenant and times take less than the rest. */
const packBytesMax = 7_700;
/** Of an entry besides its bytes: leaf, length, and an id of 36 characters with its length, on a multiple of four. */
const besideBytes = hashBytes + 4 + 40;
export const packedMax = 256;

export function packEntries(encoded: readonly EncodedEntry[]): Row<typeof newPack>[] {
  const packs: Row<typeof newPack>[] = [];
  let packed: EncodedEntry[] = [];
  let bytes = 0;
  const close = (end: number): void => {
    packs.push({
      first: end - packed.length + 1,
      ids: packed.map((entry) => entry.id),
      lengths: packed.map((entry) => entry.bytes.length),
      entries: Buffer.concat(packed.map((entry) => entry.bytes)),
      leaves: Buffer.concat(packed.map((entry) => entry.leaf)),
    });
    packed = [];
    bytes = 0;
  };
  for (const [place, entry] of encoded.entries()) {
    const more = bytes + entry.bytes.length + (packed.length + 1) * besideBytes;
    if (packed.length > 0 && (packed.length === packedMax || more > packBytesMax)) close(place);
    packed.push(entry);
    bytes += entry.bytes.length;
  }
  if (packed.length > 0) close(encoded.length);
  return packs;
}

export interface Pack {
  ids: string[];
  lengths: number[];
  entries: Uint8Array;
  leaves: Uint8Array;
  enqueuedAt: Date;
}

/** One entry that waits for its index. */
export interface PendingRow {
  id: string;
  entry: Uint8Array;
  leaf: Uint8Array;
  enqueuedAt: Date;
  /** What is wrong with the pack it came in; null when nothing is. */
  fault: string | null;
}

/** A pack that `packEntries` cannot have made is one entry: it is evidence, and where to cut it nobody knows. */
export function unpackEntries({ ids, lengths, entries, leaves, enqueuedAt }: Pack): PendingRow[] {
  const total = lengths.reduce((sum, length) => sum + length, 0);
  if (total !== entries.length) {
    const fault = `the lengths of its pack make ${total} bytes of ${entries.length}`;
    return [{ id: ids[0] ?? '', entry: entries, leaf: leaves.subarray(0, hashBytes), enqueuedAt, fault }];
  }
  let end = 0;
  return ids.map((id, at) => {
    const start = end;
    end += lengths[at] ?? 0;
    return {
      id,
      entry: entries.subarray(start, end),
      leaf: leaves.subarray(at * hashBytes, (at + 1) * hashBytes),
      enqueuedAt,
      fault: null,
    };
  });
}
