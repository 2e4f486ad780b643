import { about } from './findings.js';
import { hashOf, isData, keyOf, parsed, signedTexts, whyNotSigned } from './order-signature.js';

/*
 * Orders about the log: whether what two people have signed with their passkeys holds, by keys that the log says are theirs,
 * below the terms that were carried out. As `api/cli/audit/verifier/orders.ts` judges it; a test holds them against each other.
 */

/** @typedef {import('./order-signature.js').Data} Data */
/** @typedef {{ personId: string, passkeyId: string, own: boolean, ended: boolean }} KnownKey */

/** By which entry the sequencer says that an order is done: its kind, and what it repeats of the terms. @type {{ [type: string]: { kind: string, repeats: string[][] } }} */
const done = {
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
  #findings;
  /** By the hash of the public half. @type {Map<string, KnownKey>} */
  #keys = new Map();
  /** Whether every key has to be in what passes by. */
  #whole = true;
  /** The sequencer's own words overtake what waits: looked up at the end. @type {{ index: number, key: string, personId: string }[]} */
  #later = [];

  /** @param {import('./findings.js').Findings} findings */
  constructor(findings) {
    this.#findings = findings;
  }

  /** The text of an entry is gone: it may have been that of a key. */
  forget() {
    this.#whole = false;
  }

  /** @param {number} index @param {string} raw */
  async pass(index, raw) {
    const { type, actor, data } = wordOf(raw);
    // Keys of an earlier log are not looked at here.
    if (type === 'log.started' && isData(data.before)) this.forget();
    if (type === 'passkey.created') this.#register(actor, data);
    else if (type === 'passkey.removed') this.#end((key) => key.passkeyId === data.passkeyId);
    else if (type === 'person.changed' || type === 'person.unlinked') this.#endWithPerson(type, data);
    else if (type === 'log.order-signed' || type === 'log.order-confirmed')
      await this.#passWord(index, type, actor, data);
    else if (done[type] !== undefined && typeof data.order === 'string')
      await this.#passDone(index, type, data);
  }

  end() {
    for (const { index, key, personId } of this.#later) {
      const known = this.#keys.get(key);
      if (known?.personId === personId && known.own) continue;
      if (known === undefined && !this.#whole) continue;
      this.#signature(index, 'is of a key that the log does not say was registered by its person');
    }
  }

  /** @param {string} by @param {Data} data */
  #register(by, { publicKey, passkeyId, personId }) {
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

  /** @param {string} type @param {Data} data */
  #endWithPerson(type, { personId, after, revoked }) {
    const all = type === 'person.changed' && isData(after) && after.active === false;
    const listed = Array.isArray(revoked) ? revoked : [];
    if (!all && listed.length === 0) return;
    this.#end((key) => (all && key.personId === personId) || listed.includes(key.passkeyId));
  }

  /** @param {(key: KnownKey) => boolean} which */
  #end(which) {
    for (const key of this.#keys.values()) if (which(key)) key.ended = true;
  }

  /** @param {number} index @param {string} type @param {string} actor @param {Data} data */
  async #passWord(index, type, actor, { signed, digest, evidence }) {
    if (signed !== true) return;
    const role = type === 'log.order-signed' ? 'proposer' : 'confirmer';
    await this.#judge(index, evidence, { order: String(digest), role, personId: actor });
  }

  /** @param {number} index @param {string} type @param {Data} data */
  async #passDone(index, type, data) {
    const { order, proposed_by: proposer, confirmed_by: confirmer, signatures } = data;
    this.count.done += 1;
    if (proposer === confirmer) this.#say(index, 'an order about the log that one person gave alone');
    const terms = await whyOtherTerms(type, data);
    if (terms !== null) this.#say(index, terms);
    const given = isData(signatures) ? signatures : {};
    let signed = 0;
    for (const role of ['proposer', 'confirmer']) {
      const evidence = given[role] ?? null;
      const personId = String(role === 'proposer' ? proposer : confirmer);
      if (evidence !== null) {
        signed += 1;
        await this.#judge(index, evidence, { order: String(order), role, personId });
      } else if (given.demanded === true)
        this.#say(index, `an order about the log that its ${role} has not signed and had to`);
    }
    if (signed < 2) this.count.unsigned += 1;
  }

  /** @param {number} index @param {unknown} evidence @param {{ order: string, role: string, personId: string }} who */
  async #judge(index, evidence, who) {
    const texts = signedTexts(evidence);
    const why = texts === null ? 'cannot be read' : await this.#whyNot(texts, who);
    if (texts !== null && why === null)
      this.#later.push({ index, key: await keyOf(texts), personId: who.personId });
    else this.#signature(index, String(why));
  }

  /** @param {import('./order-signature.js').Texts} texts @param {{ order: string, role: string }} who */
  async #whyNot(texts, { order, role }) {
    if (texts.order !== order) return 'does not hold: it is about another order';
    if (texts.role !== role) return 'does not hold: it was signed as the other one of the two';
    const why = await whyNotSigned(texts);
    if (why !== null) return `does not hold: ${why}`;
    return this.#keys.get(await keyOf(texts))?.ended === true ? 'is of a key that had ended before' : null;
  }

  /** @param {number} index @param {string} why */
  #signature(index, why) {
    this.#say(index, `a signature below an order about the log ${why}`);
  }

  /** @param {number} index @param {string} message */
  #say(index, message) {
    this.#findings.push(about(index, 'order', message));
  }
}

/** Null when what was carried out is what the digest is of, as far as the entry has the terms. @param {string} type @param {Data} data */
async function whyOtherTerms(type, data) {
  const { terms: text, order } = data;
  if (typeof text !== 'string') return null;
  const terms = parsed(text);
  if (terms === null || (await hashOf(new TextEncoder().encode(text))) !== order)
    return 'an order about the log whose terms are not those of its digest';
  const { kind, repeats } = done[type] ?? { kind: '', repeats: [] };
  const same =
    terms.kind === kind &&
    terms.proposedBy === data.proposed_by &&
    repeats.every(([ours = '', theirs = '']) => data[ours] === terms[theirs]);
  return same ? null : 'something else was carried out than what two people ordered';
}

const words = ['"type":"passkey.', '"type":"person.', '"order', '"type":"log.started"'];

/** Of entries that are about people, keys and orders; the others are not read. @param {string} raw */
function wordOf(raw) {
  const entry = words.some((word) => raw.includes(word)) ? parsed(raw) : null;
  const { type, actor, data } = entry ?? {};
  return {
    type: String(type),
    actor: isData(actor) ? String(actor.id) : '',
    data: isData(data) ? data : {},
  };
}
