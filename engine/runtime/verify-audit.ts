import type { TenantId } from '../../schemas/ids.ts';
import { Frontier } from '../core/audit/frontier.ts';
import { emptyRoot, type Hash, hashBytes, hexOf } from '../core/audit/merkle.ts';
import { hashesOnLevel, splitHashes, type TileAt, tileHeight } from '../core/audit/tiles.ts';
import { formatVerifierKey } from '../core/audit/verifier-key.ts';
import { BesideCheck } from './audit/check-beside.ts';
import { EntryCheck, readRows } from './audit/check-entries.ts';
import { type ClaimedRoot, givenRoots, keptRoots, RootCheck, reportUncovered } from './audit/check-roots.ts';
import { StoryCheck } from './audit/check-story.ts';
import { TileCheck } from './audit/check-tiles.ts';
import { type KeyChain, readKeyChain } from './audit/read-key-chain.ts';
import { type LogHead, readLogHead } from './audit/read-log-head.ts';
import { readTiles } from './audit/read-tiles.ts';
import { readTruncatedTo } from './audit/read-truncations.ts';
import { ProblemList, type Verification } from './audit/verification.ts';
import type { Sql } from './store/sql.ts';

export interface VerifyOptions {
  /** Default: the tenant's newest log. */
  logId?: string;
  /** Heads that were kept outside this database (`root` in hex). Without one, whoever can write everything can rewrite everything. */
  anchors?: readonly { size: number; root: string }[];
  /** Key of the log, from outside; without one the key that the database names is believed. */
  vkey?: string;
  /** Problems listed; the rest is counted. Default 100. */
  maxProblems?: number;
  /** Facts that the story check keeps in memory. Default 100,000. */
  factsMax?: number;
  /** Entries per page, rounded up to whole tiles. Default 1,024: at most 16 MiB. */
  pageRows?: number;
}

/**
 * Recomputes the whole log from its stored bytes: canonical form, leaves, indexes, tiles, root against
 * every kept checkpoint, columns, and whether the story is possible. Reads a page at a time and needs
 * `select` only; the sequencer may go on meanwhile, the entries up to the size at the start are checked.
 * @throws only when the database does
 */
export async function verifyAudit(
  sql: Sql,
  tenant: TenantId,
  options: VerifyOptions = {},
): Promise<Verification> {
  let ground = await readGround(sql, tenant, options, options.logId ?? null);
  for (;;) {
    if (ground === undefined) return await withoutLog(sql, tenant, options);
    const found = await recompute(sql, tenant, options, ground);
    if (found.ok) return found;
    // What is missed may have gone by retention meanwhile, and with it what later entries build on.
    const later = await readGround(sql, tenant, options, found.log);
    if ((later?.truncatedTo ?? 0) <= ground.truncatedTo) return found;
    ground = later;
  }
}

/** What the log says of itself before any of its entries is looked at. */
interface Ground {
  log: LogHead;
  keys: KeyChain;
  truncatedTo: number;
  /** Begins with what is wrong with the keys. */
  list: ProblemList;
}

async function readGround(
  sql: Sql,
  tenant: TenantId,
  { vkey, maxProblems = 100 }: VerifyOptions,
  logId: string | null,
): Promise<Ground | undefined> {
  const log = await readLogHead(sql, tenant, logId);
  if (log === undefined) return undefined;
  const list = new ProblemList(maxProblems);
  const keys = await readKeyChain(sql, tenant, log.logId, vkey ?? log.vkey ?? '', list);
  return { log, keys, truncatedTo: await readTruncatedTo(sql, tenant, log, keys), list };
}

async function recompute(
  sql: Sql,
  tenant: TenantId,
  options: VerifyOptions,
  { log, keys, truncatedTo, list }: Ground,
): Promise<Verification> {
  const { logId, size } = log;
  const readTile = async (at: TileAt) => (await readTiles(sql, tenant, logId, [at]))(at);
  const story = new StoryCheck(sql, tenant, { ...log, minIndex: truncatedTo }, list, options.factsMax);
  const beside = new BesideCheck(sql, tenant, list);
  const entries = new EntryCheck(tenant, log, list, { story, beside }, truncatedTo);
  const tiles = new TileCheck(readTile, list);
  const checkpoints = new RootCheck(keptRoots(sql, tenant, log, keys, list), 'checkpoint-mismatch', list);
  const anchors = new RootCheck(givenRoots(parseAnchors(options), size), 'anchor-mismatch', list);

  /** The tree of the rows, and the tree of the level-0 tiles: they differ from the first tampering on. */
  const rowTree = new Frontier();
  const tileTree = new Frontier();
  const roots = () => [rowTree.root(), tileTree.root()];
  const compareRoots = async (at: number) => {
    await checkpoints.at(at, roots);
    await anchors.at(at, roots);
  };

  await compareRoots(0);
  const pageRows = tileHeight * Math.ceil((options.pageRows ?? 4 * tileHeight) / tileHeight);
  for (let from = 0; from < size; from += pageRows) {
    const to = Math.min(from + pageRows, size);
    const rows = (await readRows(sql, tenant, logId, from, to)).values();
    const page = await readLeafTiles(sql, tenant, log, from, to, list, tiles);
    let row = rows.next().value;
    let tile: Hash[] = [];
    for (let index = from; index < to; index++) {
      const inTile = page.hashAt(index);
      const found = row?.idx === index ? row : undefined;
      if (found !== undefined) row = rows.next().value;
      const leaf = await entries.pass(index, found, inTile);
      rowTree.push(leaf ?? inTile ?? unknownHash);
      tileTree.push(inTile ?? leaf ?? unknownHash);
      tile.push(inTile ?? leaf ?? unknownHash);
      if (tile.length === tileHeight) {
        await tiles.passFull(tile);
        tile = [];
      }
      await compareRoots(index + 1);
    }
  }
  entries.endGap(size);
  story.end();
  await tiles.finish();
  reportBeyondEnd(log, options, list);
  await reportWideTiles(sql, tenant, log, tiles, list);
  await reportUncovered(sql, tenant, log, list);

  return {
    ...outcome(list),
    log: logId,
    size,
    root: hexOf(rowTree.root()),
    keys: keys.keys.flatMap((key) => (key === null ? [] : [formatVerifierKey(key)])),
    checkpoints: checkpoints.checked,
    checkpoint:
      log.keptSize === null || log.keptRoot === null
        ? null
        : { size: log.keptSize, root: hexOf(log.keptRoot), note: log.keptNote },
    anchors: anchors.checked,
    prunedBelow: truncatedTo,
    orders: story.orders,
    pending: log.pending,
  };
}

/** Stands in for a leaf that neither row nor tile knows; no data hashes to it. */
const unknownHash: Hash = new Uint8Array(hashBytes);

async function readLeafTiles(
  sql: Sql,
  tenant: TenantId,
  log: LogHead,
  from: number,
  to: number,
  list: ProblemList,
  tiles: TileCheck,
): Promise<{ hashAt(index: number): Hash | undefined }> {
  const places: TileAt[] = [];
  for (let n = from / tileHeight; n * tileHeight < to; n++) places.push({ level: 0, n });
  const tileOf = await readTiles(sql, tenant, log.logId, places);
  const hashes = new Map<number, Hash[]>();
  for (const at of places) {
    const stored = splitHashes(tileOf(at) ?? new Uint8Array());
    const first = at.n * tileHeight;
    const width = Math.min(tileHeight, log.size - first);
    if (stored.length < width) {
      const message = `tile 0/${at.n} holds ${stored.length} of ${width} hashes`;
      list.add('tile-missing', first + stored.length, message, first + width);
    }
    if (stored.length > width) tiles.wide.push({ ...at, surplus: stored.length - width });
    hashes.set(at.n, stored);
  }
  return { hashAt: (index) => hashes.get(Math.floor(index / tileHeight))?.[index % tileHeight] };
}

function reportBeyondEnd(log: LogHead, options: VerifyOptions, list: ProblemList): void {
  const { size } = log;
  if (log.strayIndex !== null) {
    list.add(
      'row-beyond-end',
      log.strayIndex,
      `the log has ${size} entries, and a row at index ${log.strayIndex}`,
    );
  }
  if ((log.keptSize ?? 0) > size) {
    list.add(
      'checkpoint-beyond-end',
      size,
      `a checkpoint names ${log.keptSize} entries, the log has ${size}`,
    );
  }
  for (const anchor of options.anchors ?? []) {
    if (anchor.size <= size) continue;
    list.add('anchor-beyond-end', size, `an anchor names ${anchor.size} entries, the log has ${size}`);
  }
  for (const { level, count, lowest, highest } of log.tiles) {
    const needed = Math.ceil(hashesOnLevel(size, level) / tileHeight);
    if (level >= 0 && lowest >= 0 && highest < needed && count <= needed) continue;
    list.add(
      'tile-beyond-end',
      null,
      `level ${level} has ${count} tiles up to ${highest}, ${needed} belong to the log`,
    );
  }
}

/** A partial tile that is wider than it was needs a log that has grown since. */
async function reportWideTiles(
  sql: Sql,
  tenant: TenantId,
  log: LogHead,
  tiles: TileCheck,
  list: ProblemList,
): Promise<void> {
  if (tiles.wide.length === 0) return;
  const grown = (await readLogHead(sql, tenant, log.logId))?.size ?? 0;
  for (const { level, n, surplus } of tiles.wide) {
    const has = Math.min(tileHeight, hashesOnLevel(log.size, level) - n * tileHeight) + surplus;
    if (n * tileHeight + has <= hashesOnLevel(grown, level)) continue;
    list.add('tile-beyond-end', log.size, `tile ${level}/${n} holds ${surplus} hashes more than the log has`);
  }
}

function parseAnchors(options: VerifyOptions): ClaimedRoot[] {
  return (options.anchors ?? []).map(({ size, root }) => ({ size, root: Buffer.from(root, 'hex') }));
}

/** Nothing was ever logged, or the log itself was removed: then rows, checkpoints or anchors say so. */
async function withoutLog(sql: Sql, tenant: TenantId, options: VerifyOptions): Promise<Verification> {
  const list = new ProblemList(options.maxProblems ?? 100);
  const { rows } = await sql.query<{ left: boolean; pending: number }>(selectLeftovers, [tenant]);
  const { left, pending } = rows[0] ?? { left: false, pending: 0 };
  const claimed = options.logId !== undefined || (options.anchors ?? []).some((anchor) => anchor.size > 0);
  if (left || claimed) list.add('log-missing', 0, 'the log is not there, though something names it');
  return {
    ...outcome(list),
    log: options.logId ?? '',
    size: 0,
    root: hexOf(emptyRoot()),
    keys: [],
    checkpoints: 0,
    checkpoint: null,
    anchors: 0,
    prunedBelow: 0,
    orders: { done: 0, unsigned: 0 },
    pending,
  };
}

const selectLeftovers = `
select (select coalesce(sum(cardinality(ids)), 0) from audit_pack where tenant_id = $1) as pending,
  exists (select 1 from audit_log where tenant_id = $1)
  or exists (select 1 from audit_tile where tenant_id = $1)
  or exists (select 1 from audit_checkpoint where tenant_id = $1) as left`;

function outcome(
  list: ProblemList,
): Pick<Verification, 'ok' | 'problems' | 'problemsLeftOut' | 'firstBadIndex'> {
  const firstBadIndex = list.firstBadIndex();
  return {
    ok: list.problems.length === 0 && list.leftOut === 0,
    ...(firstBadIndex === undefined ? {} : { firstBadIndex }),
    problems: list.problems,
    problemsLeftOut: list.leftOut,
  };
}
