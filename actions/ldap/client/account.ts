import type { LdapEntry } from '../../../engine/core/contracts/ldap.ts';
import type { JsonObject } from '../../../schemas/json.ts';
import { terminal } from '../../client/fail.ts';
import { type DirectoryKind, dialects, first, idOf } from './dialect.ts';
import { isEnabled } from './lock.ts';
import type { Read } from './read-directory.ts';

export interface Account {
  /** Immutable: changes name it, because a name may be given to someone else in between. */
  id: string;
  dn: string;
  login: string | null;
  upn: string | null;
  displayName: string | null;
  enabled: boolean;
  /** What `enabled` was read from, as the server has it. */
  state: string | null;
  entry: LdapEntry;
}

export function accountOf(kind: DirectoryKind, entry: LdapEntry): Read<{ account: Account }> {
  const { system, login, state: stateName } = dialects[kind];
  const id = idOf(kind, entry);
  const state = first(entry, stateName);
  const enabled = isEnabled(kind, state);
  // Absent without the right to read it: then nothing may be concluded from it.
  if (id === null || enabled === null) {
    const message = `${system} told an account without its id or its state: the login may not read them.`;
    return { ok: false, failure: terminal('forbidden', message) };
  }
  const account: Account = {
    id,
    dn: entry.dn,
    login: first(entry, login),
    upn: kind === 'active-directory' ? first(entry, 'userPrincipalName') : null,
    displayName: first(entry, 'displayName') ?? first(entry, 'cn'),
    enabled,
    state,
    entry,
  };
  return { ok: true, account };
}

/** Who it is, in what every action of the system reports. */
export function identityOutputs({ id, dn, login, upn, displayName }: Account): JsonObject {
  return {
    id,
    dn,
    ...(login !== null && { login }),
    ...(upn !== null && { upn }),
    ...(displayName !== null && { display_name: displayName }),
  };
}
