import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { readConfig } from '../../api/process/config.ts';
import { StartError } from '../../engine/runtime/store/start-error.ts';

const folder = mkdtempSync(join(tmpdir(), 'riposte-issuers-'));
afterAll(() => rmSync(folder, { recursive: true }));

const rule = { name: 'publish', claims: { sub: 'repo:acme/soar:ref:refs/heads/main' }, roles: ['operator'] };
const issuer = { issuer: 'https://gitlab.example.org', rules: [rule] };
const file = (...issuers: unknown[]) => ({ issuers });
const withRule = (change: object) => file({ ...issuer, rules: [{ ...rule, ...change }] });

function envWith(content: unknown, more: Record<string, string> = {}): Record<string, string> {
  const path = join(folder, 'issuers.json');
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
  return { RIPOSTE_ISSUERS: path, RIPOSTE_PUBLIC_URL: 'https://soar.example.org', ...more };
}

function complaint(env: Record<string, string>): string {
  try {
    readConfig(env);
  } catch (error) {
    if (error instanceof StartError && error.code === 'start/bad-config') return error.message;
    throw error;
  }
  throw new Error('it was accepted');
}

describe('the file of issuers', () => {
  it('names each with its rules; the rest may be left out', () => {
    expect(readConfig(envWith(file(issuer))).issuers).toEqual([
      {
        issuer: 'https://gitlab.example.org',
        audience: null,
        jwks: null,
        rules: [
          {
            name: 'publish',
            claims: [{ claim: 'sub', is: ['repo:acme/soar:ref:refs/heads/main'] }],
            roles: ['operator'],
          },
        ],
      },
    ]);
  });

  it('takes one of several values, of any plain kind, and a prefix that ends where a name does', () => {
    const claims = { a: ['x', 'y'], b: true, c: 7, d: { prefix: 'refs/heads/' } };
    expect(readConfig(envWith(withRule({ claims }))).issuers[0]?.rules[0]?.claims).toEqual([
      { claim: 'a', is: ['x', 'y'] },
      { claim: 'b', is: [true] },
      { claim: 'c', is: [7] },
      { claim: 'd', startsWith: 'refs/heads/' },
    ]);
  });

  const shared = (claims: object) =>
    file({ issuer: 'https://token.actions.githubusercontent.com', rules: [{ ...rule, claims }] });

  it.each<[string, unknown, string]>([
    ['text', '{', 'is not JSON'],
    ['list', [], 'a file like'],
    ['more than issuers', { issuers: [], x: 1 }, 'a file like'],
    ['an issuer that is no object', file('https://x.example'), 'an object'],
    ['unknown field', file({ ...issuer, secret: 'x' }), 'not "secret"'],
    ['issuer without TLS', file({ ...issuer, issuer: 'http://gitlab.example.org' }), '"issuer"'],
    ['issuer with a query', file({ ...issuer, issuer: 'https://x.example/?a' }), '"issuer"'],
    ['issuer twice', file(issuer, issuer), 'not named before'],
    ['an empty audience', file({ ...issuer, audience: '' }), '"audience"'],
    ['audiences', file({ ...issuer, audience: ['a', 'b'] }), '"audience"'],
    ['keys without TLS', file({ ...issuer, jwks: 'http://gitlab.example.org/keys' }), '"jwks"'],
    ['keys with a password', file({ ...issuer, jwks: 'https://u:p@x.example/keys' }), '"jwks"'],
    ['no rules', file({ ...issuer, rules: [] }), '"rules"'],
    ['rules that are none', file({ ...issuer, rules: undefined }), '"rules"'],
    ['a rule twice', file({ ...issuer, rules: [rule, rule] }), 'one that no other rule has'],
    [
      'a rule of another issuer',
      file(issuer, { ...issuer, issuer: 'https://x.example' }),
      'one that no other rule has',
    ],
    ['unknown field of a rule', withRule({ groups: [] }), 'not "groups"'],
    ['a name with capitals', withRule({ name: 'Publish' }), '"name"'],
    ['no claims', withRule({ claims: {} }), 'fits nobody'],
    ['claims as a list', withRule({ claims: ['sub'] }), 'fits nobody'],
    ['the issuer as a claim', withRule({ claims: { iss: 'https://x.example' } }), 'checked anyway'],
    ['an empty list of values', withRule({ claims: { sub: [] } }), '"claims", "sub"'],
    ['null', withRule({ claims: { sub: null } }), '"claims", "sub"'],
    ['a fraction', withRule({ claims: { sub: 1.5 } }), '"claims", "sub"'],
    ['a prefix within a name', withRule({ claims: { sub: { prefix: 'repo:acme' } } }), 'ends in "/" or ":"'],
    ['a prefix of everything', withRule({ claims: { sub: { prefix: '' } } }), '"claims", "sub"'],
    ['a pattern', withRule({ claims: { sub: { regex: '.*' } } }), '"claims", "sub"'],
    ['no roles', withRule({ roles: [] }), '"roles"'],
    ['administrators', withRule({ roles: ['admin'] }), 'admin and break-glass are given by name'],
    ['deciding alone', withRule({ roles: ['break-glass'] }), 'admin and break-glass are given by name'],
    ['everybody at GitHub', shared({ ref: 'refs/heads/main' }), 'anybody in the world'],
    ['everybody at GitHub, by a prefix', shared({ sub: { prefix: 'repo:' } }), 'anybody in the world'],
  ])('says what is wrong with: %s', (_, content, said) => {
    const message = complaint(envWith(content));
    expect(message).toMatch(/^RIPOSTE_ISSUERS: write /);
    expect(message).toContain(said);
  });

  it('takes an owner at GitHub', () => {
    expect(readConfig(envWith(shared({ sub: { prefix: 'repo:acme/' } }))).issuers).toHaveLength(1);
    expect(readConfig(envWith(shared({ repository_id: '17' }))).issuers).toHaveLength(1);
  });

  it('is nothing without an audience that is ours alone', () => {
    const { RIPOSTE_PUBLIC_URL: _, ...env } = envWith(file(issuer));
    expect(complaint(env)).toMatch(/^RIPOSTE_PUBLIC_URL: write the address of this server/);
    const { RIPOSTE_PUBLIC_URL: __, ...named } = envWith(file({ ...issuer, audience: 'riposte' }));
    expect(readConfig(named).issuers[0]?.audience).toBe('riposte');
  });

  it('does not let programs in with what people sign in with', () => {
    const oidc = join(folder, 'oidc.json');
    writeFileSync(
      oidc,
      JSON.stringify({ issuer: issuer.issuer, clientId: 'riposte', clientSecret: 'env:OIDC_SECRET' }),
    );
    const env = (audience: string) => envWith(file({ ...issuer, audience }), { RIPOSTE_OIDC: oidc });
    expect(complaint(env('riposte'))).toContain('another "audience" than the client of RIPOSTE_OIDC');
    expect(readConfig(env('riposte-api')).issuers).toHaveLength(1);
  });
});
