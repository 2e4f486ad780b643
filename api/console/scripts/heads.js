import { readHead } from './signed-head.js';

/* The signed heads of a log, those of the server and those that were kept, as one row that is read once. */

/** @typedef {import('./findings.js').Head} Head */
/** @typedef {import('./findings.js').Findings} Findings */

/** Those that the key in force has signed, one at a time. */
export class Heads {
  exported = 0;
  trusted = 0;
  covered = 0;
  #heads;
  #keys;
  /** Undefined: not asked yet. @type {Head | null | undefined} */
  #next;

  /** @param {AsyncGenerator<Head>} heads @param {import('./key-chain.js').KeyChain} keys */
  constructor(heads, keys) {
    this.#heads = heads;
    this.#keys = keys;
  }

  /** @returns {Promise<Head | null>} */
  async peek() {
    while (this.#next === undefined) {
      const { value, done } = await this.#heads.next();
      if (done) this.#next = null;
      else if (await this.#keys.admits(value)) this.#next = value;
    }
    return this.#next;
  }

  take() {
    if (this.#next == null) return;
    if (this.#next.trusted) this.trusted += 1;
    else this.exported += 1;
    this.covered = this.#next.size;
    this.#next = undefined;
  }
}

/**
 * Of the server and of whoever verifies, in one ascending row.
 * @param {import('./verify-log.js').Source} source @param {string} name @param {readonly string[]} trusted @param {Findings} findings
 * @returns {AsyncGenerator<Head>}
 */
export async function* headsOf(source, name, trusted, findings) {
  const kept = trusted
    .flatMap((note) => readHead(note, name, true, findings) ?? [])
    .sort((a, b) => a.size - b.size);
  let last = 0;
  for await (const page of source.checkpoints())
    for (const { note } of page) {
      const head = readHead(note, name, false, findings);
      if (head === null) continue;
      if (head.size < last) {
        const message = `an exported checkpoint (size ${head.size}): it stands behind one of ${last} entries`;
        findings.push({ index: null, message, means: 'head' });
        continue;
      }
      last = head.size;
      while ((kept[0]?.size ?? Number.POSITIVE_INFINITY) < head.size) yield/** @type {Head} */ (kept.shift());
      yield head;
    }
  yield* kept;
}
