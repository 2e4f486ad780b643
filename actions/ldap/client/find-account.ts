import type { Failure } from '../../../engine/core/contracts/action.ts';
import {
  type LdapEntry,
  LdapFailure,
  type LdapFilter,
  type LdapSession,
} from '../../../engine/core/contracts/ldap.ts';
import { terminal } from '../../client/fail.ts';
import { type Account, accountOf } from './account.ts';
import { byId, dialects } from './dialect.ts';
import { isObjectId } from './object-id.ts';
import type { Directory, Read } from './read-directory.ts';

/**
 * One account below the base, by login name, mail address, user principal name, distinguished name or object id. Two
 * that fit are none: whom an intruder's name means is not guessed.
 */
export async function findAccount(
  session: LdapSession,
  directory: Directory,
  name: string,
): Promise<Read<{ account: Account }>> {
  if (name !== name.trim() || /\p{Cc}/u.test(name))
    return refuse('invalid-request', 'user_id has control characters, or blanks around it.');
  try {
    for (const { filter, attribute } of waysTo(directory, name)) {
      const found = (await search(session, directory, filter)).filter((entry) => is(entry, attribute, name));
      const [entry, second] = found;
      if (second !== undefined) return refuse('conflict', 'More than one account has this name.');
      if (entry !== undefined) return accountOf(directory.kind, entry);
    }
  } catch (error) {
    if (!(error instanceof LdapFailure && error.result === noSuchObject)) throw error;
    // Of the account this says nothing.
    return refuse('misconfigured', '"baseDn" of the connection is not there, or not shown to the login.');
  }
  return refuse('not-found', 'The directory has no such account below "baseDn", or does not show it.');
}

const noSuchObject = 32;

interface Way {
  filter: LdapFilter;
  /** Whose value the name is; null where it is no text to compare. */
  attribute: string | null;
}

function waysTo({ kind }: Directory, name: string): Way[] {
  const { dn, login, addresses } = dialects[kind];
  const by = (attribute: string): LdapFilter => ({ is: 'equal', attribute, value: name });
  if (isObjectId(name)) return [{ filter: byId(kind, name), attribute: null }];
  if (name.includes('=')) return [{ filter: by(dn), attribute: null }];
  const attributes = name.includes('@') ? addresses : [login];
  return attributes.map((attribute) => ({ filter: by(attribute), attribute }));
}

async function search(
  session: LdapSession,
  { kind, baseDn }: Directory,
  of: LdapFilter,
): Promise<LdapEntry[]> {
  const { accounts, attributes, binary } = dialects[kind];
  const filter: LdapFilter = { is: 'all', of: [accounts, of] };
  return await session.find({ base: baseDn, scope: 'sub', filter, attributes, binary, atMost: 2 });
}

/** Directories take blanks and accents for less than they are; guards do not, so neither do we. */
function is({ values }: LdapEntry, attribute: string | null, name: string): boolean {
  if (attribute === null) return true;
  const plain = (text: string): string => text.normalize('NFC').toLowerCase();
  return (values.get(attribute.toLowerCase()) ?? []).some((value) => plain(value) === plain(name));
}

function refuse(code: string, message: string): { ok: false; failure: Failure } {
  return { ok: false, failure: terminal(code, message) };
}
