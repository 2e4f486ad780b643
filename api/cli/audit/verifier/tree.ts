import { createHash } from 'node:crypto';

/* RFC 6962 and 9162: hashes, the root of what was pushed so far, and the way from one leaf to a root. */

export function leafOf(raw: string): string {
  return createHash('sha256').update(Uint8Array.of(0)).update(raw, 'utf8').digest('hex');
}

/** Roots of the perfect subtrees on the right edge, largest first: all that a growing tree has to remember. */
export class Tree {
  size = 0;
  #edge: { hash: Buffer; leaves: number }[] = [];

  push(leaf: Buffer): void {
    this.size += 1;
    let node = { hash: leaf, leaves: 1 };
    for (let last = this.#edge.at(-1); last?.leaves === node.leaves; last = this.#edge.at(-1)) {
      this.#edge.pop();
      node = { hash: nodeOf(last.hash, node.hash), leaves: node.leaves * 2 };
    }
    this.#edge.push(node);
  }

  root(): string {
    if (this.#edge.length === 0) return createHash('sha256').digest('hex');
    return this.#edge
      .map((node) => node.hash)
      .reduceRight((right, left) => nodeOf(left, right))
      .toString('hex');
  }
}

function nodeOf(left: Buffer, right: Buffer): Buffer {
  return createHash('sha256').update(Uint8Array.of(1)).update(left).update(right).digest();
}

/** RFC 9162 section 2.1.3.2; null when the list is too long or too short. */
export function rootOver(
  leaf: Buffer,
  index: number,
  size: number,
  hashes: readonly Buffer[],
): Buffer | null {
  let at = index;
  let last = size - 1;
  let root = leaf;
  for (const hash of hashes) {
    if (last === 0) return null;
    if (at % 2 === 1 || at === last) {
      root = nodeOf(hash, root);
      for (; at % 2 === 0 && at !== 0; at /= 2) last = Math.floor(last / 2);
    } else {
      root = nodeOf(root, hash);
    }
    at = Math.floor(at / 2);
    last = Math.floor(last / 2);
  }
  return last === 0 ? root : null;
}
