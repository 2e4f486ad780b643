import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, test } from 'vitest';
import type { Http } from '../../engine/core/contracts/ports.ts';
import { issuerKeysIn, issuerKeysMax } from '../../engine/core/identity/issuer-keys.ts';
import { askIssuerKeys } from '../../engine/runtime/identity/ask-issuer.ts';
import { freshMs, restMs, trustedMs } from '../../engine/runtime/identity/keep-issuer-keys.ts';
import { releaseAfter } from '../support/release-after.ts';
import { startWithIssuers } from './start-with-issuers.ts';

/* Where keys come from, how long they count, and what an issuer may do to us. */

const silent = () => undefined;
const log = { info: silent, warn: silent, error: silent };
const start = () => startWithIssuers(undefined, { log });
const keysAsked = (asked: readonly string[]) => asked.filter((path) => path === '/jwks').length;

describe('keys', () => {
  test('are asked for once, by however many come at the same time', async () => {
    const { ask, issuer, other } = await start();
    const answers = await Promise.all(Array.from({ length: 20 }, () => ask(issuer.token())));
    expect(answers.every(({ status }) => status === 200)).toBe(true);
    expect(issuer.asked).toEqual(['/.well-known/openid-configuration', '/jwks']);
    await ask(other.token());
    expect(other.asked).toEqual(['/jwks']);
  });

  test('that the issuer took away let nobody in when the others are old', async () => {
    const { ask, issuer, clock } = await start();
    const token = issuer.token();
    const next = issuer.addKey('two');
    issuer.keys.splice(0, 1);
    issuer.keys.unshift({ ...issuer.publicKey.export({ format: 'jwk' }), kid: 'one' });
    expect((await ask(token)).status).toBe(200);
    issuer.keys.splice(0, 1);
    clock.nowMs += freshMs - 1;
    expect((await ask(token)).status).toBe(200);
    clock.nowMs += 1;
    expect((await ask(token)).status).toBe(401);
    expect((await ask(issuer.token({ header: { kid: 'two' }, key: next }))).status).toBe(200);
  });

  test('that are new are found at once, and made-up ones make nobody ask all the time', async () => {
    const { ask, issuer, clock } = await start();
    await ask(issuer.token());
    const next = issuer.addKey('two');
    clock.nowMs += restMs;
    expect((await ask(issuer.token({ header: { kid: 'two' }, key: next }))).status).toBe(200);
    expect(keysAsked(issuer.asked)).toBe(2);
    const flood = Array.from({ length: 40 }, (_, at) =>
      ask(issuer.token({ header: { kid: `made-up-${at}` } })),
    );
    expect((await Promise.all(flood)).map(({ status }) => status)).not.toContain(200);
    expect(keysAsked(issuer.asked)).toBe(2);
    clock.nowMs += restMs;
    await ask(issuer.token({ header: { kid: 'made-up' } }));
    expect(keysAsked(issuer.asked)).toBe(3);
    // Whoever is honest is not kept out meanwhile.
    expect((await ask(issuer.token())).status).toBe(200);
  });

  test('without an id are taken where there is one alone, and of two with one id none is', async () => {
    const { ask, issuer, clock } = await start();
    expect((await ask(issuer.token({ header: { kid: undefined } }))).status).toBe(200);
    issuer.addKey('one');
    clock.nowMs += freshMs;
    expect((await ask(issuer.token())).status).toBe(401);
    expect((await ask(issuer.token({ header: { kid: undefined } }))).status).toBe(401);
  });
});

describe('an issuer that is down', () => {
  test('lets those go on whose key is known, for four hours; others are told to come again', async () => {
    const { ask, issuer, clock, warned, written } = await start();
    expect((await ask(issuer.token())).status).toBe(200);
    issuer.instead = (_path, response) => {
      response.writeHead(503).end();
      return true;
    };
    clock.nowMs += trustedMs - 1;
    expect((await ask(issuer.token())).status).toBe(200);
    const unknown = await ask(issuer.token({ header: { kid: 'two' } }));
    expect(unknown).toMatchObject({ status: 503, body: { code: 'auth/issuer-down' } });
    expect(unknown.headers.get('retry-after')).toBe('30');
    clock.nowMs += 1;
    expect((await ask(issuer.token())).status).toBe(503);
    // Asked once, and said once, for all of them.
    expect(keysAsked(issuer.asked) + warned.length).toBe(2);
    expect(warned).toEqual([{ issuer: issuer.issuer, word: 'status-503' }]);
    expect(await written('auth.failed')).toEqual([]);
    issuer.instead = null;
    clock.nowMs += restMs;
    expect((await ask(issuer.token())).status).toBe(200);
    // And what it does not know is wrong again.
    expect((await ask(issuer.token({ header: { kid: 'two' } }))).status).toBe(401);
  });

  test('keeps nobody else out', async () => {
    const { api, ask, issuer, other } = await start();
    await issuer.stop();
    expect((await ask(issuer.token())).status).toBe(503);
    expect((await ask(other.token())).status).toBe(200);
    expect((await ask(await api.service('xdr', ['viewer']))).status).toBe(200);
  });
});

describe('keys are not taken', () => {
  const lies: [what: string, path: string, answer: object | string, word: string][] = [
    [
      'of a list with 10,000',
      '/jwks',
      { keys: Array.from({ length: 10_000 }, () => ({ kty: 'RSA' })) },
      'keys',
    ],
    ['that are no list', '/jwks', { keys: { kty: 'RSA' } }, 'keys'],
    ['that are no JSON', '/jwks', '<html>', 'not-json'],
    [
      'of a document about another issuer',
      '/.well-known/openid-configuration',
      { issuer: 'https://x.example' },
      'issuer',
    ],
    ['of a document without an address', '/.well-known/openid-configuration', {}, 'address'],
  ];
  test.each(lies)('%s', async (_what, at, lie, word) => {
    const { ask, issuer, warned } = await start();
    const document = at === '/jwks' ? {} : { issuer: issuer.issuer };
    issuer.instead = (path, response) => {
      if (path !== at) return false;
      response.end(typeof lie === 'string' ? lie : JSON.stringify({ ...document, ...lie }));
      return true;
    };
    expect((await ask(issuer.token())).body.code).toBe('auth/issuer-down');
    expect(warned.map((each) => each.word)).toEqual([word]);
  });

  test('from where a redirect leads', async () => {
    const { ask, issuer, other, warned } = await start();
    other.keys.push(...issuer.keys);
    other.keys.splice(0, 1);
    issuer.instead = (path, response) => {
      if (path !== '/jwks') return false;
      response.writeHead(302, { location: other.jwks }).end();
      return true;
    };
    expect((await ask(issuer.token())).status).toBe(503);
    expect(warned[0]?.word).toBe('status-302');
    expect(other.asked).toEqual([]);
  });

  test('from an inner address that the document names', async () => {
    const inner = createServer((_request, response) => response.end('{"keys":[]}'));
    let asked = 0;
    inner.on('connection', () => {
      asked += 1;
    });
    inner.listen(0, '127.0.0.1');
    await new Promise((resolve) => inner.once('listening', resolve));
    releaseAfter(async () => void (await new Promise((resolve) => inner.close(resolve))));
    const { ask, issuer } = await start();
    issuer.document.jwks_uri = `http://127.0.0.1:${(inner.address() as AddressInfo).port}/`;
    expect((await ask(issuer.token())).status).toBe(503);
    expect(asked).toBe(0);
    issuer.document.jwks_uri = 'http://169.254.169.254/keys';
    expect((await ask(issuer.token())).status).toBe(503);
  });

  test('over plain http from an issuer with TLS, whoever admits that address', async () => {
    const asked: string[] = [];
    const http: Http = {
      async send({ url }) {
        asked.push(url);
        const body = { issuer: 'https://ci.example', jwks_uri: 'http://ci.example/jwks', keys: [] };
        return { status: 200, headers: {}, text: JSON.stringify(body) };
      },
    };
    const asking = askIssuerKeys({ issuer: 'https://ci.example', jwks: null }, http);
    await expect(asking).rejects.toMatchObject({ kind: 'untrue', word: 'address' });
    expect(asked).toEqual(['https://ci.example/.well-known/openid-configuration']);
  });

  test('from an issuer that does not come to an end', async () => {
    const { ask, issuer, warned } = await start();
    issuer.instead = (path, response) => {
      if (path !== '/jwks') return false;
      response.writeHead(200);
      response.write('{"keys":[');
      return true;
    };
    expect((await ask(issuer.token())).status).toBe(503);
    expect(warned).toHaveLength(1);
  });
});

test('of a list only public keys for signatures are used, and of each what a key is', () => {
  const rsa = { kty: 'RSA', kid: 'a', n: 'x', e: 'AQAB' };
  expect(
    issuerKeysIn({
      keys: [
        { ...rsa, x5c: ['MIIB'], x5u: 'https://x.example' },
        { kty: 'oct', k: 'c2VjcmV0', kid: 'b' },
        { ...rsa, d: 'private' },
        { ...rsa, n: 'x'.repeat(3_001) },
        'text',
        null,
      ],
    }),
  ).toEqual([rsa, { kty: 'RSA', kid: 'a', e: 'AQAB' }]);
  expect(issuerKeysIn({ keys: Array.from({ length: issuerKeysMax }, () => rsa) })).toHaveLength(
    issuerKeysMax,
  );
});
