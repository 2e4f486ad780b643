import type { TenantId } from '../../../schemas/ids.ts';
import type { Tile, TileAt } from '../../core/audit/tiles.ts';
import type { Rows, Sql } from '../store/sql.ts';

/** In: tenant, log, levels and numbers in parallel. Out: those of the tiles that exist. */
const selectTiles = `
select level, n, hashes
from audit_tile
join unnest($3::int[], $4::bigint[]) as wanted (level, n) using (level, n)
where tenant_id = $1 and log_id = $2`;

/*
 * In: tenant, log. Out: the last tile of each level, where it is not full; 256^7 entries are more than a number
 * counts. By the size that stands there now: whoever has locked it can ask for both at once.
 */
const selectPartial = `
select tile.level, n, hashes
from audit_log_meta meta cross join generate_series(0, 6) as level
join audit_tile tile on tile.tenant_id = $1 and tile.log_id = $2 and tile.level = level.level
  and n = meta.size >> (8 * level.level + 8)
where meta.tenant_id = $1 and meta.log_id = $2`;

export type TileLookup = (at: TileAt) => Uint8Array | undefined;

export async function readTiles(
  sql: Sql,
  tenant: TenantId,
  logId: string,
  places: readonly TileAt[],
): Promise<TileLookup> {
  if (places.length === 0) return () => undefined;
  return lookupOf(
    await sql.query<Tile>(selectTiles, [
      tenant,
      logId,
      places.map((at) => at.level),
      places.map((at) => at.n),
    ]),
  );
}

/** Those that the next entry makes grow. */
export async function readPartialTiles(sql: Sql, tenant: TenantId, logId: string): Promise<TileLookup> {
  return lookupOf(await sql.query<Tile>(selectPartial, [tenant, logId]));
}

function lookupOf({ rows }: Rows<Tile>): TileLookup {
  const byPlace = new Map(rows.map((row) => [`${row.level}/${row.n}`, row.hashes]));
  return (at) => byPlace.get(`${at.level}/${at.n}`);
}
