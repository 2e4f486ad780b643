import type { TenantId } from '../../../schemas/ids.ts';
import { bundleEntries } from '../../core/audit/entry-bundle.ts';
import { consistencyRanges, type Hash, inclusionRanges, type LeafRange } from '../../core/audit/merkle.ts';
import type { NamedTile } from '../../core/audit/tile-path.ts';
import {
  hashesOnLevel,
  MissingTile,
  partialTiles,
  rootOfRange,
  rootOfSize,
  type TileAt,
  tileHeight,
  tilesOfRanges,
} from '../../core/audit/tiles.ts';
import type { Sql } from '../store/sql.ts';
import { AuditAlarm } from './alarm.ts';
import { readTiles, type TileLookup } from './read-tiles.ts';

/*
 * A log as strangers see it: up to its newest signed checkpoint and no further. What was sealed
 * since is true, but nobody has promised it yet. Everything is read from tiles; the log is never scanned.
 */

export interface PublishedLog {
  logId: string;
  origin: string;
  /** The key as the database knows it. */
  vkey: string | null;
  /** Texts of entries below it are gone after provable truncation. */
  minIndex: number;
  size: number;
  /** The signed note, byte for byte, with the lines of witnesses below the log's own. */
  note: string;
}

export interface InclusionProof {
  index: number;
  size: number;
  leaf: Hash;
  /** The exact bytes; null after truncation. */
  entry: Uint8Array | null;
  root: Hash;
  hashes: Hash[];
  /** The signed head of this size, when one was published. */
  note: string | null;
}

export interface ConsistencyProof {
  from: number;
  to: number;
  fromRoot: Hash;
  toRoot: Hash;
  hashes: Hash[];
}

/** In: tenant, log or null for the newest. Out: it with its newest signed head, or none. */
const selectPublished = `
select meta.log_id as "logId", meta.origin, meta.vkey, meta.min_index as "minIndex", head.size,
  head.note || coalesce((select string_agg(line, '' order by witness) from audit_cosignature s
    where s.tenant_id = $1 and s.log_id = meta.log_id and s.size = head.size), '') as note
from (
  select * from audit_log_meta where tenant_id = $1 and log_id = coalesce($2, log_id) order by incarnation desc limit 1
) as meta
join lateral (
  select size, note from audit_checkpoint c
  where c.tenant_id = $1 and c.log_id = meta.log_id and note is not null order by size desc limit 1
) as head on true`;

const selectEntries = `
select idx, entry from audit_log
where tenant_id = $1 and log_id = $2 and idx >= $3 and idx < $4 order by idx`;

const selectLeaf = `select leaf, entry from audit_log where tenant_id = $1 and log_id = $2 and idx = $3`;

const selectNote = `select note from audit_checkpoint where tenant_id = $1 and log_id = $2 and size = $3`;

export async function readPublished(
  sql: Sql,
  tenant: TenantId,
  logId: string | null = null,
): Promise<PublishedLog | null> {
  return (await sql.query<PublishedLog>(selectPublished, [tenant, logId])).rows[0] ?? null;
}

/**
 * A hash tile or an entry bundle; `unknown` when the published tree has none of this width, `pruned`
 * when a text of the bundle is gone.
 * @throws AuditAlarm audit/integrity when the store lacks what the published size says it has
 */
export async function readNamedTile(
  sql: Sql,
  tenant: TenantId,
  log: PublishedLog,
  named: NamedTile,
): Promise<Uint8Array | 'unknown' | 'pruned'> {
  const first = named.n * tileHeight;
  const level = named.kind === 'entries' ? 0 : named.level;
  if (first + named.width > hashesOnLevel(log.size, level)) return 'unknown';
  if (named.kind === 'entries') return await readBundle(sql, tenant, log, first, named.width);
  const at: TileAt = { level: named.level, n: named.n };
  const hashes = (await readTiles(sql, tenant, log.logId, [at]))(at);
  const wanted = named.width * 32;
  if (hashes === undefined || hashes.length < wanted)
    throw broken(new MissingTile({ ...at, width: named.width }, (hashes?.length ?? 0) / 32));
  return hashes.subarray(0, wanted);
}

async function readBundle(
  sql: Sql,
  tenant: TenantId,
  log: PublishedLog,
  first: number,
  width: number,
): Promise<Uint8Array | 'pruned'> {
  const { rows } = await sql.query<{ idx: number; entry: Uint8Array | null }>(selectEntries, [
    tenant,
    log.logId,
    first,
    first + width,
  ]);
  const gap = rows.findIndex((row, at) => Number(row.idx) !== first + at);
  if (gap >= 0 || rows.length !== width)
    throw new AuditAlarm('audit/integrity', `entry ${first + (gap >= 0 ? gap : rows.length)} is missing`);
  const entries = rows.map((row) => row.entry);
  return entries.includes(null) ? 'pruned' : bundleEntries(entries as Uint8Array[]);
}

/** For `index < size <= log.size`. */
export async function proveInclusion(
  sql: Sql,
  tenant: TenantId,
  log: PublishedLog,
  index: number,
  size: number,
): Promise<InclusionProof> {
  const ranges = inclusionRanges(index, size);
  const tileOf = await tilesFor(sql, tenant, log, ranges, [size]);
  const stored = await sql.query<{ leaf: Hash; entry: Uint8Array | null }>(selectLeaf, [
    tenant,
    log.logId,
    index,
  ]);
  const [row] = stored.rows;
  if (row === undefined) throw new AuditAlarm('audit/integrity', `entry ${index} is missing`);
  const kept = await sql.query<{ note: string | null }>(selectNote, [tenant, log.logId, size]);
  return whole(() => ({
    index,
    size,
    ...row,
    root: rootOfSize(size, tileOf),
    hashes: ranges.map((range) => rootOfRange(range, tileOf)),
    note: kept.rows[0]?.note ?? null,
  }));
}

/** For `from <= to <= log.size`. */
export async function proveConsistency(
  sql: Sql,
  tenant: TenantId,
  log: PublishedLog,
  from: number,
  to: number,
): Promise<ConsistencyProof> {
  const ranges = consistencyRanges(from, to);
  const tileOf = await tilesFor(sql, tenant, log, ranges, [from, to]);
  return whole(() => ({
    from,
    to,
    fromRoot: rootOfSize(from, tileOf),
    toRoot: rootOfSize(to, tileOf),
    hashes: ranges.map((range) => rootOfRange(range, tileOf)),
  }));
}

/** All in one question: at most a few tiles per level, whatever the size. */
async function tilesFor(
  sql: Sql,
  tenant: TenantId,
  log: PublishedLog,
  ranges: readonly LeafRange[],
  sizes: readonly number[],
): Promise<TileLookup> {
  const edges = sizes.flatMap(partialTiles).map(({ level, n }): TileAt => ({ level, n }));
  return await readTiles(sql, tenant, log.logId, [...tilesOfRanges(ranges), ...edges]);
}

function whole<Value>(compute: () => Value): Value {
  try {
    return compute();
  } catch (error) {
    if (error instanceof MissingTile) throw broken(error);
    throw error;
  }
}

function broken(error: MissingTile): AuditAlarm {
  return new AuditAlarm('audit/integrity', error.message, { cause: error });
}
