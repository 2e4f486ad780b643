import { createHash } from 'node:crypto';
import { mayGrant } from '../../engine/core/identity/may-grant.ts';
import { mayI } from '../../engine/core/identity/rights.ts';
import type { PersonChange } from '../../engine/runtime/identity/change-person.ts';
import type { IdentityRefusal } from '../../engine/runtime/identity/identity-context.ts';
import type { Person } from '../../engine/runtime/identity/person.ts';
import type { IdentifiedCaller } from './authenticate.ts';

/**
 * Whether a change of a person counts, by whoever asks and whoever is changed as they are at that moment: either may
 * have been changed since the caller was let in.
 *
 * @param seen tag of what the caller read; null where nothing that was read is replaced
 */
export function judgePersonChange(
  caller: IdentifiedCaller,
  change: PersonChange,
  seen: string | null,
): (before: Person, author: Person | null) => IdentityRefusal | null {
  return (before, author) => mayNot(caller, author, before, change) ?? isAnother(before, seen);
}

function mayNot(
  caller: IdentifiedCaller,
  author: Person | null,
  before: Person,
  change: PersonChange,
): IdentityRefusal | null {
  if (author?.active !== true)
    return { ok: false, code: 'auth/forbidden', detail: 'You have been deactivated.' };
  const now = { ...caller, roles: caller.roles.filter((role) => author.roles.includes(role)) };
  const manage = mayI(now, 'people.manage');
  // Also to take it away: otherwise an operator could remove every administrator.
  const verdict = manage.allowed ? mayGrant(now, [...(change.roles ?? []), ...before.roles]) : manage;
  return verdict.allowed ? null : { ok: false, code: 'auth/forbidden', detail: verdict.reason };
}

function isAnother(before: Person, seen: string | null): IdentityRefusal | null {
  if (seen === null || seen === digestOf(before)) return null;
  return {
    ok: false,
    code: 'request/stale',
    detail: 'Somebody has changed this person since you read them.',
  };
}

export function personTag(person: Person): { ETag: string } {
  return { ETag: `"${digestOf(person)}"` };
}

/** Of what is changed together: the same again is the same. */
function digestOf({ roles, groups, active }: Person): string {
  return createHash('sha256')
    .update(JSON.stringify([roles, groups, active]))
    .digest('hex');
}
