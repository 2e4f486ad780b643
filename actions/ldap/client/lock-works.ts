import type { Failure } from '../../../engine/core/contracts/action.ts';
import type { LdapSession } from '../../../engine/core/contracts/ldap.ts';
import { terminal } from '../../client/fail.ts';
import type { Account } from './account.ts';
import { first } from './dialect.ts';
import type { Directory } from './read-directory.ts';

/**
 * OpenLDAP heeds the lock of an account only where its password policy has `pwdLockout` TRUE (slapo-ppolicy(5)). An
 * account that is locked and goes on signing in must not pass for contained. Null if the lock holds.
 */
export async function lockWorks(
  session: LdapSession,
  { kind, settings }: Directory,
  { entry }: Account,
): Promise<Failure | null> {
  if (kind !== 'openldap') return null;
  const policyDn = first(entry, 'pwdPolicySubentry') ?? settings.policyDn?.trim() ?? '';
  if (policyDn === '')
    return terminal(
      'misconfigured',
      'OpenLDAP needs the DN of its password policy in the setting "policyDn".',
    );
  const [policy] = await session.find({
    base: policyDn,
    scope: 'base',
    filter: { is: 'present', attribute: 'objectClass' },
    attributes: ['pwdLockout'],
  });
  if (policy !== undefined && first(policy, 'pwdLockout')?.toUpperCase() === 'TRUE') return null;
  return terminal(
    'unsupported-target',
    'The password policy of this account does not have pwdLockout TRUE, or cannot be read: a lock would not keep it out.',
  );
}
