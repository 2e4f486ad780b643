import { hexOf } from './bytes.js';
import { Tiles } from './tiles.js';

/** As many leaves as are remembered; behind a good head there are as many as are sealed in a second or a few. */
const leavesMax = 20_000;

/**
 * What came since the last head that fitted. Where the next one does not fit, the server's own tiles may: then they are
 * what was signed, and show which entry is the first that differs.
 */
export class Since {
  #tree;
  /** @type {import('./merkle-tree.js').Hash[]} */
  #leaves = [];
  #asked = false;

  /** @param {import('./merkle-tree.js').Tree} tree */
  constructor(tree) {
    this.#tree = tree.copy();
  }

  /** @param {import('./merkle-tree.js').Hash} leaf */
  push(leaf) {
    if (this.#leaves.length <= leavesMax) this.#leaves.push(leaf);
  }

  /**
   * Null where nothing proves it. Asked once: later heads miss the same one.
   * @param {import('./findings.js').Head} head @param {import('./verify-log.js').Source} source
   */
  async firstDifferent(head, source) {
    if (this.#asked || this.#leaves.length > leavesMax || head.size > source.size) return null;
    this.#asked = true;
    try {
      return await this.#compare(head, source);
    } catch {
      // Tiles that the server does not give prove nothing; that the head does not fit is said all the same.
      return null;
    }
  }

  /** @param {import('./findings.js').Head} head @param {import('./verify-log.js').Source} source */
  async #compare(head, source) {
    const tree = this.#tree.copy();
    const tiles = new Tiles(source.tile, source.size);
    let first = null;
    for (const leaf of this.#leaves) {
      const signed = await tiles.leaf(tree.size);
      if (first === null && hexOf(signed) !== hexOf(leaf)) first = tree.size;
      await tree.push(signed);
    }
    return (await tree.root()) === head.root ? first : null;
  }
}
