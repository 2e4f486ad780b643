import { exactBase64 } from './bytes.js';
import { about } from './findings.js';
import { isSigned } from './signed-head.js';
import { isSignature, readKey } from './signed-note.js';

/** @typedef {import('./findings.js').Findings} Findings */
/** @typedef {import('./findings.js').Head} Head */
/** @typedef {import('./signed-note.js').Key} Key */
/** @typedef {{ idx: number, leaf: string, raw: string | null }} Entry */

/** Types of the entries that name keys, as the server lists them. */
export const keyTypes = ['log.started', 'log.key-changed'];

/**
 * The keys of one log, in the order in which each handed over to the next: the first entry names the first one, the entry
 * that names the next is signed by the key in force, and the first checkpoint behind it by both. From then on only the
 * new one counts.
 */
export class KeyChain {
  /** @type {Key[]} */
  #keys;
  /** Index of the entry with which each key but the first begins. @type {number[]} */
  #since = [];
  #handedOver = 0;
  /** @type {Findings} */
  #findings;
  /** Texts that the chain was made of, which the log has to have as well. @type {Map<number, string>} */
  #named = new Map();

  /** @param {Key} given @param {Findings} findings */
  constructor(given, findings) {
    this.#keys = [given];
    this.#findings = findings;
  }

  get texts() {
    return this.#keys.map(({ text }) => text);
  }

  /** @param {AsyncIterable<readonly Entry[]>} pages of entries that name keys; others do no harm @param {Key} given */
  async read(pages, given) {
    for await (const page of pages)
      for (const { idx, raw } of page) {
        const { type, data } = keyWordOf(idx, raw);
        if (type === null || raw === null) continue;
        this.#named.set(idx, raw);
        if (type === 'log.started') this.#keys = [(await ownKey(data.key, given)) ?? given];
        if (type !== 'log.key-changed') continue;
        const next = await ownKey(data.to, given);
        if (next !== null && (await this.#isSigned(data, next))) {
          this.#keys.push(next);
          this.#since.push(idx);
        } else
          this.#findings.push(about(idx, 'key', 'a key changes here that the key in force has not signed'));
      }
    if (this.#keys.some(({ text }) => text === given.text)) return;
    const message = 'the first entry names another key, which never handed over to the one that was given';
    this.#findings.push({ index: null, message, means: 'key' });
    this.#keys = [given];
    this.#since = [];
  }

  /** That the log itself says of keys what the chain was made of. @param {number} idx @param {string | null} raw */
  pass(idx, raw) {
    const listed = this.#named.get(idx);
    this.#named.delete(idx);
    if (listed === raw || (listed === undefined && keyWordOf(idx, raw).type === null)) return;
    this.#findings.push(
      about(idx, 'answers', 'asked for keys alone, the server does not answer what the log has'),
    );
  }

  end() {
    for (const idx of this.#named.keys())
      this.#findings.push(about(idx, 'answers', 'it names a key, and is not where the log has it'));
  }

  /** Whether the key in force at its size has signed it; heads are asked about in ascending order. @param {Head} head */
  async admits(head) {
    const at = this.#since.filter((index) => index < head.size).length;
    const key = this.#keys[at];
    if (key === undefined || !(await isSigned(head, key, this.#findings))) return false;
    for (; this.#handedOver < at; this.#handedOver += 1) {
      const old = this.#keys[this.#handedOver];
      if (old === undefined || !(await isSigned(head, old, this.#findings))) return false;
    }
    return true;
  }

  /** The key that signs what is sealed at this index. @param {number} index */
  at(index) {
    return this.#keys[this.#since.filter((since) => since < index).length];
  }

  /** That this key follows the one in force. @param {Data} data @param {Key} next */
  async #isSigned({ from, signature }, { name, text }) {
    const old = this.#keys.at(-1);
    const bytes = exactBase64(String(signature));
    const message = `riposte key change v1\n${name}\n${String(from)}\n${text}\n`;
    return old !== undefined && from === old.text && bytes !== null && isSignature(old, message, bytes);
  }
}

/** @typedef {{ [field: string]: unknown }} Data */

/**
 * What an entry says of keys; nothing when it is none of those that do.
 * @param {number} idx @param {string | null} raw @returns {{ type: 'log.started' | 'log.key-changed' | null, data: Data }}
 */
function keyWordOf(idx, raw) {
  const nothing = { type: null, data: {} };
  if (raw === null || !/"type":"log\.(started|key-changed)"/.test(raw)) return nothing;
  try {
    const { type, data } = JSON.parse(raw);
    if (type !== 'log.key-changed' && !(type === 'log.started' && idx === 0)) return nothing;
    return { type, data: data ?? {} };
  } catch {
    return nothing;
  }
}

/** Null for a key of some other log. @param {unknown} text @param {Key} given */
async function ownKey(text, given) {
  const key = await readKey(String(text));
  return key?.name === given.name ? key : null;
}
