import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { knownProof, provedAnew } from '../../engine/core/identity/judge-provider-proof.ts';
import { mapGroups, rolesAfter } from '../../engine/core/identity/map-groups.ts';
import { fillInClaims, readProviderClaims } from '../../engine/core/identity/provider-claims.ts';
import type { Json } from '../../schemas/json.ts';

describe('what a provider says', () => {
  test.each([1e20, 1e300, -1, 253_402_300_800, '1', null])('of the time is nothing when it is %s', (time) => {
    expect(readProviderClaims({ sub: 's', auth_time: time }, 'groups')?.provedAtMs).toBeNull();
  });

  test('of the time is kept to the second', () => {
    expect(readProviderClaims({ sub: 's', auth_time: 1_700_000_000 }, 'groups')?.provedAtMs).toBe(
      1_700_000_000_000,
    );
  });

  test('is read by name and bounded, whatever it is', () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.constantFrom('sub', 'email', 'name', 'groups', 'auth_time'), fc.jsonValue()),
        (said) => {
          const claims = readProviderClaims(said as Json, 'groups');
          if (claims === null) return;
          expect(claims.subject).toMatch(/^[\x20-\x7e]{1,255}$/);
          expect(claims.emailVerified).toBe(false);
          expect(Array.from(claims.name ?? '').length).toBeLessThanOrEqual(200);
          for (const group of claims.groups) expect(group).toBeTypeOf('string');
        },
      ),
    );
  });

  test.each<[string, unknown]>([
    ['no', false],
    ['a word', 'true'],
    ['a number', 1],
    ['nothing', undefined],
  ])('is no checked address when it says %s', (_, verified) => {
    const said = { sub: 's', email: 'a@example.org', email_verified: verified } as Json;
    expect(readProviderClaims(said, 'groups')?.emailVerified).toBe(false);
  });

  test('keeps out what no database takes and no page should show', () => {
    const said = {
      sub: 's',
      email: 'a\0@example.org',
      email_verified: true,
      name: 'An\0n\n \ud800',
      groups: 'one',
    };
    expect(readProviderClaims(said, 'groups')).toEqual({
      subject: 's',
      email: null,
      emailVerified: false,
      name: 'An n  \\ud800',
      groups: ['one'],
      provedAtMs: null,
    });
    expect(readProviderClaims({ sub: 'é' }, 'groups')).toBeNull();
    expect(readProviderClaims({ sub: 'x'.repeat(256) }, 'groups')).toBeNull();
  });

  test('in two places is one statement about an address', () => {
    const info = { email: 'b@example.org', email_verified: true, groups: ['g'], auth_time: 1 };
    expect(fillInClaims({ sub: 's', email: 'a@example.org' }, info, ['email', 'groups'])).toEqual({
      sub: 's',
      email: 'a@example.org',
      groups: ['g'],
    });
    expect(fillInClaims({ sub: 's', email_verified: true }, { email: 'b@example.org' }, ['email'])).toEqual({
      sub: 's',
      email: 'b@example.org',
    });
  });
});

test('a proof is a new one from when it was asked for, less what two clocks may differ', () => {
  const asked = 1_000_000;
  expect([null, asked - 30_001, asked - 30_000, asked, asked + 1].map((at) => provedAnew(at, asked))).toEqual(
    [false, false, true, true, true],
  );
});

test('groups give all that each of them gives, by their exact name, and never what is given by name', () => {
  const rules = [
    { group: 'A', roles: ['approver', 'viewer'], groups: ['x'] },
    { group: 'B', roles: ['viewer', 'analyst'], groups: ['x', 'b'] },
  ] as const;
  expect(mapGroups(rules, ['B', 'A', 'a'])).toEqual({
    roles: ['viewer', 'analyst', 'approver'],
    groups: ['b', 'x'],
  });
  expect(mapGroups(rules, ['a', 'b', ''])).toEqual({ roles: [], groups: [] });
  expect(rolesAfter(['viewer', 'admin'], ['analyst'])).toEqual(['analyst', 'admin']);
  expect(rolesAfter(['viewer'], [])).toEqual([]);
});

test('a time is known up to the tolerance for clocks ahead of ours', () => {
  const now = 1_700_000_000_000;
  expect([null, 0, now, now + 30_000, now + 30_001].map((at) => knownProof(at, now))).toEqual([
    null,
    0,
    now,
    now + 30_000,
    null,
  ]);
});
