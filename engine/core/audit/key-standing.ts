import { isJsonObject } from '../../../schemas/json.ts';
import type { Entry } from '../contracts/entry.ts';

/** An entry and its place in the log, which says what came before what. */
export interface Placed {
  index: number;
  entry: Entry;
}

/** What tells that a key ended: removed, with its person, or with the account that was linked wrongly. */
export const endTypes = ['passkey.removed', 'person.changed', 'person.unlinked'] as const;

/**
 * Why a key that signed could not have, by the order of the log; null when it could. Times are not compared: they are
 * what a clock said.
 */
export function whyNotStanding(
  vote: Placed,
  created: Placed,
  ended: readonly Placed[],
  passkeyId: string,
): string | null {
  if (created.index > vote.index) return `the key was registered after it, at ${created.entry.time}`;
  const end = ended.find(
    (each) =>
      each.index < vote.index && each.index > created.index && ends(each.entry, passkeyId, created.entry),
  );
  if (end === undefined) return null;
  return `${words[end.entry.type as (typeof endTypes)[number]]}, at ${end.entry.time}`;
}

/**
 * Why a key had ended at the end of these entries, which are in the order of the log; null when none of them says so.
 * @param publicKey as the entries name it; the same key is never registered twice
 */
export function keyEnded(entries: readonly Entry[], publicKey: string): string | null {
  let created: Entry | null = null;
  for (const entry of entries) {
    if (entry.type === 'passkey.created' && entry.data?.publicKey === publicKey) created = entry;
    else if (created !== null && isEnd(entry) && ends(entry, String(created.data?.passkeyId), created))
      return `the log says of the passkey that signed it: ${words[entry.type]}, at ${entry.time}`;
  }
  return null;
}

function isEnd(entry: Entry): entry is Entry & { type: (typeof endTypes)[number] } {
  return endTypes.some((type) => type === entry.type);
}

const words: { [type in (typeof endTypes)[number]]: string } = {
  'passkey.removed': 'the key had been removed before',
  'person.changed': 'its person had been deactivated before',
  'person.unlinked': 'the key had ended before, when its person was unlinked',
};

function ends({ type, data = {} }: Entry, passkeyId: string, created: Entry): boolean {
  if (type === 'passkey.removed') return data.passkeyId === passkeyId;
  const { revoked, after, personId } = data;
  if (Array.isArray(revoked) && revoked.includes(passkeyId)) return true;
  // Deactivating ends them all, whatever is listed.
  return (
    type === 'person.changed' &&
    personId === created.data?.personId &&
    isJsonObject(after) &&
    after.active === false
  );
}
