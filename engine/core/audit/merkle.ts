import { hash } from 'node:crypto';

/*
 * The Merkle tree of RFC 6962 section 2.1 and RFC 9162 section 2.1, unchanged: SHA-256, 0x00 before
 * leaf data, 0x01 before two nodes. It decides what a root and a proof are; it knows nothing about
 * entries, tiles or rows. Sizes may exceed 2^32, so halving is arithmetic, never a bit shift.
 */

export const hashBytes = 32;

export type Hash = Uint8Array;

/** Leaves `[from, to)` of the tree. */
export interface LeafRange {
  from: number;
  to: number;
}

const leafPrefix = 0;
const nodePrefix = 1;

export function leafHash(data: Uint8Array): Hash {
  return hashOf(leafPrefix, data);
}

export function nodeHash(left: Hash, right: Hash): Hash {
  return hashOf(nodePrefix, left, right);
}

/** In one call and by way of a text: half of what an object costs that is fed and asked for a buffer. */
function hashOf(prefix: number, first: Uint8Array, second?: Uint8Array): Hash {
  const bytes = Buffer.allocUnsafe(1 + first.length + (second?.length ?? 0));
  bytes[0] = prefix;
  bytes.set(first, 1);
  if (second !== undefined) bytes.set(second, 1 + first.length);
  return Buffer.from(hash('sha256', bytes, 'hex'), 'hex');
}

/** MTH({}) of RFC 6962: the hash of nothing. */
export function emptyRoot(): Hash {
  return hash('sha256', '', 'buffer');
}

/** MTH over leaf hashes, or over the hashes of equal perfect subtrees with a smaller last one. */
export function rootOf(hashes: readonly Hash[]): Hash {
  if (hashes.length === 0) return emptyRoot();
  // Pairing neighbours and carrying an odd last one upwards gives the same tree as splitting at the
  // largest power of two, without the recursion.
  let row = [...hashes];
  while (row.length > 1) {
    const above: Hash[] = [];
    for (let at = 0; at < row.length; at += 2) {
      const left = row[at] as Hash;
      const right = row[at + 1];
      above.push(right === undefined ? left : nodeHash(left, right));
    }
    row = above;
  }
  return row[0] as Hash;
}

/** The largest power of two smaller than `n`, for n ≥ 2: where the tree splits. */
export function splitPoint(n: number): number {
  let k = 1;
  while (k * 2 < n) k *= 2;
  return k;
}

/** The subtrees whose roots prove leaf `index` in a tree of `size`, from the leaf's sibling to the root's child. */
export function inclusionRanges(index: number, size: number): LeafRange[] {
  if (!(index >= 0 && index < size)) throw new RangeError(`leaf ${index} is not in a tree of size ${size}`);
  const ranges: LeafRange[] = [];
  let from = 0;
  let to = size;
  while (to - from > 1) {
    const middle = from + splitPoint(to - from);
    if (index < middle) {
      ranges.push({ from: middle, to });
      to = middle;
    } else {
      ranges.push({ from, to: middle });
      from = middle;
    }
  }
  return ranges.reverse();
}

/** The subtrees whose roots prove that the tree of `oldSize` is a prefix of the tree of `newSize`. */
export function consistencyRanges(oldSize: number, newSize: number): LeafRange[] {
  if (!(oldSize >= 0 && oldSize <= newSize)) {
    throw new RangeError(`a tree of size ${newSize} has no prefix of size ${oldSize}`);
  }
  if (oldSize === 0 || oldSize === newSize) return [];
  const ranges: LeafRange[] = [];
  let from = 0;
  let to = newSize;
  while (to !== oldSize) {
    const middle = from + splitPoint(to - from);
    if (oldSize <= middle) {
      ranges.push({ from: middle, to });
      to = middle;
    } else {
      ranges.push({ from, to: middle });
      from = middle;
    }
  }
  // The old tree's own last subtree is named, unless it is the whole old tree: its root is known.
  if (from > 0) ranges.push({ from, to });
  return ranges.reverse();
}

export function inclusionProof(leaves: readonly Hash[], index: number): Hash[] {
  return inclusionRanges(index, leaves.length).map((range) => rootOf(leaves.slice(range.from, range.to)));
}

export function consistencyProof(leaves: readonly Hash[], oldSize: number): Hash[] {
  return consistencyRanges(oldSize, leaves.length).map((range) => rootOf(leaves.slice(range.from, range.to)));
}

/** RFC 9162 section 2.1.3.2. False for every list that is too long, too short or wrong; never throws. */
export function verifyInclusion(
  leaf: Hash,
  index: number,
  size: number,
  proof: readonly Hash[],
  root: Hash,
): boolean {
  if (!isSize(index) || !isSize(size) || index >= size) return false;
  if (![leaf, root, ...proof].every(isHash)) return false;
  let fn = index;
  let sn = size - 1;
  let r = leaf;
  for (const p of proof) {
    if (sn === 0) return false;
    if (fn % 2 === 1 || fn === sn) {
      r = nodeHash(p, r);
      while (fn % 2 === 0 && fn !== 0) [fn, sn] = [half(fn), half(sn)];
    } else {
      r = nodeHash(r, p);
    }
    [fn, sn] = [half(fn), half(sn)];
  }
  return sn === 0 && sameHash(r, root);
}

/** RFC 9162 section 2.1.4.2. An empty old tree is a prefix of every tree and needs an empty list. */
export function verifyConsistency(
  oldSize: number,
  oldRoot: Hash,
  newSize: number,
  newRoot: Hash,
  proof: readonly Hash[],
): boolean {
  if (!isSize(oldSize) || !isSize(newSize) || oldSize > newSize) return false;
  if (![oldRoot, newRoot, ...proof].every(isHash)) return false;
  if (oldSize === newSize) return proof.length === 0 && sameHash(oldRoot, newRoot);
  if (oldSize === 0) return proof.length === 0 && sameHash(oldRoot, emptyRoot());
  const [first, ...rest] = isPowerOfTwo(oldSize) ? [oldRoot, ...proof] : proof;
  if (first === undefined || proof.length === 0) return false;
  let fn = oldSize - 1;
  let sn = newSize - 1;
  while (fn % 2 === 1) [fn, sn] = [half(fn), half(sn)];
  let fr = first;
  let sr = first;
  for (const c of rest) {
    if (sn === 0) return false;
    if (fn % 2 === 1 || fn === sn) {
      fr = nodeHash(c, fr);
      sr = nodeHash(c, sr);
      while (fn % 2 === 0 && fn !== 0) [fn, sn] = [half(fn), half(sn)];
    } else {
      sr = nodeHash(sr, c);
    }
    [fn, sn] = [half(fn), half(sn)];
  }
  return sn === 0 && sameHash(fr, oldRoot) && sameHash(sr, newRoot);
}

export function sameHash(a: Hash, b: Hash): boolean {
  return a.length === b.length && a.every((byte, at) => byte === b[at]);
}

export function hexOf(hash: Hash): string {
  return Array.from(hash, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

function half(n: number): number {
  return Math.floor(n / 2);
}

function isSize(n: number): boolean {
  return Number.isSafeInteger(n) && n >= 0;
}

function isHash(hash: Hash): boolean {
  return hash instanceof Uint8Array && hash.length === hashBytes;
}

function isPowerOfTwo(n: number): boolean {
  return 2 ** Math.round(Math.log2(n)) === n;
}
