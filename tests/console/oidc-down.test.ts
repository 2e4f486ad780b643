import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { createHttp } from '../../engine/runtime/http/send-http.ts';
import { openProvider } from '../../engine/runtime/identity/ask-provider.ts';
import { startLyingIssuer } from '../support/lying-issuer.ts';
import { releaseAfter } from '../support/release-after.ts';
import { startWithProvider } from './start-with-provider.ts';

/* The identity provider is away, or its document says what it must not. */

const challenge = { state: 's', nonce: 'n', verifier: 'v'.repeat(43) };

/** One that counts its own time. */
async function provider(issuer: string, allow?: string[]) {
  const http = createHttp(allow === undefined ? { allowPrivate: true } : { allow });
  releaseAfter(() => http.close());
  let nowMs = 0;
  const settings = {
    issuer,
    clientId: 'riposte',
    secret: async () => 'secret',
    scopes: ['openid'],
    claims: [],
    redirectUri: 'http://127.0.0.1/back',
  };
  const opened = openProvider(settings, http, () => nowMs);
  return {
    ask: () => opened.addressFor(challenge, 60).catch((error: Error) => error.message),
    answer: () =>
      opened
        .claimsOf(new URLSearchParams({ code: 'c', state: 's', iss: issuer }), challenge)
        .catch((error: Error) => error.message),
    pass(ms: number) {
      nowMs += ms;
    },
  };
}

test('nothing waits for it, the page says what to do meanwhile, and a link works', async () => {
  const site = await startWithProvider();
  site.settings.issuer = 'http://127.0.0.1:9';
  const guest = site.guest();
  const shown = await guest.ask('/sign-in/oidc', { fields: {} });
  expect(shown.status).toBe(503);
  expect(shown.text).toContain('The identity provider does not answer');
  expect(shown.text).toContain('Otherwise: a link');
  expect(guest.cookies.size).toBe(0);
  const { secret } = await site.link('Ann', ['viewer']);
  expect((await guest.ask(`/sign-in/${secret}`, { fields: {} })).status).toBe(303);
});

test('is asked again when it is back, and not by everybody at once while it is away', async () => {
  const liar = await startLyingIssuer();
  const { ask, pass } = await provider(liar.issuer);
  const document = liar.document;
  liar.document = { issuer: 'no document' };
  expect(await ask()).toMatch(/^the identity provider: untrue/);
  const asked = liar.asked.length;
  liar.document = document;
  expect(await ask()).toBe('the identity provider: down (not-reached)');
  expect(liar.asked.length).toBe(asked);
  pass(2_000);
  expect(await ask()).toContain(`${liar.issuer}/auth?`);
  await Promise.all([ask(), ask(), ask()]);
  expect(liar.asked.length).toBe(asked + 1);
  pass(3_600_000);
  await ask();
  expect(liar.asked.length).toBe(asked + 2);
});

test('its document is its own: one of another issuer is not taken', async () => {
  const liar = await startLyingIssuer();
  liar.document.issuer = 'https://login.example.org';
  expect(await (await provider(liar.issuer)).ask()).toMatch(/^the identity provider: untrue/);
});

test('its issuer is the one that is configured to the letter', async () => {
  const liar = await startLyingIssuer();
  const { ask, pass } = await provider(`${liar.issuer}/`);
  expect(await ask()).toMatch(/^the identity provider: untrue \(issuer\)/);
  liar.document.issuer = `${liar.issuer}/`;
  pass(2_000);
  expect(await ask()).toContain(`${liar.issuer}/auth?`);
});

test('a redirect is not followed, and an inner address that its document names is not asked', async () => {
  const seen: string[] = [];
  const inner = createServer((request, response) => {
    seen.push(request.url ?? '');
    response.end('{}');
  });
  inner.listen(0, '127.0.0.1');
  await new Promise((resolve) => inner.once('listening', resolve));
  releaseAfter(async () => {
    inner.closeAllConnections();
    await new Promise((resolve) => inner.close(resolve));
  });
  const place = `http://127.0.0.1:${(inner.address() as AddressInfo).port}`;
  const liar = await startLyingIssuer();
  liar.document.token_endpoint = `${place}/token`;
  const { answer } = await provider(liar.issuer, [liar.issuer]);
  expect(await answer()).toBe('the identity provider: down (not-reached)');
  liar.document.token_endpoint = `${liar.issuer}/token`;
  liar.document.authorization_endpoint = 'ftp://example.org/auth';
  expect(await (await provider(liar.issuer, [liar.issuer])).ask()).toMatch(/^the identity provider: untrue/);
  const redirecting = createServer((_, response) =>
    response.writeHead(302, { location: `${place}/x` }).end(),
  );
  redirecting.listen(0, '127.0.0.1');
  await new Promise((resolve) => redirecting.once('listening', resolve));
  releaseAfter(async () => {
    redirecting.closeAllConnections();
    await new Promise((resolve) => redirecting.close(resolve));
  });
  const away = `http://127.0.0.1:${(redirecting.address() as AddressInfo).port}`;
  expect(await (await provider(away)).ask()).toMatch(/^the identity provider: untrue/);
  expect(seen).toEqual([]);
});
