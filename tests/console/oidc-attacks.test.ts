import { inspect } from 'node:util';
import { beforeEach, describe, expect, test } from 'vitest';
import { createHttp } from '../../engine/runtime/http/send-http.ts';
import { openProvider } from '../../engine/runtime/identity/ask-provider.ts';
import { startLyingIssuer, type Token } from '../support/lying-issuer.ts';
import { releaseAfter } from '../support/release-after.ts';
import { type Guest, startWithProvider } from './start-with-provider.ts';

/* What somebody tries who wants to come in as another one through the identity provider. */

const site = await startWithProvider();
const liar = await startLyingIssuer();
site.settings.issuer = liar.issuer;
site.settings.secretText = 'the secret of the client';
const root = await site.person('Root', 'root@example.org', ['admin']);

beforeEach(() => {
  liar.next((token) => token);
  liar.fail(null);
  liar.userInfo = { sub: 'liar' };
});

/** Begins in this browser: what the provider was asked, and the answer that belongs to it. */
async function begin(guest: Guest, fields: Record<string, string> = {}) {
  const asked = new URL(await guest.leave(fields)).searchParams;
  const nonce = asked.get('nonce') ?? '';
  const state = asked.get('state') ?? '';
  const answer = (change: Record<string, string> = {}) => {
    const query = new URLSearchParams({ code: 'a code', state, iss: liar.issuer, ...change });
    return `/sign-in/oidc/callback?${query}`;
  };
  return { nonce, state, answer, asked };
}

/** The token that is true, as the account with that address. */
function trueToken(nonce: string, claims: Record<string, unknown> = {}) {
  return (token: Token): Token => ({
    ...token,
    claims: {
      ...token.claims,
      nonce,
      email: 'root@example.org',
      email_verified: true,
      name: 'Somebody',
      groups: [],
      ...claims,
    },
  });
}

test('the control: what is true lets in', async () => {
  const guest = site.guest();
  const { nonce, answer, asked } = await begin(guest);
  expect(asked.get('code_challenge_method')).toBe('S256');
  expect(asked.get('redirect_uri')).toBe(`${site.url}/sign-in/oidc/callback`);
  liar.next(trueToken(nonce));
  expect((await guest.ask(answer(), { fromElsewhere: true })).status).toBe(200);
  expect((await guest.ask('/contained')).text).toContain(root.name);
});

describe('a token that', () => {
  const second = () => Math.floor(Date.now() / 1000);
  test.each<[string, (token: Token) => Token]>([
    ['answers another question (nonce)', (t) => ({ ...t, claims: { ...t.claims, nonce: 'another' } })],
    ['has no nonce', ({ claims: { nonce: _, ...claims }, ...t }) => ({ ...t, claims })],
    ['is meant for another application', (t) => ({ ...t, claims: { ...t.claims, aud: 'another' } })],
    [
      'is meant for several, and somebody else asked',
      (t) => ({ ...t, claims: { ...t.claims, aud: ['riposte', 'x'], azp: 'x' } }),
    ],
    ['is of another issuer', (t) => ({ ...t, claims: { ...t.claims, iss: 'https://login.example.org' } })],
    ['is signed by nobody', (t) => ({ ...t, header: { alg: 'none' } })],
    ['is signed by a stranger', (t) => ({ ...t, key: liar.stranger })],
    ['is over', (t) => ({ ...t, claims: { ...t.claims, exp: second() - 120 } })],
    ['is not valid yet', (t) => ({ ...t, claims: { ...t.claims, nbf: second() + 600 } })],
    ['names nobody', ({ claims: { sub: _, ...claims }, ...t }) => ({ ...t, claims })],
    ['says when in words', (t) => ({ ...t, claims: { ...t.claims, auth_time: 'now' } })],
    ['is none', (t) => ({ ...t, text: 'eyJhbGciOiJub25lIn0.e30.' })],
  ])('%s lets nobody in', async (_, change) => {
    const guest = site.guest();
    const { nonce, answer } = await begin(guest);
    liar.next((token) => change(trueToken(nonce)(token)));
    const shown = await guest.ask(answer(), { fromElsewhere: true });
    expect([shown.status, shown.text.includes('auth/bad-provider-answer')]).toEqual([403, true]);
    expect(guest.cookies.has('riposte')).toBe(false);
  });
});

describe('an answer', () => {
  test('that says it comes from another provider is not taken to ours (mix-up)', async () => {
    const guest = site.guest();
    const { answer } = await begin(guest);
    const asked = liar.asked.length;
    const shown = await guest.ask(answer({ iss: 'https://login.example.org' }), { fromElsewhere: true });
    expect([shown.status, shown.text.includes('auth/bad-provider-answer')]).toEqual([403, true]);
    expect(liar.asked.slice(asked)).toEqual([]);
  });

  test('is taken once, also when the provider takes its code twice and the browser has kept everything', async () => {
    const guest = site.guest();
    const { nonce, answer } = await begin(guest);
    liar.next(trueToken(nonce));
    const kept = guest.cookies.get('riposte-oidc') ?? '';
    expect((await guest.ask(answer(), { fromElsewhere: true })).status).toBe(200);
    expect(guest.cookies.has('riposte-oidc')).toBe(false);
    const session = guest.cookies.get('riposte');
    expect((await guest.ask(answer(), { fromElsewhere: true })).status).toBe(403);
    guest.cookies.set('riposte-oidc', kept);
    const again = await guest.ask(answer(), { fromElsewhere: true });
    expect([again.status, again.text.includes('auth/foreign-sign-in')]).toEqual([403, true]);
    expect(guest.cookies.get('riposte')).toBe(session);
    expect((await guest.ask('/contained')).status).toBe(200);
  });

  test('is taken once of two at the same time', async () => {
    const guest = site.guest();
    const { nonce, answer } = await begin(guest);
    liar.next(trueToken(nonce));
    const both = await Promise.all([1, 2].map(() => guest.ask(answer(), { fromElsewhere: true })));
    expect(both.map(({ status }) => status).sort()).toEqual([200, 403]);
  });

  test('in another browser, or to another question of the same one, signs nobody in', async () => {
    const [mine, victim] = [site.guest(), site.guest()];
    const begun = await begin(mine);
    liar.next(trueToken(begun.nonce));
    const asked = liar.asked.length;
    // Nothing was begun there; then something else was.
    for (const before of [async () => undefined, () => begin(victim)]) {
      await before();
      const shown = await victim.ask(begun.answer(), { fromElsewhere: true });
      expect([shown.status, shown.text.includes('auth/foreign-sign-in')]).toEqual([403, true]);
    }
    expect(victim.cookies.has('riposte')).toBe(false);
    // What the victim has begun goes on, and nothing was asked with the stranger's code.
    expect(victim.cookies.has('riposte-oidc')).toBe(true);
    expect(liar.asked.slice(asked)).toEqual([]);
  });

  test('with its state twice, or none, is not taken', async () => {
    const guest = site.guest();
    const { answer, state } = await begin(guest);
    for (const path of [`${answer()}&state=${state}`, answer({ state: '' }), '/sign-in/oidc/callback'])
      expect((await guest.ask(path, { fromElsewhere: true })).status, path).toBe(403);
  });

  test('comes too late after ten minutes, and a cookie that says otherwise is not the one that was signed', async () => {
    const guest = site.guest();
    const { nonce, answer } = await begin(guest);
    liar.next(trueToken(nonce));
    const [secret, at, ...rest] = (guest.cookies.get('riposte-oidc') ?? '').split('.');
    guest.cookies.set('riposte-oidc', [secret, Number(at) - 601_000, ...rest].join('.'));
    expect((await guest.ask(answer(), { fromElsewhere: true })).text).toContain('auth/foreign-sign-in');
    guest.cookies.set('riposte-oidc', [secret, Number(at) - 1, ...rest].join('.'));
    expect((await guest.ask(answer(), { fromElsewhere: true })).text).toContain('auth/foreign-sign-in');
    guest.cookies.set('riposte-oidc', [secret, at, ...rest].join('.'));
    expect((await guest.ask(answer(), { fromElsewhere: true })).status).toBe(200);
  });

  test('is not taken by a HEAD, as scanners send it', async () => {
    const guest = site.guest();
    const { nonce, answer } = await begin(guest);
    liar.next(trueToken(nonce));
    const cookie = `riposte-oidc=${guest.cookies.get('riposte-oidc')}`;
    expect((await site.visit(answer(), { method: 'HEAD', headers: { cookie } })).status).toBe(405);
    expect((await guest.ask(answer(), { fromElsewhere: true })).status).toBe(200);
  });
});

test('another site cannot send somebody through a sign-in', async () => {
  const headers = { 'sec-fetch-site': 'cross-site' };
  const shown = await site.visit('/sign-in/oidc', { method: 'POST', headers });
  expect([shown.status, shown.text.includes('auth/bad-origin')]).toEqual([403, true]);
  expect(shown.headers.getSetCookie()).toEqual([]);
});

test.each(['https://evil.example', '//evil.example', '/sign-in/x', '/a/../../x', 'javascript:alert(1)'])(
  'nobody is led to %s afterwards',
  async (back) => {
    const guest = site.guest();
    const { nonce, answer } = await begin(guest, { back });
    liar.next(trueToken(nonce));
    expect((await guest.ask(answer(), { fromElsewhere: true })).text).toContain('content="0; url=/"');
    // Nor by a cookie that somebody changed.
    const changed = site.guest();
    const begun = await begin(changed);
    liar.next(trueToken(begun.nonce));
    const parts = (changed.cookies.get('riposte-oidc') ?? '').split('.');
    parts[4] = Buffer.from(back).toString('base64url');
    changed.cookies.set('riposte-oidc', parts.join('.'));
    expect((await changed.ask(begun.answer(), { fromElsewhere: true })).status).toBe(403);
  },
);

describe('who is meant', () => {
  test.each<[string, Record<string, unknown>]>([
    ['not checked by the provider', { email_verified: false }],
    ['checked in words only', { email_verified: 'true' }],
    ['of which nothing is said', { email_verified: undefined }],
  ])('is not found by an address that is %s', async (_, claims) => {
    const boss = await site.person(`Boss ${_}`, `boss${_.length}@example.org`, ['admin']);
    const guest = site.guest();
    const { nonce, answer } = await begin(guest);
    liar.next(trueToken(nonce, { sub: `thief ${_}`, email: boss.email, name: boss.name, ...claims }));
    const shown = await guest.ask(answer(), { fromElsewhere: true });
    expect([shown.status, shown.text.includes('auth/unknown-person')]).toEqual([403, true]);
    expect(shown.text).not.toContain(boss.name);
    expect(guest.cookies.has('riposte')).toBe(false);
  });

  test('is not found by an address that only looks the same when its case is left out (Kelvin sign)', async () => {
    await site.person('Kim', 'kim@example.org', ['admin']);
    const guest = site.guest();
    const { nonce, answer } = await begin(guest);
    liar.next(trueToken(nonce, { sub: 'lookalike', email: '\u212aim@example.org' }));
    expect((await guest.ask(answer(), { fromElsewhere: true })).text).toContain('auth/unknown-person');
  });

  test('is not told to somebody who may be anybody: who is here, who is not and who was, look the same', async () => {
    const gone = await site.person('Rex', 'rex@example.org', ['viewer']);
    const door = { actor: { kind: 'system', id: 'test', channel: 'engine' } } as const;
    await site.identity.changePerson(door, gone.id, { active: false });
    const pages = [];
    for (const email of ['root@example.org', 'nobody@example.org', 'rex@example.org', 'no address']) {
      const guest = site.guest();
      const { nonce, answer } = await begin(guest);
      liar.next(trueToken(nonce, { sub: 'curious', email, email_verified: false }));
      pages.push((await guest.ask(answer(), { fromElsewhere: true })).text);
    }
    expect(pages[0]).toContain('auth/unknown-person');
    expect(new Set(pages).size).toBe(1);
  });

  test('is not mixed of two statements: an address of the token is not checked by what UserInfo says', async () => {
    await site.person('Mia', 'mia@example.org', ['admin']);
    const guest = site.guest();
    const { nonce, answer } = await begin(guest);
    liar.userInfo = { sub: 'mixer', email: 'other@example.org', email_verified: true, name: 'Mia' };
    liar.next(
      trueToken(nonce, {
        sub: 'mixer',
        email: 'mia@example.org',
        email_verified: undefined,
        name: undefined,
      }),
    );
    expect((await guest.ask(answer(), { fromElsewhere: true })).text).toContain('auth/unknown-person');
  });

  test('is not taken from a UserInfo that is about another account', async () => {
    await site.person('Nia', 'nia@example.org', ['admin']);
    const guest = site.guest();
    const { nonce, answer } = await begin(guest);
    liar.userInfo = { sub: 'somebody else', email: 'nia@example.org', email_verified: true };
    liar.next(trueToken(nonce, { sub: 'thief', email: undefined, email_verified: undefined }));
    expect((await guest.ask(answer(), { fromElsewhere: true })).text).toContain('auth/bad-provider-answer');
  });

  test('stays the account that was linked first, also for another one with the same checked address', async () => {
    const guest = site.guest();
    const { nonce, answer } = await begin(guest);
    liar.next(trueToken(nonce, { sub: 'a second account' }));
    const shown = await guest.ask(answer(), { fromElsewhere: true });
    expect([shown.status, shown.text.includes('auth/unknown-person')]).toEqual([403, true]);
  });

  test('is nobody who was deactivated: neither by the link, nor by the address of somebody not linked yet', async () => {
    for (const [sub, linkedBefore] of [
      ['gone', true],
      ['never-linked', false],
    ] as const) {
      const email = `${sub}@example.org`;
      const person = await site.person(sub, email, ['approver']);
      const attempt = async () => {
        const guest = site.guest();
        const { nonce, answer } = await begin(guest);
        liar.next(trueToken(nonce, { sub, email }));
        return { guest, shown: await guest.ask(answer(), { fromElsewhere: true }) };
      };
      if (linkedBefore) expect((await attempt()).shown.status).toBe(200);
      const door = { actor: { kind: 'system', id: 'test', channel: 'engine' } } as const;
      await site.identity.changePerson(door, person.id, { active: false });
      const { guest, shown } = await attempt();
      expect([shown.status, shown.text.includes('auth/deactivated')]).toEqual([403, true]);
      expect(guest.cookies.has('riposte')).toBe(false);
    }
  });
});

describe('who was asked to prove anew who they are has not, when', () => {
  const ago = (seconds: number) => Math.floor(Date.now() / 1000) - seconds;
  test.each<[string, () => Record<string, unknown>]>([
    ['the provider does not say when they did', () => ({ auth_time: undefined })],
    ['it was before they were asked, whatever the token is', () => ({ auth_time: ago(60) })],
    ['the clock of the provider is fast, so nobody knows when it was', () => ({ auth_time: ago(-120) })],
  ])('%s', async (_, claims) => {
    const guest = site.guest();
    const first = await begin(guest);
    liar.next(trueToken(first.nonce));
    await guest.ask(first.answer(), { fromElsewhere: true });
    const session = guest.cookies.get('riposte') ?? '';
    const { nonce, answer, asked } = await begin(guest, { again: 'yes', back: '/actions' });
    expect([asked.get('prompt'), asked.get('max_age')]).toEqual(['login', '0']);
    liar.next(trueToken(nonce, claims()));
    const shown = await guest.ask(answer(), { fromElsewhere: true });
    expect([shown.status, shown.text.includes('auth/not-proved-anew')]).toEqual([403, true]);
    expect(guest.cookies.get('riposte')).toBe(session);
    expect((await site.identity.findBySession(session))?.personId).toBe(root.id);
  });

  test('and it counts when the clocks differ by a little', async () => {
    const guest = site.guest();
    const first = await begin(guest);
    liar.next(trueToken(first.nonce));
    await guest.ask(first.answer(), { fromElsewhere: true });
    const { nonce, answer } = await begin(guest, { again: 'yes' });
    liar.next(trueToken(nonce, { auth_time: ago(20) }));
    expect((await guest.ask(answer(), { fromElsewhere: true })).status).toBe(200);
  });
});

test('a time that lies ahead proves nothing of just now, and lets in', async () => {
  const guest = site.guest();
  const { nonce, answer } = await begin(guest);
  liar.next(trueToken(nonce, { auth_time: Math.floor(Date.now() / 1000) + 120 }));
  expect((await guest.ask(answer(), { fromElsewhere: true })).status).toBe(200);
  const who = await site.identity.findBySession(guest.cookies.get('riposte') ?? '');
  expect([who?.personId, who?.signedInAt]).toEqual([root.id, undefined]);
});

test('what goes wrong is told without the code, the token or the secret of the client', async () => {
  const http = createHttp({ allowPrivate: true });
  releaseAfter(() => http.close());
  const provider = openProvider(
    {
      issuer: liar.issuer,
      clientId: 'riposte',
      secret: async () => 'canary-secret',
      scopes: ['openid'],
      claims: [],
      redirectUri: 'http://127.0.0.1/back',
    },
    http,
    Date.now,
  );
  const challenge = { state: 's', nonce: 'canary-nonce', verifier: 'v'.repeat(43) };
  const query = new URLSearchParams({ code: 'canary-code', state: 's', iss: liar.issuer });
  const said: string[] = [];
  for (const failing of [
    { status: 400, body: '{"error":"invalid_grant","error_description":"canary-token"}' },
    { status: 200, body: '{"access_token":"canary-token","token_type":"Bearer","id_token":"canary-token"}' },
    { status: 503, body: 'canary-token' },
    null,
  ]) {
    liar.fail(failing);
    const error = await provider.claimsOf(query, challenge).catch((thrown: unknown) => thrown);
    said.push(inspect(error, { depth: 9 }));
  }
  expect(said.map((text) => /the identity provider: (\w+ \([\w-]+\))/.exec(text)?.[1])).toEqual([
    'refused (invalid_grant)',
    'untrue (oauth_invalid_response)',
    'down (status-503)',
    'untrue (oauth_invalid_response)',
  ]);
  for (const text of said) expect(text).not.toContain('canary');
});

test('failures are entries that name what was refused, thirty a minute and address, and keep no right one out', async () => {
  const other = await startWithProvider();
  other.settings.issuer = liar.issuer;
  other.settings.secretText = 'the secret of the client';
  await other.person('Root', 'root@example.org', ['admin']);
  const attempt = async (claims: Record<string, unknown>) => {
    const guest = other.guest();
    const { nonce, answer } = await begin(guest);
    liar.next(trueToken(nonce, claims));
    return await guest.ask(answer(), { fromElsewhere: true });
  };
  await attempt({ aud: 'another' });
  await attempt({ sub: 'nobody', email: 'nobody@example.org' });
  await other.guest().ask('/sign-in/oidc/callback?state=x', { fromElsewhere: true });
  const first = await other.entries('auth.failed');
  expect(first.map(({ code, data }) => [code, data?.subject])).toEqual([
    ['auth/bad-provider-answer', undefined],
    ['auth/unknown-person', 'nobody'],
    ['auth/foreign-sign-in', undefined],
  ]);
  for (let n = 0; n < 45; n++)
    await other.guest().ask('/sign-in/oidc/callback?state=x', { fromElsewhere: true });
  // What an account is refused is not one of them: the rubbish of others at that address keeps nothing out of the log.
  const counted = (await other.entries('auth.failed')).filter(({ data }) => data?.subject === undefined);
  expect(counted).toHaveLength(30);
  await attempt({ sub: 'intruder', email: 'intruder@example.org' });
  expect((await other.entries('auth.failed')).at(-1)).toMatchObject({
    code: 'auth/unknown-person',
    data: { subject: 'intruder' },
  });
  expect((await attempt({})).status).toBe(200);
});
