import type { LdapEntry, LdapFilter } from '../../../engine/core/contracts/ldap.ts';
import { bytesOfGuid, guidOfHex } from './object-id.ts';

/*
 * What the two kinds of directory call the same things. Active Directory: MS-ADA1 to MS-ADA3; OpenLDAP: RFC 4519, RFC
 * 2798, RFC 4530 (entryUUID), RFC 5020 (entryDN).
 */

export type DirectoryKind = 'active-directory' | 'openldap';

export interface Dialect {
  /** For messages. */
  system: string;
  id: string;
  /** The distinguished name as an attribute, so that the server compares and not we. */
  dn: string;
  login: string;
  /** Where a name with `@` is looked for, the surest first: what only one account can have. */
  addresses: readonly string[];
  /** What tells whether the account may sign in. */
  state: string;
  attributes: readonly string[];
  binary: readonly string[];
  /** Accounts of people and services. A computer is a user in Active Directory as well, and is none here. */
  accounts: LdapFilter;
}

const ofClass = (value: string): LdapFilter => ({ is: 'equal', attribute: 'objectClass', value });
const common = ['cn', 'displayName', 'title', 'mail'];

export const dialects: Record<DirectoryKind, Dialect> = {
  'active-directory': {
    system: 'Active Directory',
    id: 'objectGUID',
    dn: 'distinguishedName',
    login: 'sAMAccountName',
    addresses: ['userPrincipalName', 'mail'],
    state: 'userAccountControl',
    attributes: [
      ...common,
      ...['objectGUID', 'objectSid', 'sAMAccountName', 'userPrincipalName', 'userAccountControl'],
      ...['primaryGroupID', 'adminCount'],
    ],
    binary: ['objectGUID', 'objectSid'],
    accounts: { is: 'all', of: [ofClass('user'), { is: 'not', of: ofClass('computer') }] },
  },
  openldap: {
    system: 'OpenLDAP',
    id: 'entryUUID',
    dn: 'entryDN',
    login: 'uid',
    addresses: ['uid', 'mail'],
    state: 'pwdAccountLockedTime',
    attributes: [...common, 'entryUUID', 'uid', 'pwdAccountLockedTime', 'pwdPolicySubentry'],
    binary: [],
    accounts: { is: 'any', of: [ofClass('person'), ofClass('account'), ofClass('posixAccount')] },
  },
};

export function isDirectoryKind(text: string): text is DirectoryKind {
  return Object.hasOwn(dialects, text);
}

/** The one entry with this object id. */
export function byId(kind: DirectoryKind, id: string): LdapFilter {
  const value = kind === 'active-directory' ? bytesOfGuid(id) : id.toLowerCase();
  return { is: 'equal', attribute: dialects[kind].id, value };
}

export function idOf(kind: DirectoryKind, entry: LdapEntry): string | null {
  const told = first(entry, dialects[kind].id);
  if (told === null) return null;
  return kind === 'active-directory' ? guidOfHex(told) : told.toLowerCase();
}

/** The first value that is not empty. */
export function first({ values }: LdapEntry, attribute: string): string | null {
  const found = (values.get(attribute.toLowerCase()) ?? []).find((value) => value.trim() !== '');
  return found ?? null;
}
