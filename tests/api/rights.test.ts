import { describe, expect, test } from 'vitest';
import { maskValues } from '../../engine/core/identity/mask-values.ts';
import { mayDecide } from '../../engine/core/identity/may-decide.ts';
import { mayGrant } from '../../engine/core/identity/may-grant.ts';
import { mayI, type Permission, permissions, type Role, roles } from '../../engine/core/identity/rights.ts';

const person = (...held: string[]) => ({ kind: 'person' as const, id: 'per_1', roles: held });

const whoMay = (permission: Permission): Role[] =>
  roles.filter((role) => mayI(person(role), permission).allowed);

describe('the matrix of the console design', () => {
  test.each<[Permission, Role[]]>([
    ['runs.read', [...roles]],
    ['values.read', roles.filter((role) => role !== 'viewer')],
    ['incidents.update', ['analyst', 'approver', 'operator', 'admin']],
    ['webhooks.send', ['analyst', 'operator', 'admin']],
    ['routing.publish', ['operator', 'admin']],
    ['guardrails.publish', ['operator', 'admin']],
    ['runs.start', ['analyst', 'approver', 'operator', 'admin']],
    ['runs.undo', ['approver', 'operator', 'admin']],
    ['approvals.decide', ['approver', 'operator', 'admin']],
    ['playbooks.publish', ['operator', 'admin']],
    ['stops.set', ['operator', 'admin', 'responder']],
    ['stops.clear', ['operator', 'admin']],
    ['audit.read', ['operator', 'auditor', 'admin']],
    ['people.manage', ['operator', 'admin']],
    ['tokens.manage', ['operator', 'admin']],
    ['streams.manage', ['operator', 'admin']],
    ['connections.read', [...roles]],
    ['connections.test', ['operator', 'admin']],
    ['approvals.break-glass', ['break-glass']],
    ['approvals.review', ['operator', 'auditor', 'admin']],
  ])('%s: %j', (permission, expected) => {
    expect(whoMay(permission)).toEqual(expected);
  });

  test('nobody may anything without a role, or with one that does not exist', () => {
    for (const permission of permissions) {
      expect(mayI(person(), permission).allowed).toBe(false);
      expect(mayI(person('root', 'toString', '__proto__'), permission).allowed).toBe(false);
    }
  });

  test('a service with every role still decides nothing', () => {
    const service = { kind: 'service' as const, id: 'tok_1', roles: [...roles] };
    for (const permission of ['approvals.decide', 'approvals.break-glass', 'approvals.review'] as const)
      expect(mayI(service, permission)).toMatchObject({ allowed: false, code: 'approval/needs-person' });
  });
});

describe('granting', () => {
  test('only administrators make administrators, and nobody gives a role that does not exist', () => {
    expect(mayGrant(person('operator'), ['operator', 'auditor']).allowed).toBe(true);
    expect(mayGrant(person('operator'), ['admin'])).toMatchObject({ code: 'auth/forbidden' });
    expect(mayGrant(person('admin'), ['admin']).allowed).toBe(true);
    expect(mayGrant(person('operator'), ['break-glass'])).toMatchObject({ code: 'auth/forbidden' });
    expect(mayGrant(person('admin'), ['break-glass']).allowed).toBe(true);
    expect(mayGrant(person('admin'), ['root'])).toMatchObject({ code: 'request/invalid' });
  });
});

describe('deciding', () => {
  const decider = {
    ...person('approver'),
    personId: 'per_1',
    groups: ['soc', 'oncall:ir'],
    email: 'Jo@example.test',
  };
  const question = { state: 'pending', approvers: ['group:soc'], excluded: [], voters: [], unshowable: null };
  const codeOf = (change: object, decision: 'approve' | 'deny' = 'approve') => {
    const verdict = mayDecide(decider, { ...question, ...change }, decision);
    return verdict.allowed ? 'yes' : verdict.code;
  };

  test.each([
    [['group:soc'], 'yes'],
    [['user:jo@example.test'], 'yes'],
    [['user:per_1'], 'yes'],
    [['role:approver'], 'yes'],
    [['oncall:ir'], 'yes'],
    [['group:ir', 'user:per_2', 'role:operator', 'oncall:soc', 'soc', 'group:'], 'approval/not-named'],
    [[], 'approval/not-named'],
  ])('asked as %j: %s', (approvers, expected) => {
    expect(codeOf({ approvers })).toBe(expected);
  });

  test('not on the own work, not twice, not after the end, not what cannot be shown', () => {
    expect(codeOf({ excluded: ['per_1'] })).toBe('approval/separation');
    expect(codeOf({ voters: ['per_1'] })).toBe('approval/already-decided');
    expect(codeOf({ state: 'denied' })).toBe('approval/already-decided');
    expect(codeOf({ unshowable: 'too long' })).toBe('approval/not-shown');
    expect(codeOf({ unshowable: 'too long' }, 'deny')).toBe('yes');
  });
});

test('a masked value keeps names and shape and no content', () => {
  expect(maskValues({ a: 'x', b: [1, null, { c: true }], d: {} })).toEqual({
    a: '[masked]',
    b: ['[masked]', null, { c: '[masked]' }],
    d: {},
  });
});
