import { expect, test } from 'vitest';
import { startIdentityProvider } from '../support/identity-provider.ts';
import { type Guest, startWithProvider } from './start-with-provider.ts';

/* Signing in through a certified identity provider, over its own pages. */

const site = await startWithProvider();
const provider = await startIdentityProvider(`${site.url}/sign-in/oidc/callback`);
site.settings.issuer = provider.issuer;
site.settings.secretText = provider.clientSecret;

async function signIn(guest: Guest, login: string, fields: Record<string, string> = {}) {
  const back = await provider.goThrough(await guest.leave(fields), login, guest.elsewhere);
  return { back, shown: await guest.ask(back, { fromElsewhere: true }) };
}

test('whoever the provider means comes in, and to the page they asked for', async () => {
  const ann = await site.person('Ann', 'ann@example.org', ['viewer']);
  provider.accounts.set('ann', { email: 'ann@example.org', email_verified: true });
  const guest = site.guest();
  const asked = await guest.ask('/contained');
  expect(asked.status).toBe(401);
  expect(asked.text).toContain('Sign in with Example');
  const { shown } = await signIn(guest, 'ann');
  expect(shown.status).toBe(200);
  expect(shown.text).toContain('url=/contained"');
  expect([...guest.cookies.keys()]).toEqual(['riposte']);
  const inside = await guest.ask('/contained');
  expect(inside.status).toBe(200);
  expect(inside.text).toContain('Ann');
  const [linked] = await site.entries('person.linked');
  expect(linked?.data).toEqual({ personId: ann.id, issuer: provider.issuer, subject: 'ann' });
  const signedIn = (await site.entries('auth.signed-in')).find((entry) => entry.actor.id === ann.id);
  expect(signedIn?.data).toMatchObject({ way: 'oidc', issuer: provider.issuer, subject: 'ann' });
});

test('once linked somebody is known by the account, whatever address it has later', async () => {
  const bea = await site.person('Bea', 'bea@example.org', ['viewer']);
  provider.accounts.set('bea', { email: 'BEA@example.org', email_verified: true });
  expect((await signIn(site.guest(), 'bea')).shown.status).toBe(200);
  provider.accounts.set('bea', { email: 'ann@example.org', email_verified: true });
  const guest = site.guest();
  expect((await signIn(guest, 'bea')).shown.status).toBe(200);
  expect((await guest.ask('/contained')).text).toContain('Bea');
  const links = (await site.entries('person.linked')).filter(({ data }) => data?.personId === bea.id);
  expect(links).toHaveLength(1);
});

test('whom nobody here knows is told whom to ask, and nobody is made', async () => {
  provider.accounts.set('eve', { email: 'eve@example.org', email_verified: true, groups: ['SOC leads'] });
  const guest = site.guest();
  const { shown } = await signIn(guest, 'eve');
  expect(shown.status).toBe(403);
  expect(shown.text).toContain('Ask an administrator of Riposte');
  expect(await site.identity.findByEmail('eve@example.org')).toBeNull();
  // The provider would answer with the same account for ever: a button has it ask who is there.
  expect(shown.text).toContain('with another account at the provider');
  await site.person('Ada', 'ada@example.org', ['viewer']);
  provider.accounts.set('ada', { email: 'ada@example.org', email_verified: true });
  const asked = new URL(await guest.leave({ again: 'yes', back: '/' }));
  expect(asked.searchParams.get('prompt')).toBe('login');
  guest.elsewhere.clear();
  const back = await provider.goThrough(asked.href, 'ada', guest.elsewhere);
  expect((await guest.ask(back, { fromElsewhere: true })).status).toBe(200);
  expect((await guest.ask('/contained')).text).toContain('Ada');
});

test('two first times at once link one person once', async () => {
  const guests = [site.guest(), site.guest()];
  await site.person('Dot', 'dot@example.org', ['viewer']);
  provider.accounts.set('dot', { email: 'dot@example.org', email_verified: true });
  const backs: string[] = [];
  for (const guest of guests)
    backs.push(await provider.goThrough(await guest.leave(), 'dot', guest.elsewhere));
  const shown = await Promise.all(
    guests.map((guest, n) => guest.ask(backs[n] ?? '', { fromElsewhere: true })),
  );
  expect(shown.map(({ status }) => status)).toEqual([200, 200]);
});

test('a new session ends the one that the browser had', async () => {
  await site.person('Fin', 'fin@example.org', ['viewer']);
  provider.accounts.set('fin', { email: 'fin@example.org', email_verified: true });
  const guest = site.guest();
  await signIn(guest, 'fin');
  const first = guest.cookies.get('riposte');
  await signIn(guest, 'fin');
  expect(guest.cookies.get('riposte')).not.toBe(first);
  expect((await site.visit('/contained', { headers: { cookie: `riposte=${first}` } })).status).toBe(401);
});

test('who came in by a link meanwhile is not replaced by a sign-in that was under way', async () => {
  await site.person('Gil', 'gil@example.org', ['viewer']);
  provider.accounts.set('gil', { email: 'gil@example.org', email_verified: true });
  const guest = site.guest();
  const back = await provider.goThrough(await guest.leave(), 'gil', guest.elsewhere);
  const { secret } = await site.link('Hal', ['viewer']);
  expect((await guest.ask(`/sign-in/${secret}`, { fields: {} })).status).toBe(303);
  expect((await guest.ask(back, { fromElsewhere: true })).status).toBe(403);
  expect((await guest.ask('/contained')).text).toContain('Hal');
});

test('a session is as old as its proof at the provider', async () => {
  await site.person('Ivo', 'ivo@example.org', ['viewer']);
  provider.accounts.set('ivo', { email: 'ivo@example.org', email_verified: true });
  const guest = site.guest();
  await signIn(guest, 'ivo');
  const first = await site.identity.findBySession(guest.cookies.get('riposte') ?? '');
  await new Promise((resolve) => setTimeout(resolve, 1_100));
  // The provider remembers them, so nothing is proved a second time.
  await signIn(guest, 'nobody is asked');
  const second = await site.identity.findBySession(guest.cookies.get('riposte') ?? '');
  expect(second?.name).toBe('Ivo');
  expect(second?.signedInAt).toBe(first?.signedInAt);
});

test('cancelling there signs nobody in and says so', async () => {
  const guest = site.guest();
  const state = new URL(await guest.leave()).searchParams.get('state');
  const query = new URLSearchParams({ error: 'access_denied', state: state ?? '', iss: provider.issuer });
  const shown = await guest.ask(`/sign-in/oidc/callback?${query}`, { fromElsewhere: true });
  expect(shown.status).toBe(403);
  expect(shown.text).toContain('auth/provider-refused');
  expect(guest.cookies.size).toBe(0);
});

test('a wrong secret of ours lets nobody in', async () => {
  const guest = site.guest();
  site.settings.secretText = 'another one';
  const { shown } = await signIn(guest, 'ann');
  site.settings.secretText = provider.clientSecret;
  expect(shown.text).toContain('auth/provider-refused');
});

test('signing out says that the provider may not have heard of it', async () => {
  expect((await site.visit('/signed-out')).text).toContain(
    'at the identity provider you may still be signed in',
  );
});

test('behind TLS and a path the cookies are bound to the host, and every address has the path', async () => {
  const publicUrl = 'https://soar.example.test/riposte';
  const behind = await startWithProvider([], { publicUrl, secureCookies: true });
  const beside = await startIdentityProvider(`${publicUrl}/sign-in/oidc/callback`);
  behind.settings.issuer = beside.issuer;
  behind.settings.secretText = beside.clientSecret;
  await behind.person('Ann', 'ann@example.org', ['viewer']);
  beside.accounts.set('ann', { email: 'ann@example.org', email_verified: true });
  const guest = behind.guest();
  expect((await guest.ask('/contained')).text).toContain('action="/riposte/sign-in/oidc"');
  const left = await guest.ask('/sign-in/oidc', { fields: {} });
  expect(left.headers.getSetCookie()[0]).toMatch(
    /^__Host-riposte-oidc=[\w.-]+; Path=\/; HttpOnly; SameSite=Lax; Max-Age=600; Secure$/,
  );
  const back = await beside.goThrough(await guest.leave(), 'ann', guest.elsewhere);
  expect(back).toMatch(/^https:\/\/soar\.example\.test\/riposte\/sign-in\/oidc\/callback\?/);
  const shown = await guest.ask(back.replace(publicUrl, ''), { fromElsewhere: true });
  expect(shown.text).toContain('url=/riposte/contained"');
  expect(shown.headers.getSetCookie()[0]).toMatch(
    /^__Host-riposte=[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict; Secure$/,
  );
  expect([...guest.cookies.keys()]).toEqual(['__Host-riposte']);
});
