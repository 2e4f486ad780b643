import { type Hash, hashBytes, type LeafRange, nodeHash, rootOf, splitPoint } from './merkle.ts';

/*
 * The tree cut into tiles, as C2SP tlog-tiles stores and serves it: hash `i` of tile `n` on level `l` is
 * the root of leaves [(n*256+i)*256^l, (n*256+i+1)*256^l). Decides which tiles an append touches and
 * what root they give; refuses to know where tiles are kept.
 */

/** Hashes in a full tile. Fixed by the format. */
export const tileHeight = 256;

export interface TileAt {
  level: number;
  n: number;
}

export interface Tile extends TileAt {
  /** Concatenated 32-byte hashes, 1 to 256 of them. */
  hashes: Uint8Array;
}

/** Where a tile's first `width` hashes belong to the tree in question. */
export interface TileEdge extends TileAt {
  width: number;
}

export interface Appended {
  size: number;
  root: Hash;
  /** Every tile that is new or has grown, whole. */
  changed: Tile[];
}

/**
 * The tree of `size` after `leaves` are put at its end. `edge` answers with the tiles that
 * `partialTiles(size)` names; wider ones are cut, a missing or narrower one is a broken log and throws.
 */
export function appendLeaves(
  size: number,
  edge: (at: TileAt) => Uint8Array | undefined,
  leaves: readonly Hash[],
): Appended {
  const widths = new Map(partialTiles(size).map((tile) => [tile.level, tile]));
  const changed: Tile[] = [];
  let incoming = leaves;
  for (let level = 0; incoming.length > 0; level += 1) {
    const partial = widths.get(level);
    let n = Math.floor(hashesOnLevel(size, level) / tileHeight);
    let filling = partial === undefined ? [] : splitHashes(prefixOf(edge(partial), partial));
    const upwards: Hash[] = [];
    for (const hash of incoming) {
      filling.push(hash);
      if (filling.length === tileHeight) {
        changed.push({ level, n, hashes: joinHashes(filling) });
        upwards.push(rootOf(filling));
        filling = [];
        n += 1;
      }
    }
    if (filling.length > 0) changed.push({ level, n, hashes: joinHashes(filling) });
    incoming = upwards;
  }
  const grown = size + leaves.length;
  const byPlace = new Map(changed.map((tile) => [keyOf(tile), tile.hashes]));
  return {
    size: grown,
    root: rootOfSize(grown, (at) => byPlace.get(keyOf(at)) ?? edge(at)),
    changed,
  };
}

/**
 * The root at `size`, now or at any earlier time: tiles only grow, so the first hashes of today's
 * tile are yesterday's partial tile. Reads at most one tile per level.
 */
export function rootOfSize(size: number, tileOf: (at: TileAt) => Uint8Array | undefined): Hash {
  let rest: Hash[] = [];
  for (const edge of partialTiles(size)) {
    const hashes = splitHashes(prefixOf(tileOf(edge), edge));
    rest = [rootOf([...hashes, ...rest])];
  }
  return rootOf(rest);
}

/** Where the hashes of one perfect subtree stand: `count` of one tile, from `start` on. */
interface Piece extends TileAt {
  start: number;
  count: number;
}

/** MTH of a leaf range as proofs name them; with it, `inclusionRanges` become a proof out of tiles. */
export function rootOfRange(range: LeafRange, tileOf: (at: TileAt) => Uint8Array | undefined): Hash {
  const roots = piecesOf(range).map(({ level, n, start, count }) => {
    const hashes = splitHashes(prefixOf(tileOf({ level, n }), { level, n, width: start + count }));
    return rootOf(hashes.slice(start));
  });
  return roots.reduceRight((right, left) => nodeHash(left, right));
}

/** The tiles that `rootOfRange` will ask for, so that they can be fetched at once; each once. */
export function tilesOfRanges(ranges: readonly LeafRange[]): TileAt[] {
  const places = ranges.flatMap(piecesOf).map(({ level, n }): TileAt => ({ level, n }));
  return [...new Map(places.map((at) => [keyOf(at), at])).values()];
}

/** The perfect subtrees of a range, left to right; a range of the tree never straddles two of a size. */
function piecesOf(range: LeafRange): Piece[] {
  const length = range.to - range.from;
  const exponent = Math.round(Math.log2(length));
  if (2 ** exponent !== length || range.from % length !== 0) {
    const middle = range.from + splitPoint(length);
    return [...piecesOf({ from: range.from, to: middle }), ...piecesOf({ from: middle, to: range.to })];
  }
  const level = Math.floor(exponent / 8);
  const first = range.from / tileHeight ** level;
  return [
    { level, n: Math.floor(first / tileHeight), start: first % tileHeight, count: 2 ** (exponent % 8) },
  ];
}

/** The partial tiles of a tree, lowest level first; levels whose last tile is full have none. */
export function partialTiles(size: number): TileEdge[] {
  const edges: TileEdge[] = [];
  for (let level = 0; ; level += 1) {
    const hashes = hashesOnLevel(size, level);
    if (hashes === 0) return edges;
    const width = hashes % tileHeight;
    if (width > 0) edges.push({ level, n: Math.floor(hashes / tileHeight), width });
  }
}

/** How many hashes level `level` of a tree of `size` holds. */
export function hashesOnLevel(size: number, level: number): number {
  return Math.floor(size / tileHeight ** level);
}

export function splitHashes(hashes: Uint8Array): Hash[] {
  return Array.from({ length: hashes.length / hashBytes }, (_, at) =>
    hashes.subarray(at * hashBytes, (at + 1) * hashBytes),
  );
}

export function joinHashes(hashes: readonly Hash[]): Uint8Array {
  const joined = new Uint8Array(hashes.length * hashBytes);
  hashes.forEach((hash, at) => {
    joined.set(hash, at * hashBytes);
  });
  return joined;
}

/** A tile that the size says must exist does not, or is too short. */
export class MissingTile extends Error {
  readonly at: TileAt;
  constructor(at: TileEdge, found: number) {
    super(`tile ${at.level}/${at.n} must hold ${at.width} hashes and holds ${found}`);
    this.name = 'MissingTile';
    this.at = { level: at.level, n: at.n };
  }
}

function prefixOf(hashes: Uint8Array | undefined, edge: TileEdge): Uint8Array {
  const found = (hashes?.length ?? 0) / hashBytes;
  if (hashes === undefined || found < edge.width) throw new MissingTile(edge, found);
  return hashes.subarray(0, edge.width * hashBytes);
}

function keyOf(at: TileAt): string {
  return `${at.level}/${at.n}`;
}
