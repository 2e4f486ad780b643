import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  consistencyRanges,
  type Hash,
  hexOf,
  inclusionRanges,
  leafHash,
  rootOf,
  verifyConsistency,
  verifyInclusion,
} from '../../engine/core/audit/merkle.ts';
import { entriesPath, parseTilePath, tilePath } from '../../engine/core/audit/tile-path.ts';
import {
  appendLeaves,
  MissingTile,
  partialTiles,
  rootOfRange,
  rootOfSize,
  splitHashes,
  type TileAt,
  tilesOfRanges,
} from '../../engine/core/audit/tiles.ts';

const leafOf = (n: number): Hash => leafHash(Buffer.from(String(n)));

/** Tiles as a store keeps them: the newest version of each. */
class Shelf {
  tiles = new Map<string, Uint8Array>();
  size = 0;
  root = rootOf([]);

  append(leaves: readonly Hash[]): void {
    const grown = appendLeaves(this.size, this.at, leaves);
    for (const tile of grown.changed) {
      const key = `${tile.level}/${tile.n}`;
      const before = this.tiles.get(key);
      // What the store insists on: a tile only ever grows at its end.
      if (before !== undefined) expect(hexOf(tile.hashes).startsWith(hexOf(before))).toBe(true);
      this.tiles.set(key, tile.hashes);
    }
    this.size = grown.size;
    this.root = grown.root;
  }

  at = (at: TileAt): Uint8Array | undefined => this.tiles.get(`${at.level}/${at.n}`);
}

describe('names of tiles', () => {
  test.each([
    [{ level: 0, n: 0 }, 256, 'tile/0/000'],
    [{ level: 0, n: 273 }, 112, 'tile/0/273.p/112'],
    [{ level: 1, n: 1 }, 17, 'tile/1/001.p/17'],
    [{ level: 0, n: 1_000 }, 256, 'tile/0/x001/000'],
    [{ level: 2, n: 1_234_067 }, 1, 'tile/2/x001/x234/067.p/1'],
  ])('%o of width %i', (at, width, path) => {
    expect(tilePath(at, width)).toBe(path);
  });

  test('of entry bundles', () => {
    expect(entriesPath(1_234_067)).toBe('tile/entries/x001/x234/067');
    expect(entriesPath(5, 9)).toBe('tile/entries/005.p/9');
  });
});

describe('paths', () => {
  test('name what they were written for', () => {
    const widths = fc.integer({ min: 1, max: 256 });
    fc.assert(
      fc.property(fc.nat({ max: 63 }), fc.maxSafeNat(), widths, (level, n, width) => {
        expect(parseTilePath(tilePath({ level, n }, width))).toEqual({ kind: 'hashes', level, n, width });
        expect(parseTilePath(entriesPath(n, width))).toEqual({ kind: 'entries', n, width });
      }),
    );
  });

  test.each([
    'tile/0/00',
    'tile/0/0000',
    'tile/0/x000/001',
    'tile/0/001/067',
    'tile/0/x001/x067',
    'tile/00/001',
    'tile/64/001',
    'tile/0/001.p/0',
    'tile/0/001.p/256',
    'tile/0/001.p/08',
    'tile/0/001.p',
    'tile/0/001/',
    'tile/entries',
    'tile/entries/x999/x999/x999/x999/x999/999',
    '/tile/0/001',
  ])('name nothing when they are written like %s', (path) => {
    expect(parseTilePath(path)).toBeNull();
  });
});

describe('partial tiles', () => {
  test('of size 70,000 are 112, 17 and 1 wide', () => {
    expect(partialTiles(70_000)).toEqual([
      { level: 0, n: 273, width: 112 },
      { level: 1, n: 1, width: 17 },
      { level: 2, n: 0, width: 1 },
    ]);
  });

  test('of size 256 are one hash on level 1', () => {
    expect(partialTiles(256)).toEqual([{ level: 1, n: 0, width: 1 }]);
  });

  test('of an empty tree do not exist', () => {
    expect(partialTiles(0)).toEqual([]);
  });
});

describe('a tree in tiles', () => {
  test('has the root of its leaves however they were appended, now and at every earlier size', () => {
    const portions = fc.array(fc.integer({ min: 0, max: 700 }), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(portions, fc.nat(), fc.nat(), (counts, pickOne, pickTwo) => {
        const shelf = new Shelf();
        const leaves: Hash[] = [];
        for (const count of counts) {
          const next = Array.from({ length: count }, (_, at) => leafOf(leaves.length + at));
          leaves.push(...next);
          shelf.append(next);
          expect(shelf.size).toBe(leaves.length);
          expect(hexOf(shelf.root)).toBe(hexOf(rootOf(leaves)));
        }
        const earlier = pickOne % (leaves.length + 1);
        expect(hexOf(rootOfSize(earlier, shelf.at))).toBe(hexOf(rootOf(leaves.slice(0, earlier))));
        if (leaves.length === 0) return;
        const index = pickTwo % leaves.length;
        const ranges = inclusionRanges(index, leaves.length);
        const inclusion = ranges.map((range) => rootOfRange(range, shelf.at));
        const told = new Set(tilesOfRanges(ranges).map((at) => `${at.level}/${at.n}`));
        for (const range of ranges)
          rootOfRange(range, (at) => (told.has(`${at.level}/${at.n}`) ? shelf.at(at) : undefined));
        expect(verifyInclusion(leafOf(index), index, leaves.length, inclusion, shelf.root)).toBe(true);
        const consistency = consistencyRanges(earlier, leaves.length).map((range) =>
          rootOfRange(range, shelf.at),
        );
        const old = rootOf(leaves.slice(0, earlier));
        expect(verifyConsistency(earlier, old, leaves.length, shelf.root, consistency)).toBe(true);
      }),
      { numRuns: 25 },
    );
  }, 60_000);

  test('reaches level 2 and keeps every tile as the format defines it', () => {
    const shelf = new Shelf();
    const leaves = Array.from({ length: 65_800 }, (_, n) => leafOf(n));
    shelf.append(leaves.slice(0, 65_535));
    shelf.append(leaves.slice(65_535));
    expect(hexOf(shelf.root)).toBe(hexOf(rootOf(leaves)));
    expect(splitHashes(shelf.at({ level: 2, n: 0 }) ?? new Uint8Array()).map(hexOf)).toEqual([
      hexOf(rootOf(leaves.slice(0, 65_536))),
    ]);
    expect(hexOf(splitHashes(shelf.at({ level: 1, n: 1 }) ?? new Uint8Array())[0] as Hash)).toBe(
      hexOf(rootOf(leaves.slice(65_536, 65_792))),
    );
    expect([...shelf.tiles.keys()].filter((key) => key.startsWith('0/'))).toHaveLength(258);
  });

  test('does not hash a partial tile into the level above', () => {
    const shelf = new Shelf();
    shelf.append(Array.from({ length: 255 }, (_, n) => leafOf(n)));
    expect([...shelf.tiles.keys()]).toEqual(['0/0']);
    shelf.append([leafOf(255)]);
    expect([...shelf.tiles.keys()]).toEqual(['0/0', '1/0']);
  });

  test('refuses to grow when a tile at its edge is missing or too short', () => {
    const shelf = new Shelf();
    shelf.append(Array.from({ length: 300 }, (_, n) => leafOf(n)));
    const edge = shelf.at({ level: 0, n: 1 });
    shelf.tiles.delete('0/1');
    expect(() => shelf.append([leafOf(300)])).toThrow(MissingTile);
    shelf.tiles.set('0/1', (edge ?? new Uint8Array()).subarray(32));
    expect(() => shelf.append([leafOf(300)])).toThrow('tile 0/1 must hold 44 hashes and holds 43');
  });
});
