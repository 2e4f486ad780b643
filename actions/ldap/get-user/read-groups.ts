import type { Failure } from '../../../engine/core/contracts/action.ts';
import type { LdapEntry, LdapFilter, LdapSession } from '../../../engine/core/contracts/ldap.ts';
import { terminal } from '../../client/fail.ts';
import type { Account } from '../client/account.ts';
import { type DirectoryKind, first } from '../client/dialect.ts';
import type { Directory, Read } from '../client/read-directory.ts';
import { isHighGroup, sidOfGroup } from '../client/sid.ts';

export interface Group {
  name: string;
  /** Whoever is in it can take over the domain, as far as the directory itself says so. */
  high: boolean;
}

/** Nobody is in more; a directory that goes on is not believed. */
const groupsMax = 1_000;
/** Names in one filter, so that a request stays small. */
const lotSize = 50;

/**
 * Groups, direct and through nested ones, asked from the side of the groups: the attribute `memberOf` knows neither
 * nesting nor the primary group, and servers cut it. Half a picture would let an administrator pass for anybody.
 */
export async function readGroups(
  session: LdapSession,
  directory: Directory,
  account: Account,
): Promise<Read<{ groups: Group[] }>> {
  const { kind } = directory;
  const found = new Map<string, LdapEntry>();
  let filters = [...ownGroups(kind, account)];
  while (filters.length > 0) {
    const fresh: LdapEntry[] = [];
    for (let at = 0; at < filters.length; at += lotSize) {
      const any: LdapFilter = { is: 'any', of: filters.slice(at, at + lotSize) };
      for (const entry of await search(session, directory, any)) {
        if (found.has(entry.dn)) continue;
        found.set(entry.dn, entry);
        fresh.push(entry);
      }
      if (found.size > groupsMax)
        return refuse('invalid-response', `The account is in more than ${groupsMax} groups.`);
    }
    filters = fresh.flatMap(({ dn }) => membership(kind, dn));
  }
  const groups: Group[] = [];
  for (const entry of found.values()) {
    const name = first(entry, 'sAMAccountName') ?? first(entry, 'cn');
    const sid = first(entry, 'objectSid');
    if (name === null || (kind === 'active-directory' && sid === null))
      return refuse('forbidden', 'A group of the account cannot be read: the login lacks the right.');
    groups.push({ name, high: sid !== null && isHighGroup(sid) });
  }
  return { ok: true, groups };
}

function ownGroups(kind: DirectoryKind, { dn, login, entry }: Account): LdapFilter[] {
  if (kind === 'openldap')
    return [
      ...membership(kind, dn),
      ...(login === null ? [] : [{ is: 'equal', attribute: 'memberUid', value: login } as const]),
    ];
  const primary = Number(first(entry, 'primaryGroupID') ?? Number.NaN);
  const sid = sidOfGroup(first(entry, 'objectSid') ?? '', primary);
  return [
    ...membership(kind, dn),
    ...(sid === null ? [] : [{ is: 'equal', attribute: 'objectSid', value: sid } as const]),
  ];
}

function membership(kind: DirectoryKind, value: string): LdapFilter[] {
  const attributes = kind === 'openldap' ? ['member', 'uniqueMember'] : ['member'];
  return attributes.map((attribute) => ({ is: 'equal', attribute, value }));
}

function search(session: LdapSession, { kind, baseDn }: Directory, any: LdapFilter): Promise<LdapEntry[]> {
  const group = { is: 'equal', attribute: 'objectClass', value: 'group' } as const;
  return session.find({
    base: baseDn,
    scope: 'sub',
    filter: kind === 'active-directory' ? { is: 'all', of: [group, any] } : any,
    attributes: ['cn', 'sAMAccountName', 'objectSid'],
    binary: ['objectSid'],
  });
}

function refuse(code: string, message: string): { ok: false; failure: Failure } {
  return { ok: false, failure: terminal(code, message) };
}
