import type { TenantId } from '../../../schemas/ids.ts';
import type { TileAt } from '../../core/audit/tiles.ts';
import type { Sql } from '../store/sql.ts';

/** In: tenant, log, levels and numbers in parallel. Out: those of the tiles that exist. */
const selectTiles = `
select level, n, hashes
from audit_tile
join unnest($3::int[], $4::bigint[]) as wanted (level, n) using (level, n)
where tenant_id = $1 and log_id = $2`;

export type TileLookup = (at: TileAt) => Uint8Array | undefined;

export async function readTiles(
  sql: Sql,
  tenant: TenantId,
  logId: string,
  places: readonly TileAt[],
): Promise<TileLookup> {
  if (places.length === 0) return () => undefined;
  const { rows } = await sql.query<{ level: number; n: number; hashes: Uint8Array }>(selectTiles, [
    tenant,
    logId,
    places.map((at) => at.level),
    places.map((at) => at.n),
  ]);
  const byPlace = new Map(rows.map((row) => [`${row.level}/${row.n}`, row.hashes]));
  return (at) => byPlace.get(`${at.level}/${at.n}`);
}
