import type { MintId, TenantId } from '../../../schemas/ids.ts';
import { encodeEntry } from '../../core/audit/entry.ts';
import type { Hash } from '../../core/audit/merkle.ts';
import { appendLeaves, MissingTile, partialTiles, type Tile } from '../../core/audit/tiles.ts';
import type { EntryDraft } from '../../core/contracts/entry.ts';
import { invariant } from '../../core/contracts/invariant.ts';
import type { Pass } from '../fault-point.ts';
import type { Database } from '../store/database.ts';
import { packBytes } from '../store/pack-bytes.ts';
import type { Tx } from '../store/sql.ts';
import { sqlState } from '../store/sql-state.ts';
import { AuditAlarm, PoisonedEntry, SequencerFenced } from './alarm.ts';
import type { Claim } from './claim-log.ts';
import { inspectPending, type PendingRow, type SealedRow } from './inspect-pending.ts';
import { readTiles } from './read-tiles.ts';

export interface BatchLimits {
  /** Pending rows per transaction; 256 is a full tile, and at most 4 MiB of entries. */
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

interface Opening {
  epoch: number;
  size: number;
  incarnation: number;
  origin: string;
  nowMs: number;
  /** Since the newest entry; null in an empty log. */
  idleMs: number | null;
}

/**
 * Gives indexes to at most `batchRows` pending entries, in one transaction: epoch, indexes, rows, tiles,
 * size, and the pending rows are gone. After a lost connection it can simply be called again.
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
  return await database.transaction(async (tx) => {
    const log = await openLog(tx, tenant, claim, limits.heldMs);
    if (log === 'busy') return { kind: 'busy' };
    const pending = await tx.query<PendingRow>(takePending, [tenant, claim.logId, limits.batchRows]);
    const own = ownEntry(log, claim.logId, pending.rowCount, limits.heartbeatMs);
    const sealed = own === null ? [] : [sealOwn(own, log.nowMs, tenant, mint)];
    const poisoned: PoisonedEntry[] = [];
    for (const row of pending.rows) {
      const inspected = inspectPending(row, tenant);
      const index = inspected.kind === 'seal' ? log.size + sealed.length : null;
      if (inspected.fault !== null) poisoned.push(new PoisonedEntry(row.id, index, inspected.fault));
      if (inspected.kind === 'seal') sealed.push(inspected.row);
    }
    if (pending.rowCount === 0 && sealed.length === 0) return { kind: 'nothing' };

    const { size, root } = await append(tx, tenant, claim, log.size, sealed);
    pass?.('seal.before-commit');
    return { kind: 'sealed', taken: pending.rowCount, size, root, poisoned };
  }, inTransaction);
}

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
    const log = await openLog(tx, tenant, claim, limits.heldMs);
    if (log === 'busy') return { kind: 'busy' };
    pass?.('own.step');
    const row = sealOwn(draft, log.nowMs, tenant, mint);
    const { size, root } = await append(tx, tenant, claim, log.size, [row]);
    pass?.('own.step');
    await alongside(tx, log.size, pass);
    return { kind: 'sealed', taken: 0, size, root, poisoned: [] };
  }, inTransaction);
}

const inTransaction = { station: 'seal' } as const;

/** The log under its lock, if it is still ours. */
async function openLog(tx: Tx, tenant: TenantId, claim: Claim, heldMs: number): Promise<Opening | 'busy'> {
  const lock = await tx.query<{ won: boolean }>(openBatch, [tenant, String(heldMs)]);
  if (lock.rows[0]?.won !== true) return 'busy';
  const { rows } = await tx.query<Opening>(lockLog, [tenant, claim.logId]);
  const log = rows[0];
  if (log === undefined) throw new AuditAlarm('audit/integrity', `log ${claim.logId} has disappeared`);
  if (log.epoch !== claim.epoch) throw new SequencerFenced(claim.epoch, log.epoch);
  return log;
}

/*
 * In: tenant, milliseconds. Out: whether this is the only batch under way.
 * The pool hands out another connection each time, so a session lock cannot be held across batches; a
 * transaction lock keeps two sequencers from queueing up behind each other, and the epoch, read under a
 * row lock below, is what decides. A commit that is not durable is no commit.
 */
const openBatch = `
select set_config('idle_in_transaction_session_timeout', $2, true),
  case when current_setting('synchronous_commit') in ('off', 'local') then set_config('synchronous_commit', 'on', true) end,
  pg_try_advisory_xact_lock(hashtextextended('riposte.audit.' || $1, 0)) as won`;

const lockLog = `
select epoch, size, incarnation, origin,
  floor(extract(epoch from clock_timestamp()) * 1000)::bigint as "nowMs",
  (select floor(extract(epoch from clock_timestamp() - newest.at) * 1000)::bigint from audit_log newest
    where newest.tenant_id = $1 and newest.log_id = $2 and newest.idx = meta.size - 1) as "idleMs"
from audit_log_meta meta
where tenant_id = $1 and log_id = $2
for update`;

/*
 * In: tenant, log, limit. Out: the oldest pending rows, which are gone from here.
 * "Not yet sequenced" is being in this table, never an id above the last one: rows become visible in
 * the order of their commits, and a cursor would step over the late ones.
 */
const takePending = `
with taken as (
  -- By place in the table, and the log by its index, whatever the planner knows about either: both are
  -- written faster than they are analysed, and a join that reads them whole took four times as long.
  delete from audit_pending
  where ctid = any(array(
    select ctid from audit_pending where tenant_id = $1 order by enqueued_at, id limit $3
  ))
  returning id, entry, leaf, enqueued_at
)
select taken.id, taken.entry, taken.leaf, taken.enqueued_at as "enqueuedAt", sealed.leaf as "knownLeaf"
from taken
left join lateral (
  select leaf from audit_log where tenant_id = $1 and log_id = $2 and entry_id = taken.id offset 0
) sealed on true
order by taken.enqueued_at, taken.id`;

/** The log speaks for itself twice: when it is born and when nothing else happens. */
function ownEntry(log: Opening, logId: string, pending: number, heartbeatMs: number): EntryDraft | null {
  const actor = { kind: 'system', id: 'sequencer', channel: 'engine' } as const;
  if (log.size === 0) {
    const data = { origin: log.origin, log: logId, incarnation: log.incarnation };
    return { type: 'log.started', actor, data };
  }
  const quiet = pending === 0 && log.idleMs !== null && log.idleMs >= heartbeatMs;
  return quiet ? { type: 'log.heartbeat', actor, data: { size: log.size } } : null;
}

function sealOwn(draft: EntryDraft, nowMs: number, tenant: TenantId, mint: MintId): SealedRow {
  const { id, bytes, leaf, entry } = encodeEntry(draft, { id: mint('EntryId'), nowMs, tenant });
  return { entryId: id, bytes, leaf, runId: null, type: entry.type, at: entry.time };
}

/* In: tenant, log, first index, bytes of all rows with starts and lengths, leaves of all, labels, runs, types, times. */
const insertRows = `
insert into audit_log (tenant_id, log_id, idx, entry, leaf, entry_id, run_id, type, at)
select $1, $2, $3::bigint + place - 1, substring($4::bytea from start for length),
  substring($7::bytea from place::int * 32 - 31 for 32),
  coalesce(entry_id, 'idx:' || ($3::bigint + place - 1)), run_id, type, at
from unnest($5::int[], $6::int[], $8::text[], $9::text[], $10::text[], $11::timestamptz[])
  with ordinality as sealed (start, length, entry_id, run_id, type, at, place)`;

/** A tile may only grow at its end; anything else changes no row, which the caller notices. */
const upsertTiles = `
insert into audit_tile as tile (tenant_id, log_id, level, n, hashes)
select $1, $2, level, n, hashes from unnest($3::int[], $4::bigint[], $5::bytea[]) as grown (level, n, hashes)
on conflict (tenant_id, log_id, level, n) do update set hashes = excluded.hashes
where substr(excluded.hashes, 1, octet_length(tile.hashes)) = tile.hashes
  and octet_length(excluded.hashes) > octet_length(tile.hashes)`;

const updateSize = `update audit_log_meta set size = $3 where tenant_id = $1 and log_id = $2`;

async function append(
  tx: Tx,
  tenant: TenantId,
  { logId }: Claim,
  size: number,
  rows: SealedRow[],
): Promise<{ size: number; root: Hash }> {
  const tileOf = await readTiles(tx, tenant, logId, partialTiles(size));
  const grown = growTree(size, tileOf, rows);
  if (rows.length > 0) await insertSealed(tx, tenant, logId, size, rows);
  const { changed } = grown;
  if (changed.length > 0) await storeTiles(tx, tenant, logId, changed);
  const updated = await tx.query(updateSize, [tenant, logId, grown.size]);
  invariant(updated.rowCount === 1, 'the log that was locked is updated');
  return { size: grown.size, root: grown.root };
}

function growTree(size: number, tileOf: Parameters<typeof appendLeaves>[1], rows: SealedRow[]) {
  try {
    return appendLeaves(
      size,
      tileOf,
      rows.map((row) => row.leaf),
    );
  } catch (error) {
    if (error instanceof MissingTile)
      throw new AuditAlarm('audit/integrity', error.message, { cause: error });
    throw error;
  }
}

async function insertSealed(
  tx: Tx,
  tenant: TenantId,
  logId: string,
  size: number,
  rows: SealedRow[],
): Promise<void> {
  const packed = packBytes(rows.map((row) => row.bytes));
  const values = [
    packed.bytes,
    packed.starts,
    packed.lengths,
    packBytes(rows.map((row) => row.leaf)).bytes,
    rows.map((row) => row.entryId),
    rows.map((row) => row.runId),
    rows.map((row) => row.type),
    rows.map((row) => row.at),
  ];
  try {
    await tx.query(insertRows, [tenant, logId, size, ...values]);
  } catch (error) {
    // Ids were looked up in this transaction, so only an index can be taken: by a row beyond the log's end.
    if (sqlState(error) !== '23505') throw error;
    throw new AuditAlarm('audit/integrity', `a row beyond the log's size of ${size} exists`, {
      cause: error,
    });
  }
}

async function storeTiles(tx: Tx, tenant: TenantId, logId: string, tiles: Tile[]): Promise<void> {
  const { rowCount } = await tx.query(upsertTiles, [
    tenant,
    logId,
    tiles.map((tile) => tile.level),
    tiles.map((tile) => tile.n),
    tiles.map((tile) => tile.hashes),
  ]);
  if (rowCount !== tiles.length)
    throw new AuditAlarm('audit/integrity', 'a stored tile differs from what it must hold');
}
