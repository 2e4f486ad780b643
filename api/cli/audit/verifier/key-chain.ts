import { exactBase64 } from './exact-base64.ts';
import type { ExportedEntry } from './exported-entry.ts';
import { type Finding, integrity } from './finding.ts';
import { type Head, isSigned } from './head.ts';
import { isSignature, type Key, readKey } from './key.ts';

/**
 * The keys of one log, in the order in which each handed over to the next. The log's first entry names the first
 * one. An entry that names the next is signed by the key in force, as whoever can only write entries must not be
 * able to change the key, and the first checkpoint behind it is signed by both. From then on only the new one
 * counts, so that an old key that was stolen later signs nothing any more.
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
    this.#keys = [given];
    for (const { idx, raw } of entries) {
      const { type, data } = keyWordOf(raw);
      if (idx === 0 && type === 'log.started') this.#keys = [ownKey(data.key, given) ?? given];
      if (type !== 'log.key-changed') continue;
      const next = ownKey(data.to, given);
      if (next !== null && this.#isSigned(data, next)) {
        this.#keys.push(next);
        this.#since.push(idx);
      } else findings.push(integrity(idx, 'a key changes here that the key in force has not signed'));
    }
    if (!this.#keys.some(({ text }) => text === given.text)) {
      const message = 'the first entry names another key, which never handed over to the one that was given';
      findings.push({ kind: 'integrity', index: null, message });
      this.#keys = [given];
      this.#since = [];
    }
    this.texts = this.#keys.map(({ text }) => text);
  }

  /** That this key follows the one in force. */
  #isSigned({ from, signature }: Data, { name, text }: Key): boolean {
    const old = this.#keys.at(-1);
    const bytes = exactBase64(String(signature));
    const message = `riposte key change v1\n${name}\n${String(from)}\n${text}\n`;
    return old !== undefined && from === old.text && bytes !== null && isSignature(old, message, bytes);
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

type Data = { [field: string]: unknown };

/** What an entry says of keys; nothing when it is none of those that do. */
function keyWordOf(raw: string | null): { type: unknown; data: Data } {
  const nothing = { type: null, data: {} };
  if (raw === null || !/"type":"log\.(started|key-changed)"/.test(raw)) return nothing;
  try {
    const { type, data } = JSON.parse(raw) as { type?: unknown; data?: Data };
    return { type, data: data ?? {} };
  } catch {
    return nothing;
  }
}

/** Null for a key of some other log. */
function ownKey(text: unknown, given: Key): Key | null {
  const key = readKey(String(text));
  return key?.name === given.name ? key : null;
}
