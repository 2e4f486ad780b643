import { type EncodedEntry, encodeEntry } from '../../engine/core/audit/entry.ts';
import type { EntryDraft } from '../../engine/core/contracts/entry.ts';
import type { EntryId, MintId, RunId, TenantId } from '../../schemas/ids.ts';

export const tenant = 'default' as TenantId;
export const nowMs = Date.UTC(2026, 0, 2, 3, 4, 5, 678);

/** A small, ordinary entry. */
export function draft(patch: Partial<EntryDraft> = {}): EntryDraft {
  return { type: 'alert.accepted', actor: { kind: 'source', id: 'edr-prod', channel: 'intake' }, ...patch };
}

export function encode(patch: Partial<EntryDraft> = {}): EncodedEntry {
  return encodeEntry(draft(patch), { id: 'ent_1' as EntryId, nowMs, tenant });
}

export function textOf(encoded: { bytes: Uint8Array }): string {
  return Buffer.from(encoded.bytes).toString('utf8');
}

/** Ids that count: `ent_000001`, `ent_000002`, … */
export function countingIds(prefix = 'ent'): MintId {
  let last = 0;
  return () => `${prefix}_${String(++last).padStart(6, '0')}` as never;
}

export const runId = 'run_1' as RunId;
