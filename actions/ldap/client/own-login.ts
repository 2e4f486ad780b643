import type { Failure } from '../../../engine/core/contracts/action.ts';
import type { LdapSession } from '../../../engine/core/contracts/ldap.ts';
import { terminal } from '../../client/fail.ts';
import type { Account } from './account.ts';
import { dialects } from './dialect.ts';
import type { Directory } from './read-directory.ts';

/** The login that we sign in with, is never acted on: the next step, and every way back, needs it. Null if it is not. */
export async function refuseOwnLogin(
  session: LdapSession,
  { kind, access: { bindDn } }: Directory,
  { dn }: Account,
): Promise<Failure | null> {
  // The server compares: one name has many spellings.
  const own = await session.find({
    base: dn,
    scope: 'base',
    filter: { is: 'equal', attribute: dialects[kind].dn, value: bindDn },
    attributes: [dialects[kind].id],
  });
  if (own.length === 0 && dn.toLowerCase() !== bindDn.toLowerCase()) return null;
  return terminal(
    'own-login',
    'This is the login of the connection itself, which is left alone: without it nothing could be taken back. A person changes it.',
  );
}
