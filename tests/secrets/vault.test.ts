import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openSecretWays } from '../../api/process/open-secret-ways.ts';
import type { SecretFailure } from '../../engine/core/contracts/secret.ts';
import { parseSource, type SecretSource } from '../../engine/core/secret/secret-source.ts';
import { createHttp } from '../../engine/runtime/http/send-http.ts';
import { createVault, type VaultSettings } from '../../engine/runtime/secrets/ask-vault.ts';
import type { VaultSource } from '../../engine/runtime/secrets/open-secrets.ts';
import { authorityPem, serverKeyPem, serverPem } from '../outward/test-authority.ts';
import { appRole, podToken, startVault, type Vault } from './start-vault.ts';

/* Tried against a stand-in that was built from the documents of Vault: there is no package of Vault here. */

const canary = 'canary-of-the-vault';
const source = named('vault:kv/riposte/edr#client_secret');
const variables: { [name: string]: string } = { SECRET_ID: appRole.secret_id, POD: podToken.jwt };
let vault: Vault;
let closing: (() => Promise<void>)[] = [];

beforeEach(async () => {
  vault = await startVault();
  vault.secrets['riposte/edr'] = { client_secret: canary };
  closing = [vault.close];
});
afterEach(async () => {
  for (const close of closing.reverse()) await close();
});

function named(text: string): SecretSource {
  const found = parseSource(text);
  if (found === null) throw new Error(`no source: ${text}`);
  return found;
}

const byAppRole: VaultSettings['auth'] = {
  method: 'approle',
  mount: 'approle',
  roleId: appRole.role_id,
  secretId: { kind: 'env', name: 'SECRET_ID' },
};

function open(given: Partial<VaultSettings> = {}, never: string[] = []) {
  const settings = { address: vault.url, namespace: null, authority: null, auth: byAppRole, ...given };
  const ways = { variable: (name: string) => variables[name], sopsEnvironment: () => ({}) };
  const opened = openSecretWays(settings, ways, never);
  closing.push(opened.close);
  return opened.secrets;
}

/** What went wrong, all of it as text, so that nothing hides in a field. */
async function failureOf(reading: Promise<string>): Promise<SecretFailure & { whole: string }> {
  const error = await reading.then(
    (value) => Promise.reject(new Error(`read: ${value.length}`)),
    (failure: SecretFailure) => failure,
  );
  const whole = `${error.stack} ${String(error.cause)} ${JSON.stringify(error)} ${error.met}`;
  return Object.assign(error, { whole });
}

describe('a secret in Vault', () => {
  it.each([
    ['by AppRole', byAppRole],
    [
      'by the token of a pod',
      {
        method: 'kubernetes',
        mount: 'kubernetes',
        role: 'riposte',
        jwt: { kind: 'env', name: 'POD' },
      } as const,
    ],
  ])('is read with a sign-in %s, once for all who ask together', async (_, auth) => {
    const secrets = open({ auth });
    const all = await Promise.all(Array.from({ length: 20 }, () => secrets.read(source)));
    expect(new Set(all)).toEqual(new Set([canary]));
    expect(await secrets.read(source)).toBe(canary);
    expect(vault.asked).toEqual([`POST /v1/auth/${auth.method}/login`, 'GET /v1/kv/data/riposte/edr']);
  });

  it('is read below a namespace', async () => {
    const other = await startVault({ namespace: 'soc/' });
    closing.push(other.close);
    other.secrets['riposte/edr'] = { client_secret: canary };
    expect(await open({ address: other.url, namespace: 'soc/' }).read(source)).toBe(canary);
    expect((await failureOf(open({ address: other.url }).read(source))).code).toBe('misconfigured');
  });

  it('keeps every line of a value, without the blanks around it', async () => {
    vault.secrets['riposte/edr'] = { client_secret: '\n-----BEGIN KEY-----\r\nabc\n-----END KEY-----\n' };
    expect(await open().read(source)).toBe('-----BEGIN KEY-----\r\nabc\n-----END KEY-----');
  });
});

describe('what passes by itself', () => {
  it.each([307, 412, 429, 472, 473, 500, 501, 502, 503])('is unavailable: %i', async (status) => {
    const secrets = open();
    vault.instead = (_request, response) =>
      response
        .writeHead(status, { location: `${vault.url}/v1/else` })
        .end(JSON.stringify({ errors: [canary] }));
    const failure = await failureOf(secrets.read(source));
    expect(failure).toMatchObject({ code: 'unavailable', message: expect.stringContaining(String(status)) });
    expect(failure.whole).not.toContain(canary);
    // A redirect is not followed.
    expect(vault.asked).toHaveLength(1);
  });

  it('is unavailable while it is down, and who asks often makes one request', async () => {
    const secrets = open();
    await vault.close();
    closing.shift();
    const failures = await Promise.all(Array.from({ length: 5 }, () => failureOf(secrets.read(source))));
    expect(new Set(failures.map(({ code }) => code))).toEqual(new Set(['unavailable']));
    expect(failures[0]?.message).not.toContain('127.0.0.1');
    // For the operator's log alone.
    expect(failures[0]?.met).toContain(new URL(vault.url).host);
  });

  it('is unavailable when it answers ten megabytes', async () => {
    const secrets = open();
    vault.instead = (_request, response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(`{"data":{"data":{"client_secret":"${canary.repeat(600_000)}"}}}`);
    };
    const failure = await failureOf(secrets.read(source));
    expect(failure.code).toBe('unavailable');
    expect(failure.whole).not.toContain(canary);
  });

  it('is unavailable when it never answers, within a bound of its own', async () => {
    const secrets = open();
    vault.instead = () => undefined;
    expect((await failureOf(secrets.read(source))).code).toBe('unavailable');
  }, 30_000);
});

describe('what takes a person', () => {
  it.each([
    ['no such path', 'vault:kv/none#x', 'nothing there that Riposte may read (404)'],
    ['no such field', 'vault:kv/riposte/edr#none', 'no such field'],
    ['a field of every object', 'vault:kv/riposte/edr#constructor', 'no such field'],
    ['another mount', 'vault:secret/riposte/edr#client_secret', '(404)'],
  ])('is misconfigured: %s', async (_, name, said) => {
    const failure = await failureOf(open().read(named(name)));
    expect(failure).toMatchObject({ code: 'misconfigured', message: expect.stringContaining(said) });
    expect(failure.whole).not.toMatch(/riposte\/edr|canary/);
  });

  it('is misconfigured: a sign-in that is refused, though Vault repeats what it was sent', async () => {
    const auth = { ...byAppRole, roleId: 'another' };
    const failure = await failureOf(open({ auth }).read(source));
    expect(failure).toMatchObject({ code: 'misconfigured', message: 'Vault refused the sign-in (400).' });
    expect(failure.whole).not.toContain(appRole.secret_id);
  });

  it.each([
    ['no JSON', `<html>${canary}</html>`],
    ['KV version 1', JSON.stringify({ data: { client_secret: canary } })],
    ['a number', JSON.stringify({ data: { data: { client_secret: 7, other: canary } } })],
  ])('is misconfigured, and nothing of it is repeated: %s', async (_, text) => {
    const secrets = open();
    await secrets.read(named('vault:kv/riposte/edr#client_secret'));
    vault.instead = (_request, response) => response.writeHead(200).end(text);
    const failure = await failureOf(secrets.read(named('vault:kv/more#client_secret')));
    expect(failure.code).toBe('misconfigured');
    expect(failure.whole).not.toContain(canary);
  });

  it('is misconfigured: an address that is our own', async () => {
    const { host } = new URL(vault.url);
    const failure = await failureOf(open({}, [host]).read(source));
    expect(failure).toMatchObject({
      code: 'misconfigured',
      message: expect.stringContaining('address of Vault'),
    });
    expect(vault.asked).toEqual([]);
  });

  it('does not take a token that would break a header', async () => {
    const secrets = open();
    vault.instead = (_request, response) =>
      response
        .writeHead(200)
        .end(JSON.stringify({ auth: { client_token: `${canary}\r\nX-Evil: 1`, lease_duration: 60 } }));
    const failure = await failureOf(secrets.read(source));
    expect(failure).toMatchObject({ code: 'misconfigured' });
    expect(failure.whole).not.toContain(canary);
    expect(vault.asked).toHaveLength(1);
  });
});

describe('on a clock of its own', () => {
  const settings = () => ({ address: vault.url, namespace: null, authority: null, auth: byAppRole });
  const local = async () => variables.SECRET_ID ?? '';
  const at = { ms: 0 };
  const open = () => {
    at.ms = 0;
    const http = createHttp({ allow: [vault.url] });
    closing.push(() => http.close());
    return createVault(http, settings(), local, () => at.ms);
  };
  const edr = source as VaultSource;
  const signIns = () => vault.asked.filter((each) => each.startsWith('POST')).length;

  it('a token is had anew before its lease of twenty minutes ends', async () => {
    const ask = open();
    await ask(edr);
    at.ms = 17 * 60_000;
    await ask(edr);
    expect(signIns()).toBe(1);
    at.ms = 19 * 60_000;
    await ask(edr);
    expect(signIns()).toBe(2);
  });

  it('a token that ended before its time is had anew, once, however many ask', async () => {
    const ask = open();
    vault.secrets.other = { a: 'one', b: 'two', c: 'three' };
    await ask(edr);
    vault.revoke();
    at.ms = 60_000;
    const asked = ['a', 'b', 'c'].map((field) => ask(named(`vault:kv/other#${field}`) as VaultSource));
    expect(await Promise.all(asked)).toEqual(['one', 'two', 'three']);
    expect(signIns()).toBe(2);
  });

  it('a right that is missing is misconfigured, and takes one new token a minute at most', async () => {
    const ask = open();
    await ask(edr);
    vault.instead = (request, response) => {
      if (request.method === 'POST')
        response
          .writeHead(200)
          .end(JSON.stringify({ auth: { client_token: 'hvs.x', lease_duration: 1200 } }));
      else response.writeHead(403).end(JSON.stringify({ errors: [`permission denied ${canary}`] }));
    };
    for (const ms of [1_000, 61_000, 62_000, 90_000, 122_000]) {
      at.ms = ms;
      const failure = await failureOf(ask(edr));
      expect(failure).toMatchObject({ code: 'misconfigured', message: expect.stringContaining('(403)') });
      expect(failure.whole).not.toContain(canary);
    }
    // The first, and those at 61 and 122 seconds.
    expect(signIns()).toBe(3);
  });

  it('a sign-in that was refused is not tried again by every secret, as Vault would lock the role', async () => {
    const ask = open();
    variables.SECRET_ID = 'wrong';
    for (let n = 0; n < 5; n++) expect((await failureOf(ask(edr))).code).toBe('misconfigured');
    expect(signIns()).toBe(1);
    at.ms = 5 * 60_000;
    expect((await failureOf(ask(edr))).code).toBe('misconfigured');
    expect(signIns()).toBe(2);
    // What opens the store is read anew, and another one is tried at once.
    variables.SECRET_ID = appRole.secret_id;
    expect(await ask(edr)).toBe(canary);
  });
});

it('what signs in to Vault and cannot be read is told as such', async () => {
  const auth = { ...byAppRole, secretId: { kind: 'env', name: 'NONE' } } as const;
  const failure = await failureOf(open({ auth }).read(source));
  expect(failure.message).toBe(
    'what signs in to Vault cannot be read: the variable that it names is not set.',
  );
  expect(vault.asked).toEqual([]);
});

it('over TLS Vault is believed by the given authority alone', async () => {
  const server = createServer({ key: serverKeyPem, cert: serverPem }, (request, response) => {
    const text =
      request.method === 'POST'
        ? { auth: { client_token: 't', lease_duration: 60 } }
        : { data: { data: { client_secret: canary } } };
    response.end(JSON.stringify(text));
  });
  await new Promise<void>((resolve) => server.listen(0, resolve));
  closing.push(async () => {
    server.closeAllConnections();
    server.close();
  });
  const address = `https://localhost:${(server.address() as AddressInfo).port}`;
  expect(await open({ address, authority: authorityPem }).read(source)).toBe(canary);
  const failure = await failureOf(open({ address }).read(source));
  expect(failure).toMatchObject({ code: 'unavailable' });
  expect(failure.met).toContain('localhost');
});
