import type { Finding } from './finding.ts';
import { hashOf, isData, keyOf, parsed, signedTexts, type Texts, whyNotSigned } from './order-signature.ts';

/*
 * Orders about the log: whether what two people have signed with their passkeys (WebAuthn) holds, by keys that the log
 * says are theirs, below the terms that were carried out. Who registered a key is the application's word.
 */

type Data = { [field: string]: unknown };

/** What is known of a key, by the SHA-256 of its public half; over several logs. */
export type KnownKeys = Map<string, { personId: string; passkeyId: string; own: boolean; ended: boolean }>;

/** By which entry the sequencer says that an order is done: its kind, and what it repeats of the terms. */
const done: { [type: string]: { kind: string; repeats: [ours: string, theirs: string][] } } = {
  'log.started': { kind: 'incarnation', repeats: [['old_key', 'oldKey']] },
  'log.key-changed': { kind: 'key', repeats: [['from', 'key']] },
  'audit.truncated': {
    kind: 'truncation',
    repeats: [
      ['log', 'log'],
      ['from', 'from'],
      ['to', 'to'],
      ['root', 'root'],
      ['archive', 'archive'],
      ['retention_days', 'retentionDays'],
    ],
  },
  'log.place-given-up': {
    kind: 'place',
    repeats: [
      ['log', 'log'],
      ['place', 'place'],
      ['carried', 'carried'],
      ['problem', 'problem'],
    ],
  },
};

const keysMax = 100_000;

export class Orders {
  /** Those that are done, and those among them that two passkeys did not sign. */
  count = { done: 0, unsigned: 0 };
  #findings: Finding[];
  #keys: KnownKeys;
  /** Whether every key has to be in what passes by. */
  #whole: boolean;
  /** The sequencer's own words overtake what waits, also the registration of a key: looked up at the end. */
  #later: { index: number; key: string; personId: string }[] = [];

  constructor(findings: Finding[], keys: KnownKeys | null) {
    this.#findings = findings;
    this.#keys = keys ?? new Map();
    this.#whole = keys !== null;
  }

  /** The text of an entry is gone: it may have been that of a key. */
  forget(): void {
    this.#whole = false;
  }

  pass(index: number, raw: string): void {
    const { type, actor, data } = wordOf(raw);
    if (type === 'passkey.created') this.#register(actor, data);
    else if (type === 'passkey.removed') this.#end((key) => key.passkeyId === data.passkeyId);
    else if (type === 'person.changed' || type === 'person.unlinked') this.#endWithPerson(type, data);
    else if (type === 'log.order-signed' || type === 'log.order-confirmed')
      this.#passWord(index, type, actor, data);
    else if (done[type] !== undefined && typeof data.order === 'string') this.#passDone(index, type, data);
  }

  end(): void {
    for (const { index, key, personId } of this.#later) {
      const known = this.#keys.get(key);
      if (known?.personId === personId && known.own) continue;
      if (known === undefined && !this.#whole) continue;
      this.#signature(index, 'is of a key that the log does not say was registered by its person');
    }
  }

  #register(by: string, { publicKey, passkeyId, personId }: Data): void {
    // Said twice of one key, the first one counts.
    if (typeof publicKey !== 'string' || this.#keys.has(publicKey)) return;
    const own = personId === by;
    this.#keys.set(publicKey, {
      personId: String(personId),
      passkeyId: String(passkeyId),
      own,
      ended: false,
    });
    if (this.#keys.size <= keysMax) return;
    for (const oldest of this.#keys.keys()) {
      this.#keys.delete(oldest);
      this.#whole = false;
      break;
    }
  }

  #endWithPerson(type: string, { personId, after, revoked }: Data): void {
    const all = type === 'person.changed' && isData(after) && after.active === false;
    const listed: unknown[] = Array.isArray(revoked) ? revoked : [];
    if (!all && listed.length === 0) return;
    this.#end((key) => (all && key.personId === personId) || listed.includes(key.passkeyId));
  }

  #end(which: (key: { personId: string; passkeyId: string }) => boolean): void {
    for (const key of this.#keys.values()) if (which(key)) key.ended = true;
  }

  #passWord(index: number, type: string, actor: string, { signed, digest, evidence }: Data): void {
    if (signed !== true) return;
    const role = type === 'log.order-signed' ? 'proposer' : 'confirmer';
    this.#judge(index, evidence, { order: String(digest), role, personId: actor });
  }

  #passDone(index: number, type: string, data: Data): void {
    const { order, proposed_by: proposer, confirmed_by: confirmer, signatures } = data;
    this.count.done += 1;
    if (proposer === confirmer) this.#say(index, 'an order about the log that one person gave alone');
    const terms = whyOtherTerms(type, data);
    if (terms !== null) this.#say(index, terms);
    const given = isData(signatures) ? signatures : {};
    let signed = 0;
    for (const role of ['proposer', 'confirmer'] as const) {
      const evidence = given[role] ?? null;
      const personId = String(role === 'proposer' ? proposer : confirmer);
      if (evidence !== null) {
        signed += 1;
        this.#judge(index, evidence, { order: String(order), role, personId });
      } else if (given.demanded === true)
        this.#say(index, `an order about the log that its ${role} has not signed and had to`);
    }
    if (signed < 2) this.count.unsigned += 1;
  }

  #judge(index: number, evidence: unknown, about: { order: string; role: string; personId: string }): void {
    const texts = signedTexts(evidence);
    const why = texts === null ? 'cannot be read' : this.#whyNot(texts, about);
    if (texts !== null && why === null)
      this.#later.push({ index, key: keyOf(texts), personId: about.personId });
    else this.#signature(index, String(why));
  }

  #whyNot(texts: Texts, { order, role }: { order: string; role: string }): string | null {
    if (texts.order !== order) return 'does not hold: it is about another order';
    if (texts.role !== role) return 'does not hold: it was signed as the other one of the two';
    const why = whyNotSigned(texts);
    if (why !== null) return `does not hold: ${why}`;
    return this.#keys.get(keyOf(texts))?.ended === true ? 'is of a key that had ended before' : null;
  }

  #signature(index: number, why: string): void {
    this.#say(index, `a signature below an order about the log ${why}`);
  }

  #say(index: number, message: string): void {
    this.#findings.push({ kind: 'semantic', index, message: `entry ${index}: ${message}` });
  }
}

/** Null when what was carried out is what the digest is of, as far as the entry has the terms. */
function whyOtherTerms(type: string, data: Data): string | null {
  const { terms: text, order } = data;
  if (typeof text !== 'string') return null;
  const terms = parsed(text);
  if (terms === null || hashOf(Buffer.from(text, 'utf8')) !== order)
    return 'an order about the log whose terms are not those of its digest';
  const { kind, repeats } = done[type] ?? { kind: '', repeats: [] };
  const same =
    terms.kind === kind &&
    terms.proposedBy === data.proposed_by &&
    repeats.every(([ours, theirs]) => data[ours] === terms[theirs]);
  return same ? null : 'something else was carried out than what two people ordered';
}

const words = ['"type":"passkey.', '"type":"person.', '"order'];

/** Of entries that are about people, keys and orders; the others are not read. */
function wordOf(raw: string): { type: string; actor: string; data: Data } {
  const entry = words.some((word) => raw.includes(word)) ? parsed(raw) : null;
  const { type, actor, data } = entry ?? {};
  return {
    type: String(type),
    actor: isData(actor) ? String(actor.id) : '',
    data: isData(data) ? data : {},
  };
}
