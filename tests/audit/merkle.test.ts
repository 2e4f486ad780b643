import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Frontier } from '../../engine/core/audit/frontier.ts';
import {
  consistencyProof,
  emptyRoot,
  type Hash,
  hexOf,
  inclusionProof,
  leafHash,
  nodeHash,
  rootOf,
  splitPoint,
  verifyConsistency,
  verifyInclusion,
} from '../../engine/core/audit/merkle.ts';

/* Reference values of Certificate Transparency (RFC 6962 implementations share them). */
const data = [
  '',
  '00',
  '10',
  '2021',
  '3031',
  '40414243',
  '5051525354555657',
  '606162636465666768696a6b6c6d6e6f',
];
const leaves = data.map((hex) => leafHash(Buffer.from(hex, 'hex')));

const roots: [number, string][] = [
  [0, 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'],
  [1, '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d'],
  [2, 'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125'],
  [3, 'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77'],
  [4, 'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7'],
  [7, 'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c'],
  [8, '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328'],
];

/** The definition of RFC 6962 section 2.1, word for word, to compare the faster form with. */
function definedRoot(hashes: readonly Hash[]): Hash {
  const [only] = hashes;
  if (only === undefined) return emptyRoot();
  if (hashes.length === 1) return only;
  const k = splitPoint(hashes.length);
  return nodeHash(definedRoot(hashes.slice(0, k)), definedRoot(hashes.slice(k)));
}

const manyLeaves = Array.from({ length: 70 }, (_, n) => leafHash(Buffer.from(`entry ${n}`)));
const prefix = (size: number): Hash[] => manyLeaves.slice(0, size);

function flipped(hash: Hash): Hash {
  const copy = Uint8Array.from(hash);
  copy[7] = (copy[7] ?? 0) ^ 1;
  return copy;
}

/** Every way a list of hashes is nearly right: one changed, one left out, one more at either end. */
function nearly(proof: readonly Hash[]): Hash[][] {
  const spare = leafHash(Buffer.from('spare'));
  return [
    ...proof.map((_, at) => proof.map((hash, place) => (place === at ? flipped(hash) : hash))),
    ...proof.map((_, at) => proof.filter((__, place) => place !== at)),
    [...proof, spare],
    [spare, ...proof],
    [...proof, ...proof.slice(-1)].slice(0, proof.length + 1),
  ].filter(
    (other) =>
      other.length !== proof.length || other.some((hash, at) => hexOf(hash) !== hexOf(proof[at] ?? spare)),
  );
}

describe('the tree', () => {
  test.each(roots)('has the reference root at size %i', (size, root) => {
    expect(hexOf(rootOf(leaves.slice(0, size)))).toBe(root);
  });

  test('is the one of the definition at every size up to 70', () => {
    for (let size = 0; size <= 70; size++) expect(rootOf(prefix(size))).toEqual(definedRoot(prefix(size)));
  });

  test('has the same root when only its frontier is kept', () => {
    const frontier = new Frontier();
    for (const [at, leaf] of manyLeaves.entries()) {
      expect(frontier.root()).toEqual(rootOf(prefix(at)));
      const before = frontier.copy();
      frontier.push(leaf);
      expect(before.size).toBe(at);
    }
    expect(frontier.root()).toEqual(rootOf(manyLeaves));
  });
});

describe('an inclusion proof', () => {
  test('is the reference list for index 5 in size 8', () => {
    expect(inclusionProof(leaves, 5).map(hexOf)).toEqual([
      'bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b',
      'ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0',
      'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
    ]);
  });

  test('proves every leaf of every size up to 70, and nothing else does', () => {
    for (let size = 1; size <= 70; size++) {
      const root = rootOf(prefix(size));
      for (let index = 0; index < size; index++) {
        const leaf = manyLeaves[index] as Hash;
        const proof = inclusionProof(prefix(size), index);
        expect(verifyInclusion(leaf, index, size, proof, root)).toBe(true);
        const accepted = nearly(proof).filter((other) => verifyInclusion(leaf, index, size, other, root));
        expect(accepted, `index ${index} of ${size}`).toEqual([]);
        expect(verifyInclusion(flipped(leaf), index, size, proof, root)).toBe(false);
        expect(verifyInclusion(leaf, index, size, proof, flipped(root))).toBe(false);
        expect(verifyInclusion(leaf, index === 0 ? size : index - 1, size, proof, root)).toBe(false);
      }
    }
  });

  test.each([
    ['an index at the size', 8, 8],
    ['a negative index', -1, 8],
    ['a fraction', 0.5, 8],
    ['an empty tree', 0, 0],
    ['a size beyond exact integers', 0, 2 ** 53],
  ])('with %s is refused without an exception', (_, index, size) => {
    expect(verifyInclusion(leaves[0] as Hash, index, size, [], rootOf(leaves))).toBe(false);
  });

  test('with a hash of the wrong length is refused', () => {
    const proof = inclusionProof(leaves, 5);
    const short = [(proof[0] as Hash).subarray(1), ...proof.slice(1)];
    expect(verifyInclusion(leaves[5] as Hash, 5, 8, short, rootOf(leaves))).toBe(false);
  });

  test('for a leaf outside the tree cannot be made', () => {
    expect(() => inclusionProof(leaves, 8)).toThrow(RangeError);
  });

  test('works at indexes that need more than 32 bits', () => {
    // A tree of 2^40 + 1 leaves whose left half is only known by its root.
    const left = leafHash(Buffer.from('the root of 2^40 leaves'));
    const last = leafHash(Buffer.from('last'));
    const root = nodeHash(left, last);
    expect(verifyInclusion(last, 2 ** 40, 2 ** 40 + 1, [left], root)).toBe(true);
    expect(verifyInclusion(last, 2 ** 40 - 1, 2 ** 40 + 1, [left], root)).toBe(false);
  });
});

describe('a consistency proof', () => {
  test.each([
    [
      3,
      7,
      [
        '0298d122906dcfc10892cb53a73992fc5b9f493ea4c9badb27b791b4127a7fe7',
        '07506a85fd9dd2f120eb694f86011e5bb4662e5c415a62917033d4a9624487e7',
        'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125',
        '837dbb152e9b079010717e84e865da4ebc0fa198a806d59d31bf15accef22d0e',
      ],
    ],
    [4, 8, ['6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4']],
  ])('is the reference list from %i to %i', (from, to, proof) => {
    expect(consistencyProof(leaves.slice(0, to), from).map(hexOf)).toEqual(proof);
  });

  test('joins every two sizes up to 70, and nothing else does', () => {
    for (let size = 1; size <= 70; size++) {
      const newRoot = rootOf(prefix(size));
      for (let old = 0; old <= size; old++) {
        const oldRoot = rootOf(prefix(old));
        const proof = consistencyProof(prefix(size), old);
        expect(verifyConsistency(old, oldRoot, size, newRoot, proof), `${old} to ${size}`).toBe(true);
        const accepted = nearly(proof).filter((other) =>
          verifyConsistency(old, oldRoot, size, newRoot, other),
        );
        expect(accepted, `${old} to ${size}`).toEqual([]);
        expect(verifyConsistency(old, flipped(oldRoot), size, newRoot, proof)).toBe(false);
        // An empty tree is a prefix of every tree, whatever the new root is.
        if (old > 0) expect(verifyConsistency(old, oldRoot, size, flipped(newRoot), proof)).toBe(false);
      }
    }
  });

  test('from a larger to a smaller tree is refused', () => {
    expect(verifyConsistency(8, rootOf(leaves), 7, rootOf(leaves.slice(0, 7)), [])).toBe(false);
    expect(() => consistencyProof(leaves, 9)).toThrow(RangeError);
  });
});

test('a proof about one list of leaves never proves another', () => {
  const hash = fc.uint8Array({ minLength: 1, maxLength: 4 }).map(leafHash);
  const trees = fc.tuple(fc.array(hash, { minLength: 1, maxLength: 40 }), fc.nat(), fc.nat(), hash);
  fc.assert(
    fc.property(trees, ([list, pick, other, changed]) => {
      const index = pick % list.length;
      const tampered = list.map((leaf, at) => (at === other % list.length ? changed : leaf));
      const same = hexOf(rootOf(tampered)) === hexOf(rootOf(list));
      const proof = inclusionProof(list, index);
      expect(verifyInclusion(list[index] as Hash, index, list.length, proof, rootOf(list))).toBe(true);
      expect(verifyInclusion(list[index] as Hash, index, list.length, proof, rootOf(tampered))).toBe(same);
    }),
    { numRuns: 200 },
  );
});
