import { type TileAt, tileHeight } from './tiles.ts';

/*
 * How C2SP tlog-tiles names tiles and entry bundles below a log's prefix. A name has one spelling:
 * what is not exactly as it would be written names nothing.
 */

/** A hash tile, or the bundle of entries beside the level-0 tile of the same number. */
export type NamedTile = (TileAt & { kind: 'hashes'; width: number }) | NamedBundle;

export interface NamedBundle {
  kind: 'entries';
  n: number;
  /** 256 when the name has no `.p`. */
  width: number;
}

const levelMax = 63;

/** `tile/1/x001/x234/067.p/8`; no suffix when the tile is full. */
export function tilePath(at: TileAt, width: number = tileHeight): string {
  return `tile/${at.level}/${numberPath(at.n)}${widthSuffix(width)}`;
}

/** The entry bundle beside level-0 tile `n`: `tile/entries/x001/x234/067.p/8`. */
export function entriesPath(n: number, width: number = tileHeight): string {
  return `tile/entries/${numberPath(n)}${widthSuffix(width)}`;
}

/** What a path below the log's prefix names; null when it is no tile's name. */
export function parseTilePath(path: string): NamedTile | null {
  const match = /^tile\/(entries|0|[1-9]\d?)\/((?:x\d{3}\/)*\d{3})(?:\.p\/(\d{1,3}))?$/.exec(path);
  const [, kind, digits, widthText] = match ?? [];
  if (kind === undefined || digits === undefined) return null;
  const n = Number(digits.replace(/[x/]/g, ''));
  const width = widthText === undefined ? tileHeight : Number(widthText);
  if (!Number.isSafeInteger(n)) return null;
  const level = Number(kind);
  const named: NamedTile =
    kind === 'entries' ? { kind: 'entries', n, width } : { kind: 'hashes', level, n, width };
  if (named.kind === 'hashes' && named.level > levelMax) return null;
  if (width < 1 || width > tileHeight) return null;
  const written = named.kind === 'entries' ? entriesPath(n, width) : tilePath(named, width);
  return written === path ? named : null;
}

function numberPath(n: number): string {
  const digits = String(n);
  const groups = digits.padStart(Math.ceil(digits.length / 3) * 3, '0').match(/\d{3}/g) ?? [];
  return groups.map((group, at) => (at < groups.length - 1 ? `x${group}` : group)).join('/');
}

function widthSuffix(width: number): string {
  return width === tileHeight ? '' : `.p/${width}`;
}
