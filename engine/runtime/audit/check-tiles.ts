import { type Hash, rootOf, sameHash } from '../../core/audit/merkle.ts';
import { splitHashes, type TileAt, tileHeight } from '../../core/audit/tiles.ts';
import type { ProblemList } from './verification.ts';

export interface UnevenTile extends TileAt {
  /** Hashes stored beyond the ones the size needs. */
  surplus: number;
}

/** Compares the tiles above level 0 with the level-0 hashes that pass by; one tile per level in memory. */
export class TileCheck {
  /** Tiles wider than the size needs. Normal only when the log grew during the check. */
  readonly wide: UnevenTile[] = [];
  #read: (at: TileAt) => Promise<Uint8Array | undefined>;
  #list: ProblemList;
  /** The tile being filled on each level above 0, lowest first. */
  #filling: { n: number; hashes: Hash[] }[] = [];

  constructor(read: (at: TileAt) => Promise<Uint8Array | undefined>, list: ProblemList) {
    this.#read = read;
    this.#list = list;
  }

  /** A full level-0 tile. */
  async passFull(hashes: readonly Hash[]): Promise<void> {
    await this.#add(1, rootOf(hashes));
  }

  async finish(): Promise<void> {
    for (const [below, { n, hashes }] of this.#filling.entries()) {
      if (hashes.length > 0) await this.#compare({ level: below + 1, n }, hashes);
    }
  }

  async #add(level: number, hash: Hash): Promise<void> {
    const tile = this.#filling[level - 1] ?? { n: 0, hashes: [] };
    tile.hashes.push(hash);
    const full = tile.hashes.length === tileHeight;
    this.#filling[level - 1] = full ? { n: tile.n + 1, hashes: [] } : tile;
    if (!full) return;
    await this.#compare({ level, n: tile.n }, tile.hashes);
    await this.#add(level + 1, rootOf(tile.hashes));
  }

  async #compare(at: TileAt, expected: readonly Hash[]): Promise<void> {
    const span = tileHeight ** at.level;
    const first = at.n * tileHeight * span;
    const bytes = await this.#read(at);
    const stored = bytes === undefined ? [] : splitHashes(bytes);
    if (stored.length < expected.length) {
      const from = first + stored.length * span;
      this.#list.add(
        'tile-missing',
        from,
        `tile ${at.level}/${at.n} holds ${stored.length} of ${expected.length} hashes`,
        first + expected.length * span,
      );
    }
    if (stored.length > expected.length) this.wide.push({ ...at, surplus: stored.length - expected.length });
    for (const [place, hash] of expected.entries()) {
      const other = stored[place];
      if (other === undefined || sameHash(other, hash)) continue;
      const from = first + place * span;
      const where = `hash ${place} of tile ${at.level}/${at.n}`;
      this.#list.add('tile-mismatch', from, `${where} is not the root of the hashes below it`, from + span);
    }
  }
}
