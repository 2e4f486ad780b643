import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readConfig } from '../../api/process/config.ts';
import { storePlaces } from '../../api/process/own-places.ts';
import { createHttp } from '../../engine/runtime/http/send-http.ts';
import { authorityPem } from '../outward/test-authority.ts';
import { temporaryFolder } from '../support/temp-folder.ts';

const folder = await temporaryFolder();
const write = (name: string, content: unknown): string => {
  const path = join(folder, name);
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
  return path;
};
const read = (content: unknown) => readConfig({ RIPOSTE_VAULT: write('vault.json', content) }).vault;
function complaint(environment: { [name: string]: string }): string {
  try {
    readConfig(environment);
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  return '';
}

const address = 'https://vault.example.org:8200';
const kubernetes = { method: 'kubernetes', role: 'riposte' };
const appRole = { method: 'approle', roleId: 'r-1', secretId: 'file:/run/secrets/vault' };

describe('the file of Vault', () => {
  it('takes the token of the pod unless it says otherwise', () => {
    expect(read({ address: `${address}/`, auth: kubernetes })).toEqual({
      address,
      namespace: null,
      authority: null,
      auth: {
        method: 'kubernetes',
        mount: 'kubernetes',
        role: 'riposte',
        jwt: { kind: 'file', path: '/var/run/secrets/kubernetes.io/serviceaccount/token' },
      },
    });
  });

  it('names what AppRole takes, a namespace and whom to trust', () => {
    const ca = write('ca.pem', authorityPem);
    const auth = { ...appRole, mount: 'soc-approle' };
    expect(read({ address, namespace: 'soc/', ca, auth })).toEqual({
      address,
      namespace: 'soc/',
      authority: authorityPem,
      auth: {
        method: 'approle',
        mount: 'soc-approle',
        roleId: 'r-1',
        secretId: { kind: 'file', path: '/run/secrets/vault' },
      },
    });
  });

  it.each([
    ['no TLS', { address: 'http://vault.example.org:8200', auth: kubernetes }, '"address"'],
    ['a path', { address: `${address}/v1`, auth: kubernetes }, '"address"'],
    ['a password in it', { address: 'https://canary@vault.example.org', auth: kubernetes }, '"address"'],
    ['no way in', { address }, '"auth"'],
    ['a token', { address, auth: { method: 'token', token: 'canary' } }, '"auth"."method"'],
    ['a secret written out', { address, auth: { ...appRole, secretId: 'canary' } }, '"auth"."secretId"'],
    [
      'a key inside the safe',
      { address, auth: { ...appRole, secretId: 'vault:kv/a#b' } },
      '"auth"."secretId"',
    ],
    ['a mount that leads elsewhere', { address, auth: { ...kubernetes, mount: '../sys' } }, '"auth"."mount"'],
    ['a field of the other way', { address, auth: { ...kubernetes, secretId: 'canary' } }, 'not "secretId"'],
    ['a namespace that breaks a header', { address, namespace: 'a\r\nb', auth: kubernetes }, '"namespace"'],
    ['no certificates', { address, ca: '/none.pem', auth: kubernetes }, '"ca"'],
    ['an unknown field', { address, auth: kubernetes, skipVerify: true }, 'not "skipVerify"'],
    ['no object', [], 'an object'],
  ])('is refused with %s, without repeating it', (_, content, said) => {
    const text = complaint({ RIPOSTE_VAULT: write('vault.json', content) });
    expect(text).toMatch(/^RIPOSTE_VAULT: write in /);
    expect(text).toContain(said);
    expect(text).not.toContain('canary');
  });

  it('is missed when a secret is named there', () => {
    const connection = { id: 'emea', system: 'edr', secrets: { client_secret: 'vault:kv/edr#secret' } };
    const connections = write('connections.json', { connections: [connection] });
    expect(complaint({ RIPOSTE_CONNECTIONS: connections })).toContain('RIPOSTE_VAULT: write the path');
    const vault = write('vault.json', { address, auth: kubernetes });
    expect(complaint({ RIPOSTE_CONNECTIONS: connections, RIPOSTE_VAULT: vault })).toBe('');
    // Who does not read it need not know where it is.
    expect(complaint({ RIPOSTE_CONNECTIONS: connections, RIPOSTE_ROLES: 'api,engine' })).toBe('');
  });
});

describe('the place of Vault', () => {
  it('is one that no connector reaches, under its name and its addresses', async () => {
    const places = await storePlaces('https://localhost:8200');
    expect(places).toContain('localhost:8200');
    expect(places).toContain('127.0.0.1:8200');
    const http = createHttp({ allowPrivate: true, never: places });
    await expect(
      http.send({ method: 'GET', url: 'https://127.0.0.1:8200/v1/kv/data/x' }),
    ).rejects.toMatchObject({ sent: 'before-send', message: expect.stringContaining('a part of Riposte') });
    await http.close();
  });

  it('on 443 by its name alone: others answer at that address', async () => {
    expect(await storePlaces('https://localhost')).toEqual(['localhost:443']);
    expect(await storePlaces(null)).toEqual([]);
  });
});
