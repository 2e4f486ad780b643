import { hexOf } from './bytes.js';

/* RFC 6962 and 9162: hashes, and the root of what was pushed so far. */

/** @typedef {Uint8Array<ArrayBuffer>} Hash */

const utf8 = new TextEncoder();

/** @param {string | Uint8Array} entry @returns {Promise<Hash>} */
export function leafOf(entry) {
  const text = typeof entry === 'string' ? utf8.encode(entry) : entry;
  const bytes = new Uint8Array(1 + text.length);
  bytes.set(text, 1);
  return sha256(bytes);
}

/** @param {Hash} left @param {Hash} right */
export function nodeOf(left, right) {
  const bytes = new Uint8Array(65);
  bytes[0] = 1;
  bytes.set(left, 1);
  bytes.set(right, 33);
  return sha256(bytes);
}

/** @param {Uint8Array<ArrayBuffer>} bytes @returns {Promise<Hash>} */
async function sha256(bytes) {
  return new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
}

/** Of no entries. */
const emptyRoot = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';

/** Roots of the perfect subtrees on the right edge, largest first: all that a growing tree has to remember. */
export class Tree {
  size = 0;
  /** @type {{ hash: Hash, leaves: number }[]} */
  #edge = [];

  /** One that goes on from here by itself. */
  copy() {
    const tree = new Tree();
    tree.size = this.size;
    tree.#edge = [...this.#edge];
    return tree;
  }

  /** @param {Hash} hash of a leaf, or of a perfect subtree that belongs exactly here @param {number} leaves below it */
  async push(hash, leaves = 1) {
    this.size += leaves;
    let node = { hash, leaves };
    for (let last = this.#edge.at(-1); last?.leaves === node.leaves; last = this.#edge.at(-1)) {
      this.#edge.pop();
      node = { hash: await nodeOf(last.hash, node.hash), leaves: node.leaves * 2 };
    }
    this.#edge.push(node);
  }

  /** @returns {Promise<string>} hex */
  async root() {
    const [last, ...others] = this.#edge.map(({ hash }) => hash).reverse();
    if (last === undefined) return emptyRoot;
    let root = last;
    for (const left of others) root = await nodeOf(left, root);
    return hexOf(root);
  }
}
