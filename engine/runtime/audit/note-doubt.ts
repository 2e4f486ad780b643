import type { TenantId } from '../../../schemas/ids.ts';
import { hexOf } from '../../core/audit/merkle.ts';
import { type Doubt, encodeDoubt, type OrderCheckpoint, type PlaceWord } from '../../core/audit/order.ts';
import { MissingTile, partialTiles, rootOfSize } from '../../core/audit/tiles.ts';
import { verifierKey } from '../../core/audit/verifier-key.ts';
import { readNewestLog } from '../store/queries/audit-orders.ts';
import type { Sql } from '../store/sql.ts';
import type { AnchorPlace } from './anchor-place.ts';
import { readTiles } from './read-tiles.ts';

/*
 * Writes down why the log is held and what is known of it here and outside, for the people who have to
 * decide what becomes of it. Asked again at each start: a place that was away answers later.
 */

const writeDoubt = `
insert into audit_doubt as known (tenant_id, log_id, evidence) values ($1, $2, $3)
on conflict (tenant_id) do update set log_id = excluded.log_id, evidence = excluded.evidence, noted_at = clock_timestamp()
where known.evidence <> excluded.evidence`;

const selectKept = `
select size, encode(root, 'hex') as root from audit_checkpoint where tenant_id = $1 and log_id = $2
order by size desc limit 1`;

const selectCarried = `
select size from audit_anchor where tenant_id = $1 and log_id = $2 and place = $3`;

/** @param log what the sequencer would call a log that does not exist yet */
export async function noteDoubt(
  sql: Sql,
  tenant: TenantId,
  places: readonly AnchorPlace[],
  log: { origin: string; publicKey: Uint8Array },
  { code, message }: { code: string; message: string },
): Promise<void> {
  const newest = await readNewestLog(sql, tenant);
  const { logId, origin, vkey, size } = newest ?? { logId: '1', origin: log.origin, vkey: null, size: 0 };
  const kept = await sql.query<OrderCheckpoint>(selectKept, [tenant, logId]);
  const key = verifierKey(origin, log.publicKey);
  const words: PlaceWord[] = [];
  for (const place of places) {
    const carried = await sql.query<{ size: number }>(selectCarried, [tenant, logId, place.name]);
    words.push(await askPlace(place, key, carried.rows[0]?.size ?? 0));
  }
  const doubt: Doubt = {
    code,
    why: message.slice(0, 1_000),
    log: logId,
    origin,
    key: vkey,
    size,
    root: await rootHere(sql, tenant, logId, size),
    checkpoint: kept.rows[0] ?? null,
    places: words,
  };
  await sql.query(writeDoubt, [tenant, logId, encodeDoubt(doubt)]);
}

async function askPlace(
  place: AnchorPlace,
  key: Parameters<AnchorPlace['newest']>[0],
  carried: number,
): Promise<PlaceWord> {
  if (place.wants === 'newest')
    return {
      place: place.name,
      unknown: `it answers no questions; brought there from here: ${carried} entries`,
    };
  try {
    const newest = await place.newest(key);
    if (newest === null) return { place: place.name, size: 0, root: null };
    return { place: place.name, size: newest.size, root: hexOf(newest.root) };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return { place: place.name, unknown: why.slice(0, 300) };
  }
}

async function rootHere(sql: Sql, tenant: TenantId, logId: string, size: number): Promise<string | null> {
  try {
    return hexOf(rootOfSize(size, await readTiles(sql, tenant, logId, partialTiles(size))));
  } catch (error) {
    if (error instanceof MissingTile) return null;
    throw error;
  }
}
