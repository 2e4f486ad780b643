import type { TenantId } from '../../../schemas/ids.ts';
import type { Hash } from '../../core/audit/merkle.ts';
import { appendLeaves, MissingTile, type Tile } from '../../core/audit/tiles.ts';
import { invariant } from '../../core/contracts/invariant.ts';
import { grownTile, sealedEntry } from '../store/queries/row-types.ts';
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

/* In: tenant, log, first index, rows. */
const insertRows = `
insert into audit_log (tenant_id, log_id, idx, entry, leaf, entry_id, run_id, type, at)
select $1, $2, $3::bigint + ordinality - 1, entry, leaf, coalesce(entry_id, 'idx:' || ($3::bigint + ordinality - 1)),
  run_id, type, at::timestamptz
from unnest($4::sealed_entry[]) with ordinality`;

async function insertSealed(
  tx: Tx,
  tenant: TenantId,
  logId: string,
  size: number,
  rows: readonly SealedRow[],
): Promise<void> {
  const sealed = rows.map(({ bytes, leaf, entryId, runId, type, at }) => ({
    entry: bytes,
    leaf,
    entry_id: entryId,
    run_id: runId,
    type,
    at,
  }));
  try {
    await tx.query(insertRows, [tenant, logId, size, sealedEntry.pack(sealed)]);
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
select $1, $2, level, n, hashes from unnest($3::grown_tile[])
on conflict (tenant_id, log_id, level, n) do update set hashes = excluded.hashes
where substr(excluded.hashes, 1, octet_length(tile.hashes)) = tile.hashes
  and octet_length(excluded.hashes) > octet_length(tile.hashes)`;

async function storeTiles(tx: Tx, tenant: TenantId, logId: string, tiles: Tile[]): Promise<void> {
  const { rowCount } = await tx.query(upsertTiles, [tenant, logId, grownTile.pack(tiles)]);
  if (rowCount !== tiles.length)
    throw new AuditAlarm('audit/integrity', 'a stored tile differs from what it must hold');
}

const updateSize = `
update audit_log_meta set size = $3, sealed_at = clock_timestamp() where tenant_id = $1 and log_id = $2`;

async function storeSize(tx: Tx, tenant: TenantId, logId: string, size: number): Promise<void> {
  const updated = await tx.query(updateSize, [tenant, logId, size]);
  invariant(updated.rowCount === 1, 'the log that was locked is updated');
}
