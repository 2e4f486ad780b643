import { expect, test } from 'vitest';
import { leafHash } from '../../engine/core/audit/merkle.ts';
import { inspectPending } from '../../engine/runtime/audit/inspect-pending.ts';
import type { PendingRow } from '../../engine/runtime/audit/pack-entries.ts';
import { recallEntry, rememberEntries } from '../../engine/runtime/audit/recent-entries.ts';
import type { EntryId, TenantId } from '../../schemas/ids.ts';
import { encode, runId, tenant, textOf } from './draft-entry.ts';

/* What this process remembers of its own entries must never make a difference, only save the reading. */

const encoded = encode({ runId, reason: 'remembered' });
const other = encode({ runId, reason: 'of a stranger' });
const row: PendingRow = {
  id: encoded.entry.id,
  entry: encoded.bytes,
  leaf: encoded.leaf,
  enqueuedAt: new Date(),
  fault: null,
};
const forged = Buffer.from(textOf(encoded).replace('remembered', 'rewritten!'));
const cases: [string, PendingRow, Uint8Array | null, TenantId][] = [
  ['as it was written', row, null, tenant],
  ['under another id', { ...row, id: 'ent_other' as EntryId }, null, tenant],
  ['under an id that is no label', { ...row, id: 'ent 1' as EntryId }, null, tenant],
  ['with the leaf of another', { ...row, leaf: other.leaf }, null, tenant],
  ['with other bytes and the leaf it had', { ...row, entry: forged }, null, tenant],
  ['with other bytes and their leaf', { ...row, entry: forged, leaf: leafHash(forged) }, null, tenant],
  ['with bytes that are no entry', { ...row, entry: forged.subarray(1) }, null, tenant],
  ['read by another tenant', row, null, 'other' as TenantId],
  ['sealed already', row, encoded.leaf, tenant],
  ['whose id is sealed with other bytes', row, other.leaf, tenant],
  ['with a fault of its own', { ...row, fault: 'torn' }, null, tenant],
];

test('a pending entry is judged the same, remembered or not', () => {
  const judge = () => cases.map(([what, ...given]) => [what, inspectPending(...given)]);
  expect(recallEntry(encoded.leaf)).toBeUndefined();
  const unknown = judge();
  rememberEntries([encoded]);
  expect(recallEntry(encoded.leaf)).toMatchObject({ id: encoded.entry.id, runId });
  expect(judge()).toEqual(unknown);
  expect(unknown[0]).toMatchObject(['as it was written', { kind: 'seal', fault: null }]);
});

test('only so many are remembered, the latest', () => {
  rememberEntries([encoded]);
  const later = Array.from({ length: 8_192 }, (_, n) => encode({ reason: `later ${n}` }));
  rememberEntries(later);
  expect(recallEntry(encoded.leaf)).toBeUndefined();
  expect(later.every(({ leaf }) => recallEntry(leaf) !== undefined)).toBe(true);
});
