import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { readConfig } from '../../api/process/config.ts';
import { expectOidcSecret } from '../../api/process/expect-secrets.ts';
import { StartError } from '../../engine/runtime/store/start-error.ts';
import { madeSecrets } from '../support/made-secrets.ts';

const folder = mkdtempSync(join(tmpdir(), 'riposte-oidc-'));
afterAll(() => rmSync(folder, { recursive: true }));

const whole = { issuer: 'https://login.example.org/', clientId: 'riposte', clientSecret: 'env:OIDC_SECRET' };

function envWith(content: unknown): Record<string, string> {
  const path = join(folder, 'oidc.json');
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
  return { RIPOSTE_OIDC: path, RIPOSTE_PUBLIC_URL: 'https://soar.example.org' };
}

function complaint(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    if (error instanceof StartError && error.code === 'start/bad-config') return error.message;
    throw error;
  }
  throw new Error('it was accepted');
}

describe('the file of the identity provider', () => {
  it('needs an issuer, a client and where its secret is; the issuer stays as it is written', () => {
    expect(readConfig(envWith(whole)).oidc).toEqual({
      issuer: 'https://login.example.org/',
      clientId: 'riposte',
      clientSecret: { kind: 'env', name: 'OIDC_SECRET' },
      label: 'Sign in with your organisation',
      scopes: ['openid', 'email', 'profile'],
      groupsClaim: 'groups',
      people: [],
    });
  });

  it('takes groups that let people in', () => {
    const people = [{ group: 'SOC leads', roles: ['operator', 'approver'], groups: ['soc-leads'] }];
    expect(
      readConfig(envWith({ ...whole, people, issuer: 'http://localhost:8080/realms/soc' })).oidc,
    ).toMatchObject({
      issuer: 'http://localhost:8080/realms/soc',
      people: [{ group: 'SOC leads', roles: ['approver', 'operator'], groups: ['soc-leads'] }],
    });
  });

  it('is nothing without the address that people use', () => {
    const { RIPOSTE_PUBLIC_URL: _, ...env } = envWith(whole);
    expect(complaint(() => readConfig(env))).toMatch(
      /^RIPOSTE_PUBLIC_URL: write the address that people use/,
    );
  });

  const rule = (change: object) => ({ ...whole, people: [{ group: 'g', roles: ['viewer'], ...change }] });
  it.each<[string, unknown, string]>([
    ['text', '{', 'is not JSON'],
    ['list', [], 'an object like'],
    ['unknown field', { ...whole, secret: 'x' }, 'not "secret"'],
    ['issuer without TLS', { ...whole, issuer: 'http://login.example.org' }, '"issuer"'],
    ['issuer with a query', { ...whole, issuer: 'https://login.example.org/?x=1' }, '"issuer"'],
    ['issuer with a password', { ...whole, issuer: 'https://u:p@login.example.org' }, '"issuer"'],
    ['issuer of another kind', { ...whole, issuer: 'file:///etc/passwd' }, '"issuer"'],
    ['no client', { ...whole, clientId: '' }, '"clientId"'],
    ['the secret itself', { ...whole, clientSecret: 'canary-secret' }, 'never the secret itself'],
    ['long label', { ...whole, label: 'x'.repeat(61) }, '"label"'],
    ['scopes without openid', { ...whole, scopes: ['email'] }, '"openid"'],
    ['scope with a blank', { ...whole, scopes: ['openid', 'a b'] }, '"scopes"'],
    ['no claim', { ...whole, groupsClaim: '' }, '"groupsClaim"'],
    ['people as an object', { ...whole, people: {} }, '"people"'],
    ['unknown role', rule({ roles: ['boss'] }), '"people", entry 1: "roles"'],
    ['no role', rule({ roles: [] }), '"roles"'],
    ['a role twice', rule({ roles: ['viewer', 'viewer'] }), '"roles"'],
    ['administrators by a group', rule({ roles: ['admin'] }), 'admin and break-glass are given by name'],
    [
      'deciding alone by a group',
      rule({ roles: ['break-glass'] }),
      'admin and break-glass are given by name',
    ],
    ['a group here that could be none', rule({ groups: ['SOC Leads'] }), '"groups"'],
    ['a group twice', { ...whole, people: [...rule({}).people, ...rule({}).people] }, 'entry 2'],
  ])('says what is wrong with: %s', (_, content, said) => {
    const message = complaint(() => readConfig(envWith(content)));
    expect(message).toMatch(/^RIPOSTE_OIDC: write /);
    expect(message).toContain(said);
    expect(message).not.toContain('canary');
  });
});

describe('the secret', () => {
  it('has to be there at the start, and is read anew each time', async () => {
    const path = join(folder, 'secret');
    const source = { kind: 'file', path } as const;
    const store = madeSecrets();
    const said = () => expectOidcSecret(source, store).then(() => '', String);
    expect(await said()).toContain(path);
    writeFileSync(path, ' \n');
    expect(await said()).toContain(path);
    writeFileSync(path, 'first\n');
    expect(await said()).toBe('');
    expect(await store.read(source)).toBe('first');
    writeFileSync(path, 'second');
    expect(await store.read(source)).toBe('second');
    const named = { kind: 'env', name: 'OIDC_SECRET' } as const;
    expect(await expectOidcSecret(named, store).catch(String)).toContain('OIDC_SECRET');
    expect(await madeSecrets({ OIDC_SECRET: 'third' }).read(named)).toBe('third');
  });
});
