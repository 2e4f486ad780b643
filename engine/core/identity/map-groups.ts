import { type Role, roles } from './rights.ts';

/** What the members of one group at the provider are here. */
export interface GroupRule {
  /** As the provider writes it, to the letter. */
  readonly group: string;
  readonly roles: readonly Role[];
  /** Groups of approvers here. */
  readonly groups: readonly string[];
}

/**
 * Given to people by name, by an administrator here: whoever rules the provider's groups must not make themselves
 * one, nor take the last one away.
 */
export const givenByName: readonly Role[] = ['admin', 'break-glass'];

export const mappableRoles: readonly Role[] = roles.filter((role) => !givenByName.includes(role));

/** What somebody has by their groups at the provider: all of what each group gives, in the order of the catalogue. */
export function mapGroups(
  rules: readonly GroupRule[],
  member: readonly string[],
): { roles: Role[]; groups: string[] } {
  const mine = rules.filter(({ group }) => member.includes(group));
  return {
    roles: mappableRoles.filter((role) => mine.some((rule) => rule.roles.includes(role))),
    groups: [...new Set(mine.flatMap((rule) => rule.groups))].sort(),
  };
}

/** The provider's word replaces what it can give; what was given by name stays. */
export function rolesAfter(before: readonly string[], mapped: readonly Role[]): string[] {
  return [...mapped, ...before.filter((role) => givenByName.some((each) => each === role))];
}
