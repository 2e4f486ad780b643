import type { Verdict } from '../../engine/core/identity/rights.ts';

/** Travels with each item: what the caller may do with it, and why not for the rest. */
export interface Permissions {
  permissions: string[];
  refusals: { [permission: string]: { code: string; reason: string } };
}

/** Whoever has the right may do it as long as there is something to do. */
export function onlyWhen(right: Verdict, possible: boolean, reason: string): Verdict {
  return !right.allowed || possible ? right : { allowed: false, code: 'request/conflict', reason };
}

export function permissionsOf(verdicts: { [permission: string]: Verdict }): Permissions {
  const answer: Permissions = { permissions: [], refusals: {} };
  for (const [permission, verdict] of Object.entries(verdicts)) {
    if (verdict.allowed) answer.permissions.push(permission);
    else
      answer.refusals[permission] = {
        code: verdict.code,
        reason: verdict.reason,
      };
  }
  return answer;
}
