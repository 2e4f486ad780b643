import { emptyRoot, type Hash, nodeHash } from './merkle.ts';

/**
 * The roots of the perfect subtrees that a growing tree consists of, largest first: enough to know
 * the root at every size while leaves pass by, with at most 53 hashes in memory.
 */
export class Frontier {
  #size: number;
  #roots: Hash[];

  constructor(size = 0, roots: readonly Hash[] = []) {
    this.#size = size;
    this.#roots = [...roots];
  }

  get size(): number {
    return this.#size;
  }

  push(leaf: Hash): void {
    let root = leaf;
    // Each trailing one-bit of the size is a subtree as big as the one in hand.
    for (let rest = this.#size; rest % 2 === 1; rest = Math.floor(rest / 2)) {
      const left = this.#roots.pop();
      if (left !== undefined) root = nodeHash(left, root);
    }
    this.#roots.push(root);
    this.#size += 1;
  }

  root(): Hash {
    const [last, ...larger] = [...this.#roots].reverse();
    if (last === undefined) return emptyRoot();
    return larger.reduce((right, left) => nodeHash(left, right), last);
  }

  copy(): Frontier {
    return new Frontier(this.#size, this.#roots);
  }
}
