import type { IdentifiedCaller } from '../http/authenticate.ts';

/** Under which names this person may be asked, as `approvals.approvers` writes them. */
export function askedAs(caller: IdentifiedCaller): { personId: string; names: string[] } {
  const { personId, email, groups, roles } = caller;
  if (personId === null) return { personId: '', names: [] };
  return {
    personId,
    names: [
      `user:${personId}`,
      ...(email === null ? [] : [`user:${email}`]),
      ...groups.map((group) => `group:${group}`),
      ...groups.filter((group) => group.startsWith('oncall:')),
      ...roles.map((role) => `role:${role}`),
    ],
  };
}
