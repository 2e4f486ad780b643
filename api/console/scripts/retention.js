import { exactBase64 } from './bytes.js';
import { about } from './findings.js';
import { isSignature } from './signed-note.js';

/**
 * Retention: an entry further on says which texts went, with the root over everything before the end of the range,
 * signed by the log's key of that moment. A text that is gone without one was removed by somebody.
 */
export class Retention {
  /** @type {{ from: number, to: number }[]} */
  ranges = [];
  #keys;
  #origin;
  #findings;
  /** Ranges of entries without a text. @type {{ from: number, to: number }[]} */
  #gaps = [];
  /** At whole tiles, as only those can be an end. @type {Map<number, string>} */
  #roots = new Map();

  /** @param {import('./key-chain.js').KeyChain} keys @param {string} origin @param {import('./findings.js').Findings} findings */
  constructor(keys, origin, findings) {
    this.#keys = keys;
    this.#origin = origin;
    this.#findings = findings;
  }

  /** @param {number} index */
  miss(index) {
    const last = this.#gaps.at(-1);
    if (last?.to === index) last.to = index + 1;
    else this.#gaps.push({ from: index, to: index + 1 });
  }

  /** Kept only while it can matter: below it texts are missing. @param {import('./merkle-tree.js').Tree} tree */
  async root(tree) {
    if (tree.size % 256 === 0 && this.#gaps.length > 0) this.#roots.set(tree.size, await tree.root());
  }

  /** @param {number} index @param {string} raw */
  async pass(index, raw) {
    const data = truncationOf(raw);
    if (data === null) return;
    const { from, to, root, signature } = data;
    const key = this.#keys.at(index);
    const message = `riposte truncation v1\n${this.#origin}\n${String(from)}\n${String(to)}\n${String(root)}\n`;
    const bytes = exactBase64(String(signature));
    const computed = this.#roots.get(Number(to));
    if (key === undefined || bytes === null || !(await isSignature(key, message, bytes)))
      this.#findings.push(about(index, 'retention', 'a truncation that the key of the log has not signed'));
    // Ranges whose texts are still here need no root.
    else if (computed !== undefined && computed !== root)
      this.#findings.push(
        about(index, 'retention', 'a truncation of another log than the entries before it make'),
      );
    else this.ranges.push({ from: Number(from), to: Number(to) });
  }

  end() {
    for (const { from, to } of this.#gaps) {
      let at = from;
      for (const range of this.ranges) if (range.from <= at && range.to > at) at = Math.min(range.to, to);
      if (at >= to) continue;
      const message = `the texts of entries ${at} to ${to - 1} are gone, and no truncation of the log says so`;
      this.#findings.push({ index: at, before: to, message, means: 'retention' });
    }
  }
}

/** @param {string} raw @returns {{ [field: string]: unknown } | null} */
function truncationOf(raw) {
  if (!raw.includes('"type":"audit.truncated"')) return null;
  try {
    const { type, data } = JSON.parse(raw);
    return type === 'audit.truncated' ? (data ?? {}) : null;
  } catch {
    return null;
  }
}
