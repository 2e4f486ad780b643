import { isJsonObject, type JsonObject } from '../../../schemas/json.ts';
import { sha256Of } from '../approval/check-evidence.ts';
import type { Entry, EntryType } from '../contracts/entry.ts';
import { readTerms } from './order.ts';
import { isOrderEvidence, keyOf, type OrderRole, orderRoles, whyNotSignedAs } from './signed-order.ts';

/*
 * What the log says of orders about it, and whether the signatures below them hold: right, by a key that its person had
 * registered and that had not ended, of two people, below the terms that were carried out. The offline verifier has the
 * same rules (`api/cli/audit/verifier/orders.ts`); a test holds them against each other.
 */

export interface OrderProblem {
  index: number;
  message: string;
}

/** By which entry the sequencer says that an order of which kind is done. */
const kindOfDone: { [type in EntryType]?: string } = {
  'log.started': 'incarnation',
  'log.key-changed': 'key',
  'audit.truncated': 'truncation',
  'log.place-given-up': 'place',
};

/** Those that `kindOfDone` knows. */
export const doneTypes = Object.keys(kindOfDone) as EntryType[];

/** What the entry repeats of the terms, in its words and in theirs. */
const repeated: { [kind: string]: [string, string][] } = {
  incarnation: [['old_key', 'oldKey']],
  key: [['from', 'key']],
  truncation: [
    ['log', 'log'],
    ['from', 'from'],
    ['to', 'to'],
    ['root', 'root'],
    ['archive', 'archive'],
    ['retention_days', 'retentionDays'],
  ],
  place: [
    ['log', 'log'],
    ['place', 'place'],
    ['carried', 'carried'],
    ['problem', 'problem'],
  ],
};

interface KnownKey {
  personId: string;
  passkeyId: string;
  /** Registered by the person themselves. */
  own: boolean;
  ended: boolean;
}

/** Keys that are remembered; of more, the oldest count as not known. */
const keysMax = 100_000;

export class OrderStory {
  /** Orders that are done, and those among them that two passkeys did not sign. */
  done = 0;
  unsigned = 0;
  #keys = new Map<string, KnownKey>();
  /** Whether every key has to be in what passes by. */
  #whole: boolean;
  /** The sequencer's own words overtake what waits, also the registration of a key: looked up at the end. */
  #unknown: { index: number; key: string; personId: string }[] = [];

  constructor(whole: boolean) {
    this.#whole = whole;
  }

  pass(index: number, entry: Entry): OrderProblem[] {
    const { type, data = {} } = entry;
    if (type === 'passkey.created') this.#register(entry.actor.id, data);
    else if (type === 'passkey.removed') this.#end((key) => key.passkeyId === data.passkeyId);
    else if (type === 'person.changed' || type === 'person.unlinked') this.#endWithPerson(type, data);
    else if (type === 'log.order-signed' || type === 'log.order-confirmed')
      return this.#passWord(index, entry, data);
    else if (kindOfDone[type] !== undefined && typeof data.order === 'string')
      return this.#passDone(index, type, data);
    return [];
  }

  /** After the last one. */
  end(): OrderProblem[] {
    return this.#unknown.flatMap(({ index, key, personId }) => {
      const known = this.#keys.get(key);
      if (known?.personId === personId && known.own) return [];
      if (known === undefined && !this.#whole) return [];
      return [problem(index, 'is of a key that the log does not say was registered by its person')];
    });
  }

  #register(by: string, { publicKey, passkeyId, personId }: JsonObject): void {
    // Said twice of one key, the first one counts.
    if (typeof publicKey !== 'string' || this.#keys.has(publicKey)) return;
    this.#keys.set(publicKey, {
      personId: String(personId),
      passkeyId: String(passkeyId),
      own: personId === by,
      ended: false,
    });
    if (this.#keys.size <= keysMax) return;
    for (const oldest of this.#keys.keys()) {
      this.#keys.delete(oldest);
      this.#whole = false;
      break;
    }
  }

  #endWithPerson(type: EntryType, { personId, after, revoked }: JsonObject): void {
    const all = type === 'person.changed' && isJsonObject(after) && after.active === false;
    const listed = Array.isArray(revoked) ? revoked : [];
    if (!all && listed.length === 0) return;
    this.#end((key) => (all && key.personId === personId) || listed.includes(key.passkeyId));
  }

  #end(which: (key: KnownKey) => boolean): void {
    for (const key of this.#keys.values()) if (which(key)) key.ended = true;
  }

  /** One of the two signs. */
  #passWord(index: number, { type, actor }: Entry, data: JsonObject): OrderProblem[] {
    if (data.signed !== true) return [];
    const role = type === 'log.order-signed' ? 'proposer' : 'confirmer';
    const why = this.#whyNot(index, data.evidence, { order: String(data.digest), role, personId: actor.id });
    return why === null ? [] : [problem(index, why)];
  }

  #passDone(index: number, type: EntryType, data: JsonObject): OrderProblem[] {
    const { order, proposed_by: proposer, confirmed_by: confirmer, signatures } = data;
    this.done += 1;
    const given = isJsonObject(signatures) ? signatures : {};
    const problems: OrderProblem[] = [];
    if (proposer === confirmer)
      problems.push(said(index, 'an order about the log that one person gave alone'));
    const terms = whyOtherTerms(kindOfDone[type] ?? '', data);
    if (terms !== null) problems.push(said(index, terms));
    let signed = 0;
    for (const role of orderRoles) {
      const evidence = given[role] ?? null;
      const personId = String(role === 'proposer' ? proposer : confirmer);
      if (evidence === null) {
        if (given.demanded === true)
          problems.push(said(index, `an order about the log that its ${role} has not signed and had to`));
        continue;
      }
      signed += 1;
      const why = this.#whyNot(index, evidence, { order: String(order), role, personId });
      if (why !== null) problems.push(problem(index, why));
    }
    if (signed < 2) this.unsigned += 1;
    return problems;
  }

  #whyNot(
    index: number,
    evidence: unknown,
    { order, role, personId }: { order: string; role: OrderRole; personId: string },
  ): string | null {
    if (!isOrderEvidence(evidence)) return 'cannot be read';
    const why = whyNotSignedAs(evidence, { order, role });
    if (why !== null) return `does not hold: ${why}`;
    const key = keyOf(evidence);
    if (this.#keys.get(key)?.ended === true) return 'is of a key that had ended before';
    this.#unknown.push({ index, key, personId });
    return null;
  }
}

/** Null when what was carried out is what the digest is of, as far as the entry has the terms. */
function whyOtherTerms(kind: string, data: JsonObject): string | null {
  const { terms: text, order } = data;
  if (typeof text !== 'string') return null;
  const terms = readTerms(text) as JsonObject | null;
  if (terms === null || sha256Of(Buffer.from(text, 'utf8')) !== order)
    return 'an order about the log whose terms are not those of its digest';
  const same =
    terms.kind === kind &&
    terms.proposedBy === data.proposed_by &&
    (repeated[kind] ?? []).every(([ours, theirs]) => data[ours] === terms[theirs]);
  return same ? null : 'something else was carried out than what two people ordered';
}

function said(index: number, message: string): OrderProblem {
  return { index, message };
}

function problem(index: number, why: string): OrderProblem {
  return said(index, `a signature below an order about the log ${why}`);
}
