import type { TenantId } from '../../../schemas/ids.ts';
import { hexOf } from '../../core/audit/merkle.ts';
import { type Doubt, encodeDoubt, type PlaceWord } from '../../core/audit/order.ts';
import { readNewestLog } from '../store/queries/audit-orders.ts';
import type { Sql } from '../store/sql.ts';
import type { AnchorPlace, KnownLog } from './anchor-place.ts';
import { headHere } from './head-here.ts';
import { knownKeys } from './known-keys.ts';
import type { LogKeys } from './signing-key.ts';

/*
 * Writes down why the log is held and what is known of it here and outside, for the people who have to
 * decide what becomes of it. Asked again at each start: a place that was away answers later.
 */

const writeDoubt = `
insert into audit_doubt as known (tenant_id, log_id, evidence) values ($1, $2, $3)
on conflict (tenant_id) do update set log_id = excluded.log_id, evidence = excluded.evidence, noted_at = clock_timestamp()
where known.evidence <> excluded.evidence`;

const selectCarried = `
select size from audit_anchor where tenant_id = $1 and log_id = $2 and place = $3`;

/** @param log.origin what the sequencer would call a log that does not exist yet */
export async function noteDoubt(
  sql: Sql,
  tenant: TenantId,
  places: readonly AnchorPlace[],
  { origin: fallback, keys }: { origin: string; keys: LogKeys },
  { code, message }: { code: Doubt['code']; message: string },
): Promise<void> {
  const newest = await readNewestLog(sql, tenant);
  const { logId, origin, vkey } = newest ?? { logId: '1', origin: fallback, vkey: null };
  const known = await knownKeys(sql, tenant, { logId, origin }, keys);
  const words: PlaceWord[] = [];
  for (const place of places) {
    const carried = await sql.query<{ size: number }>(selectCarried, [tenant, logId, place.name]);
    words.push(await askPlace(place, known, carried.rows[0]?.size ?? 0));
  }
  const doubt: Doubt = {
    code,
    why: message.slice(0, 1_000),
    log: logId,
    origin,
    key: vkey,
    ...(await headHere(sql, tenant, logId)),
    places: words,
  };
  await sql.query(writeDoubt, [tenant, logId, encodeDoubt(doubt)]);
}

async function askPlace(place: AnchorPlace, known: KnownLog, carried: number): Promise<PlaceWord> {
  if (place.wants === 'newest')
    return {
      place: place.name,
      unknown: `it answers no questions; brought there from here: ${carried} entries`,
    };
  try {
    const newest = await place.newest(known);
    if (newest === null) return { place: place.name, size: 0, root: null };
    return { place: place.name, size: newest.size, root: hexOf(newest.root) };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return { place: place.name, unknown: why.slice(0, 300) };
  }
}
