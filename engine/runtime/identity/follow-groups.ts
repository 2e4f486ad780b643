import type { PersonId } from '../../../schemas/ids.ts';
import { type GroupRule, mapGroups, rolesAfter } from '../../core/identity/map-groups.ts';
import type { ProviderClaims } from '../../core/identity/provider-claims.ts';
import type { Tx } from '../store/sql.ts';
import { changePersonIn } from './change-person.ts';
import type { Door, IdentityContext, IdentityRefusal } from './identity-context.ts';
import type { Account } from './meant-by.ts';
import { deactivated, noRole } from './refuse-sign-in.ts';

/**
 * Whom the provider made has the roles that their groups give them now, with the entry that a change by hand leaves.
 * People whom somebody made by hand stay as they are.
 *
 * @returns null when they may come in
 */
export async function followGroups(
  tx: Tx,
  context: IdentityContext,
  door: Door,
  { rules, claims }: { rules: readonly GroupRule[]; claims: ProviderClaims },
  { personId, made, before }: Account & { personId: PersonId },
): Promise<IdentityRefusal | null> {
  // Just made: by the same groups.
  if (!made || rules.length === 0 || before === null) return null;
  const mapped = mapGroups(rules, claims.groups);
  const roles = rolesAfter(before.roles, mapped.roles);
  if (same(roles, before.roles) && same(mapped.groups, before.groups))
    return roles.length === 0 ? noRole : null;
  const changed = await changePersonIn(
    tx,
    context,
    door,
    personId,
    (now) => ({ roles: rolesAfter(now.roles, mapped.roles), groups: mapped.groups }),
    ({ active }) => (active ? null : deactivated),
  );
  if (!changed.ok) return changed;
  return changed.person.roles.length === 0 ? noRole : null;
}

function same(some: readonly string[], others: readonly string[]): boolean {
  return some.length === others.length && some.every((each, n) => each === others[n]);
}
