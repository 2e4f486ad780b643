import type { TenantId } from '../../../schemas/ids.ts';
import type { Hash } from '../../core/audit/merkle.ts';
import { appendLeaves, MissingTile, type Tile } from '../../core/audit/tiles.ts';
import { invariant } from '../../core/contracts/invariant.ts';
import { packBytes } from '../store/pack-bytes.ts';
import type { Tx } from '../store/sql.ts';
import { constraintOf, sqlState } from '../store/sql-state.ts';
import { AuditAlarm } from './alarm.ts';
import type { SealedRow } from './inspect-pending.ts';
import type { TileLookup } from './read-tiles.ts';

/* What a batch writes: rows with the next indexes, the tiles that grow by them, the log's new size. One round trip. */

/** One of the entries' ids is in the log already. For whoever had looked them all up it is a row beyond the end. */
export class KnownId extends AuditAlarm {}

/**
 * @param tiles the partial tiles of `size`
 * @throws KnownId; AuditAlarm when the log does not end where its size says
 */
export async function appendRows(
  tx: Tx,
  tenant: TenantId,
  logId: string,
  size: number,
  tiles: TileLookup,
  rows: readonly SealedRow[],
): Promise<{ size: number; root: Hash }> {
  const grown = growTree(size, tiles, rows);
  await Promise.all([
    rows.length === 0 ? undefined : insertSealed(tx, tenant, logId, size, rows),
    grown.changed.length === 0 ? undefined : storeTiles(tx, tenant, logId, grown.changed),
    storeSize(tx, tenant, logId, grown.size),
  ]);
  return { size: grown.size, root: grown.root };
}

function growTree(size: number, tiles: TileLookup, rows: readonly SealedRow[]) {
  try {
    return appendLeaves(
      size,
      tiles,
      rows.map((row) => row.leaf),
    );
  } catch (error) {
    if (error instanceof MissingTile)
      throw new AuditAlarm('audit/integrity', error.message, { cause: error });
    throw error;
  }
}

/* In: tenant, log, first index, bytes of all rows with starts and lengths, leaves of all, labels, runs, types, times. */
const insertRows = `
insert into audit_log (tenant_id, log_id, idx, entry, leaf, entry_id, run_id, type, at)
select $1, $2, $3::bigint + place - 1, substring($4::bytea from start for length),
  substring($7::bytea from place::int * 32 - 31 for 32),
  coalesce(entry_id, 'idx:' || ($3::bigint + place - 1)), run_id, type, at
from unnest($5::int[], $6::int[], $8::text[], $9::text[], $10::text[], $11::timestamptz[])
  with ordinality as sealed (start, length, entry_id, run_id, type, at, place)`;

async function insertSealed(
  tx: Tx,
  tenant: TenantId,
  logId: string,
  size: number,
  rows: readonly SealedRow[],
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
    if (sqlState(error) !== '23505') throw error;
    const Refusal = constraintOf(error) === idsOnce ? KnownId : AuditAlarm;
    throw new Refusal('audit/integrity', `a row beyond the log's size of ${size} exists`, { cause: error });
  }
}

/** As the migrations named it. */
const idsOnce = 'audit_log_tenant_id_log_id_entry_id_key';

/** A tile may only grow at its end; anything else changes no row, which the caller notices. */
const upsertTiles = `
insert into audit_tile as tile (tenant_id, log_id, level, n, hashes)
select $1, $2, level, n, hashes from unnest($3::int[], $4::bigint[], $5::bytea[]) as grown (level, n, hashes)
on conflict (tenant_id, log_id, level, n) do update set hashes = excluded.hashes
where substr(excluded.hashes, 1, octet_length(tile.hashes)) = tile.hashes
  and octet_length(excluded.hashes) > octet_length(tile.hashes)`;

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

const updateSize = `
update audit_log_meta set size = $3, sealed_at = clock_timestamp() where tenant_id = $1 and log_id = $2`;

async function storeSize(tx: Tx, tenant: TenantId, logId: string, size: number): Promise<void> {
  const updated = await tx.query(updateSize, [tenant, logId, size]);
  invariant(updated.rowCount === 1, 'the log that was locked is updated');
}
