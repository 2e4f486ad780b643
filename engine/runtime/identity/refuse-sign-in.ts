import type { IdentityRefusal } from './identity-context.ts';

/* Why somebody whom an identity provider means does not come in. */

export const usedBefore: IdentityRefusal = {
  ok: false,
  code: 'auth/foreign-sign-in',
  detail: 'This answer of the provider was taken before.',
};

export const anotherPerson: IdentityRefusal = {
  ok: false,
  code: 'auth/another-person',
  detail: 'Whoever has the session has to prove it, and somebody else did, or the session is over.',
};

export const deactivated: IdentityRefusal = {
  ok: false,
  code: 'auth/deactivated',
  detail: 'Somebody here has deactivated you, and no provider lets you in again.',
};

export const noRole: IdentityRefusal = {
  ok: false,
  code: 'auth/no-role',
  detail: 'None of your groups at the provider has a role here.',
};

export function unknownPerson(detail: string): IdentityRefusal {
  return { ok: false, code: 'auth/unknown-person', detail };
}
