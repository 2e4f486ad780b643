import type { MintId, TenantId } from '../../../schemas/ids.ts';
import { encodeEntry } from '../../core/audit/entry.ts';
import type { Hash } from '../../core/audit/merkle.ts';
import type { EntryDraft } from '../../core/contracts/entry.ts';
import type { Pass } from '../fault-point.ts';
import type { Database } from '../store/database.ts';
import type { Tx } from '../store/sql.ts';
import { PoisonedEntry } from './alarm.ts';
import { appendRows, KnownId } from './append-rows.ts';
import type { Claim } from './claim-log.ts';
import { compareSealed } from './compare-sealed.ts';
import { inspectPending, type SealedRow } from './inspect-pending.ts';
import { type LockedLog, lockLog } from './lock-log.ts';
import { readPartialTiles } from './read-tiles.ts';
import { type KnownLeaves, readKnown, takePending } from './take-pending.ts';

export interface BatchLimits {
  /**
   * Pending entries per transaction, and those of their last pack that are more: 256 is a full tile, and at
   * most 4 MiB of entries, as neither an entry nor a pack has more than 16 KiB.
   */
  batchRows: number;
  /** An idle log gets a heartbeat after this long, so that a cut tail shows by then. */
  heartbeatMs: number;
  /** A sequencer that pauses inside its transaction is disconnected after this long. */
  heldMs: number;
}

export type Batch =
  | { kind: 'busy' }
  | { kind: 'nothing' }
  | { kind: 'sealed'; taken: number; size: number; root: Hash; poisoned: PoisonedEntry[] };

/**
 * Gives indexes to about `batchRows` pending entries, in one transaction: epoch, indexes, rows, tiles,
 * size, and their packs are gone. After a lost connection it can simply be called again.
 * @throws SequencerFenced, AuditAlarm; nothing is written then
 */
export async function sequenceBatch(
  database: Database,
  tenant: TenantId,
  claim: Claim,
  mint: MintId,
  limits: BatchLimits,
  pass?: Pass,
): Promise<Batch> {
  const seal = async (known: (...of: Parameters<typeof readKnown>) => Promise<KnownLeaves>) =>
    await database.transaction(async (tx) => {
      const [log, tiles, pending] = await Promise.all([
        lockLog(tx, tenant, claim, limits.heldMs),
        readPartialTiles(tx, tenant, claim.logId),
        takePending(tx, tenant, limits.batchRows),
      ]);
      if (log === 'busy') return { kind: 'busy' } as const;
      await compareSealed(tx, tenant, claim, { ...log, tiles });
      const own = ownEntry(log, claim, pending.taken, limits.heartbeatMs);
      const sealed = own === null ? [] : [sealOwn(own, log.nowMs, tenant, mint)];
      const leaves = await known(tx, tenant, claim.logId, pending.rows);
      const poisoned: PoisonedEntry[] = [];
      for (const row of pending.rows) {
        const inspected = inspectPending(row, leaves.get(row.id) ?? null, tenant);
        const index = inspected.kind === 'seal' ? log.size + sealed.length : null;
        if (inspected.fault !== null) poisoned.push(new PoisonedEntry(row.id, index, inspected.fault));
        if (inspected.kind === 'drop') continue;
        sealed.push(inspected.row);
        // Nothing keeps two of one batch from having the same id.
        if (inspected.row.entryId !== null) leaves.set(row.id, inspected.row.leaf);
      }
      if (pending.taken === 0 && sealed.length === 0) return { kind: 'nothing' } as const;

      const { size, root } = await appendRows(tx, tenant, claim.logId, log.size, tiles, sealed);
      pass?.('seal.before-commit');
      return { kind: 'sealed', taken: pending.taken, size, root, poisoned } as const;
    }, inTransaction);
  try {
    return await seal(async () => new Map());
  } catch (error) {
    if (!(error instanceof KnownId)) throw error;
    return await seal(readKnown);
  }
}

const inTransaction = { station: 'seal' } as const;

export interface OwnEntry {
  draft: EntryDraft;
  /** Durable with the entry, which gets this index. */
  alongside(tx: Tx, index: number, pass?: Pass): Promise<void>;
}

/**
 * One entry of the sequencer's own, and what has to be durable with it: the handing over of a key, a truncation.
 * @throws SequencerFenced, AuditAlarm, and what `alongside` throws; nothing is written then
 */
export async function sealOwnEntry(
  database: Database,
  tenant: TenantId,
  claim: Claim,
  mint: MintId,
  draft: EntryDraft,
  limits: Pick<BatchLimits, 'heldMs'>,
  alongside: OwnEntry['alongside'],
  pass?: Pass,
): Promise<Exclude<Batch, { kind: 'nothing' }>> {
  return await database.transaction(async (tx) => {
    const [log, tiles] = await Promise.all([
      lockLog(tx, tenant, claim, limits.heldMs),
      readPartialTiles(tx, tenant, claim.logId),
    ]);
    if (log === 'busy') return { kind: 'busy' };
    await compareSealed(tx, tenant, claim, { ...log, tiles });
    pass?.('own.step');
    const row = sealOwn(draft, log.nowMs, tenant, mint);
    const { size, root } = await appendRows(tx, tenant, claim.logId, log.size, tiles, [row]);
    pass?.('own.step');
    await alongside(tx, log.size, pass);
    return { kind: 'sealed', taken: 0, size, root, poisoned: [] };
  }, inTransaction);
}

/** The log speaks for itself twice: when it is born and when nothing else happens. */
function ownEntry(
  log: LockedLog,
  { logId, key }: Claim,
  pending: number,
  heartbeatMs: number,
): EntryDraft | null {
  const actor = { kind: 'system', id: 'sequencer', channel: 'engine' } as const;
  if (log.size === 0) {
    const data = { origin: log.origin, log: logId, incarnation: log.incarnation, key };
    return { type: 'log.started', actor, data };
  }
  const quiet = pending === 0 && log.idleMs !== null && log.idleMs >= heartbeatMs;
  return quiet ? { type: 'log.heartbeat', actor, data: { size: log.size } } : null;
}

function sealOwn(draft: EntryDraft, nowMs: number, tenant: TenantId, mint: MintId): SealedRow {
  const { id, bytes, leaf, entry } = encodeEntry(draft, { id: mint('EntryId'), nowMs, tenant });
  return { entryId: id, bytes, leaf, runId: null, type: entry.type, at: entry.time };
}
