import type { ExportedEntry } from './exported-entry.ts';
import { type Finding, integrity } from './finding.ts';
import { type Head, isSigned } from './head.ts';
import { type Key, readKey } from './key.ts';

/**
 * The keys of one log, in the order in which each handed over to the next: an entry names both, and the first
 * checkpoint behind it is signed by both. From then on only the new one counts, so that an old key that was
 * stolen later signs nothing any more.
 */
export class KeyChain {
  readonly texts: string[];
  #keys: Key[];
  /** Index of the entry with which each key but the first begins. */
  #since: number[] = [];
  #handedOver = 0;
  #findings: Finding[];

  constructor(entries: Iterable<ExportedEntry>, given: Key, findings: Finding[]) {
    this.#findings = findings;
    const handovers: { index: number; from: string; to: string }[] = [];
    for (const { idx, raw } of entries) handovers.push(...handoverOf(idx, raw));
    this.texts = [handovers[0]?.from ?? given.text];
    for (const { index, from, to } of handovers) {
      if (from !== this.texts.at(-1))
        this.#findings.push(integrity(index, 'another key hands over than the one in force'));
      this.texts.push(to);
      this.#since.push(index);
    }
    this.#keys = this.texts.flatMap((text) => readKey(text) ?? []);
    const whole = this.#keys.length === this.texts.length;
    if (!whole || this.#keys.some(({ name }) => name !== given.name))
      findings.push({
        kind: 'integrity',
        index: null,
        message: 'the log names a key that is none of its own',
      });
    if (!this.texts.includes(given.text)) {
      this.#keys = [given];
      this.#since = [];
      this.texts.splice(0, this.texts.length, given.text);
    }
  }

  /** Whether the key in force at its size has signed it; heads are asked about in ascending order. */
  admits(head: Head): boolean {
    const at = this.#since.filter((index) => index < head.size).length;
    const key = this.#keys[at];
    if (key === undefined || !isSigned(head, key, this.#findings)) return false;
    for (; this.#handedOver < at; this.#handedOver += 1) {
      const old = this.#keys[this.#handedOver];
      if (old === undefined || !isSigned(head, old, this.#findings)) return false;
    }
    return true;
  }

  /** The key that signs what the sequencer seals at this index. */
  at(index: number): Key | undefined {
    return this.#keys[this.#since.filter((since) => since < index).length];
  }
}

function handoverOf(index: number, raw: string | null): { index: number; from: string; to: string }[] {
  if (raw === null || !raw.includes('"type":"log.key-changed"')) return [];
  try {
    const { type, data } = JSON.parse(raw) as { type?: unknown; data?: { from?: unknown; to?: unknown } };
    if (type !== 'log.key-changed') return [];
    return [{ index, from: String(data?.from), to: String(data?.to) }];
  } catch {
    return [];
  }
}
