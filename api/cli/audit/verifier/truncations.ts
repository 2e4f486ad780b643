import { exactBase64 } from './exact-base64.ts';
import { type Finding, integrity } from './finding.ts';
import { isSignature } from './key.ts';
import type { KeyChain } from './key-chain.ts';

/**
 * Retention: an entry further on says which texts went, with the root over everything before the end of the
 * range, signed by the log's key of that moment. A text that is gone without one was removed by somebody.
 */
export class Truncations {
  readonly ranges: { from: number; to: number }[] = [];
  #keys: KeyChain;
  #origin: string;
  #findings: Finding[];
  /** Ranges of entries without a text, and roots at whole tiles, as only those can be an end. */
  #gaps: { from: number; to: number }[] = [];
  #roots = new Map<number, string>();

  constructor(keys: KeyChain, origin: string, findings: Finding[]) {
    this.#keys = keys;
    this.#origin = origin;
    this.#findings = findings;
  }

  miss(index: number): void {
    const last = this.#gaps.at(-1);
    if (last?.to === index) last.to = index + 1;
    else this.#gaps.push({ from: index, to: index + 1 });
  }

  /** Kept only while it can matter: below it texts are missing. */
  root(size: number, rootOf: () => string): void {
    if (size % 256 === 0 && this.#gaps.length > 0) this.#roots.set(size, rootOf());
  }

  pass(index: number, raw: string): void {
    const data = truncationOf(raw);
    if (data === null) return;
    const { from, to, root, signature } = data;
    const key = this.#keys.at(index);
    const message = `riposte truncation v1\n${this.#origin}\n${String(from)}\n${String(to)}\n${String(root)}\n`;
    const bytes = exactBase64(String(signature));
    const computed = this.#roots.get(Number(to));
    if (key === undefined || bytes === null || !isSignature(key, message, bytes))
      this.#findings.push(integrity(index, 'a truncation that the key of the log has not signed'));
    // Ranges whose texts are still here, as in an older export, need no root.
    else if (computed !== undefined && computed !== root)
      this.#findings.push(integrity(index, 'a truncation of another log than the entries before it make'));
    else this.ranges.push({ from: Number(from), to: Number(to) });
  }

  end(): void {
    for (const { from, to } of this.#gaps) {
      let at = from;
      for (const range of this.ranges) if (range.from <= at && range.to > at) at = Math.min(range.to, to);
      if (at < to) {
        const message = `the texts of entries ${at} to ${to - 1} are gone, and no truncation of the log says so`;
        this.#findings.push({ kind: 'integrity', index: at, before: to, message });
      }
    }
  }
}

function truncationOf(raw: string): { [field: string]: unknown } | null {
  if (!raw.includes('"type":"audit.truncated"')) return null;
  try {
    const { type, data } = JSON.parse(raw) as { type?: unknown; data?: { [field: string]: unknown } };
    return type === 'audit.truncated' ? (data ?? {}) : null;
  } catch {
    // Said by the story, which reads every entry.
    return null;
  }
}
