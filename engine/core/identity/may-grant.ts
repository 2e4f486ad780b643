import { isRole, type Principal, roles, type Verdict } from './rights.ts';

/**
 * Whether the caller may give these roles to somebody. Only an administrator makes administrators and those who may decide alone;
 * an unknown role is refused, because a later version could give it a meaning.
 */
export function mayGrant(principal: Principal, granted: readonly string[]): Verdict {
  const unknown = granted.find((role) => !isRole(role));
  if (unknown !== undefined) {
    return {
      allowed: false,
      code: 'request/invalid',
      reason: `There is no role "${unknown}". Roles are ${roles.join(', ')}.`,
    };
  }
  if (granted.includes('admin') && !principal.roles.includes('admin')) {
    return {
      allowed: false,
      code: 'auth/forbidden',
      reason: 'Only an administrator names administrators.',
    };
  }
  if (granted.includes('break-glass') && !principal.roles.includes('admin')) {
    return {
      allowed: false,
      code: 'auth/forbidden',
      reason: 'Only an administrator names who may decide alone.',
    };
  }
  return { allowed: true };
}
