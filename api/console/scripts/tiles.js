import { nodeOf } from './merkle-tree.js';

/* C2SP tlog-tiles: hashes of a tree of one size, a few tiles at a time. They are the server's word until a root fits. */

/** @typedef {import('./merkle-tree.js').Hash} Hash */
/** @typedef {(level: number | 'entries', n: number, width: number) => Promise<Uint8Array<ArrayBuffer> | null>} AskTile null: pruned */

const tileHeight = 256;

export class Tiles {
  #ask;
  #size;
  /** The last one of each level. @type {Map<number, { n: number, bytes: Uint8Array<ArrayBuffer> }>} */
  #last = new Map();

  /** @param {AskTile} ask @param {number} size of the newest signed head */
  constructor(ask, size) {
    this.#ask = ask;
    this.#size = size;
  }

  /** @param {number} index @returns {Promise<Hash>} */
  async leaf(index) {
    return this.#hash(0, index);
  }

  /** Root of a perfect subtree. @param {Part} part @returns {Promise<Hash>} */
  async root({ from, leaves }) {
    let level = 0;
    let below = 1;
    for (; below * tileHeight <= leaves; below *= tileHeight) level += 1;
    /** @type {Hash[]} */
    let hashes = [];
    for (let at = 0; at < leaves / below; at += 1) hashes.push(await this.#hash(level, from / below + at));
    while (hashes.length > 1)
      hashes = await Promise.all(pairsOf(hashes).map(([left, right]) => nodeOf(left, right)));
    return /** @type {Hash} */ (hashes[0]);
  }

  /**
   * Bundles that hold entries of a range, each with where it begins and, null when texts of it are gone, its texts.
   * @param {number} from @param {number} to @returns {AsyncGenerator<{ first: number, width: number, texts: Hash[] | null }>}
   */
  async *bundles(from, to) {
    for (let n = Math.floor(from / tileHeight); n * tileHeight < to; n += 1) {
      const width = this.#width(0, n);
      const bytes = await this.#ask('entries', n, width);
      yield { first: n * tileHeight, width, texts: bytes === null ? null : textsOf(bytes) };
    }
  }

  /** @param {number} level @param {number} index */
  async #hash(level, index) {
    const n = Math.floor(index / tileHeight);
    const known = this.#last.get(level);
    const bytes = known?.n === n ? known.bytes : await this.#ask(level, n, this.#width(level, n));
    const at = (index % tileHeight) * 32;
    // What is too short is no hash, and no root fits it.
    if (bytes === null) return new Uint8Array();
    this.#last.set(level, { n, bytes });
    return bytes.slice(at, at + 32);
  }

  /** @param {number} level @param {number} n */
  #width(level, n) {
    return Math.min(tileHeight, Math.floor(this.#size / tileHeight ** level) - n * tileHeight);
  }
}

/** @typedef {{ from: number, leaves: number }} Part */

/** A range as perfect subtrees in their order, each as large as its place allows. @param {number} from @param {number} to */
export function partsOf(from, to) {
  /** @type {Part[]} */
  const parts = [];
  for (let at = from; at < to; ) {
    let leaves = 1;
    while (at % (leaves * 2) === 0 && at + leaves * 2 <= to) leaves *= 2;
    parts.push({ from: at, leaves });
    at += leaves;
  }
  return parts;
}

/** @param {Hash[]} hashes an even number @returns {[Hash, Hash][]} */
function pairsOf(hashes) {
  return Array.from({ length: hashes.length / 2 }, (_, at) => [
    /** @type {Hash} */ (hashes[at * 2]),
    /** @type {Hash} */ (hashes[at * 2 + 1]),
  ]);
}

/** Of an entry bundle: a length of two bytes before each. @param {Uint8Array<ArrayBuffer>} bytes */
function textsOf(bytes) {
  /** @type {Uint8Array<ArrayBuffer>[]} */
  const texts = [];
  for (let at = 0; at + 2 <= bytes.length; ) {
    const length = (bytes[at] ?? 0) * 256 + (bytes[at + 1] ?? 0);
    texts.push(bytes.slice(at + 2, at + 2 + length));
    at += 2 + length;
  }
  return texts;
}
