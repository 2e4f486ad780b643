import { describe, expect, test } from 'vitest';
import {
  type ClaimTest,
  claimWords,
  fittingRules,
  rolesOfRules,
  type WorkloadRule,
} from '../../engine/core/identity/workload-rules.ts';
import type { JsonObject } from '../../schemas/json.ts';

const ruleOf = (...claims: ClaimTest[]): WorkloadRule => ({ name: 'rule', claims, roles: ['viewer'] });
const fits = (rule: WorkloadRule, claims: JsonObject) => fittingRules([rule], claims).length === 1;

describe('a rule', () => {
  test('without claims fits nobody', () => {
    expect(fits(ruleOf(), { sub: 'x' })).toBe(false);
  });

  test('fits when all its claims are what they have to be', () => {
    const rule = ruleOf({ claim: 'sub', is: ['a', 'b'] }, { claim: 'ref', startsWith: 'refs/' });
    expect(fits(rule, { sub: 'b', ref: 'refs/heads/main', other: 1 })).toBe(true);
    expect(fits(rule, { sub: 'b' })).toBe(false);
    expect(fits(rule, { sub: 'c', ref: 'refs/heads/main' })).toBe(false);
    expect(fits(rule, { sub: 'a', ref: 'xrefs/' })).toBe(false);
  });

  test.each<[string, ClaimTest, unknown]>([
    ['a number', { claim: 'c', is: ['1'] }, 1],
    ['a text', { claim: 'c', is: [1] }, '1'],
    ['a truth', { claim: 'c', is: ['true'] }, true],
    ['a list', { claim: 'c', is: ['a'] }, ['a']],
    ['a list that begins so', { claim: 'c', startsWith: 'a/' }, ['a/b']],
    ['null', { claim: 'c', is: ['null'] }, null],
    ['capitals', { claim: 'c', is: ['acme'] }, 'Acme'],
    ['blanks', { claim: 'c', is: ['acme'] }, 'acme '],
    ['a letter of another script', { claim: 'c', is: ['acme'] }, '\u0430cme'],
    ['the same letter put together', { claim: 'c', is: ['caf\u00e9'] }, 'cafe\u0301'],
    ['a letter that cannot be seen', { claim: 'c', is: ['acme'] }, 'ac\u200bme'],
  ])('does not take %s for what it names', (_, wanted, value) => {
    expect(fits(ruleOf(wanted), { c: value } as JsonObject)).toBe(false);
  });

  test.each(['__proto__', 'constructor', 'toString'])('finds no %s in a token that has none', (claim) => {
    expect(fits(ruleOf({ claim, is: [''] }), {})).toBe(false);
    expect(fits(ruleOf({ claim, startsWith: 'function' }), {})).toBe(false);
  });
});

test('rules give together what each of them gives, and never what is given by name', () => {
  const rules = [
    { ...ruleOf(), roles: ['operator', 'admin'] as const },
    { ...ruleOf(), roles: ['viewer', 'operator', 'break-glass'] as const },
  ];
  expect(rolesOfRules(rules)).toEqual(['viewer', 'operator']);
});

test('words for people tell a text from a number', () => {
  expect(claimWords({ claim: 'id', is: ['7', 7] })).toBe('id is "7" or 7');
  expect(claimWords({ claim: 'ref', startsWith: 'refs/' })).toBe('ref begins with "refs/"');
});
