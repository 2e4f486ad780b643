/*
 * A class that no playbook and no guardrails file lifts: the last two enabled administrators are left alone
 * (audit facts 2.3, item 15). Two and not one, so that a mistake about one of them locks nobody out. Whatever
 * contains an account or destroys something of it counts, also what is new: a disabled sign-in, a risk that
 * policies act on, a deleted sign-in method, a reset password. Signing somebody out locks nobody out by itself,
 * and is refused with the rest: the last two are looked after by people, who can do it at the vendor's.
 */

/** Effects that keep an account from signing in while they stand; what is blocked on premises is synchronised. */
export const keepOut = ['sign-in-blocked', 'domain-sign-in-blocked', 'risk-confirmed'] as const;

export const lastAdministrators = 'last_administrators';

export interface RoleLeft {
  role: string;
  /** Others who hold the role, can sign in and are not being kept from it, as far as look-ups know. */
  others: number;
}

/**
 * Roles whose last holder nobody can replace. Any other role, also an administrator's of mail or devices, is
 * given to somebody else by one of these, so a stolen account that holds it can be kept out.
 */
const irreplaceable = [
  'global administrator',
  'privileged role administrator',
  'privileged authentication administrator',
];

/** Why the account is left alone; null when enough others are known. */
export function judgeLastAdministrators(roles: readonly RoleLeft[]): string | null {
  const last = roles.filter(({ role, others }) => irreplaceable.includes(role.toLowerCase()) && others < 2);
  if (last.length === 0) return null;
  const named = last.map(({ role, others }) => `${role} (${others} more known)`).join(', ');
  return `It holds ${named}, and the last two who can sign in are left alone. Look up the other administrators first if there are more.`;
}
