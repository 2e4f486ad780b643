import { describe, expect, test } from 'vitest';
import { startConsole } from './start-console.ts';

const site = await startConsole();
const secure = await startConsole({ publicUrl: 'https://soar.example.test/riposte', secureCookies: true });
const ours = { 'sec-fetch-site': 'same-origin' };

describe('a sign-in link', () => {
  test('shows whom it signs in and is not used up by opening it', async () => {
    const { secret } = await site.link('Administrator', ['admin']);
    const before = await site.traces();
    for (let opened = 0; opened < 3; opened++) {
      const shown = await site.visit(`/sign-in/${secret}`);
      expect(shown.status).toBe(200);
      expect(shown.text).toContain('Sign in as Administrator');
      expect(shown.headers.getSetCookie()).toEqual([]);
    }
    await site.visit(`/sign-in/${secret}`, { method: 'HEAD' });
    expect(await site.traces()).toBe(before);
  });

  test('signs in once; afterwards its page says how to get another', async () => {
    const { secret } = await site.link('Ann', ['admin']);
    const entered = await site.visit(`/sign-in/${secret}`, { method: 'POST', headers: ours });
    expect([entered.status, entered.headers.get('location')]).toEqual([303, '/']);
    expect(entered.headers.getSetCookie()[0]).toMatch(
      /^riposte=[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict$/,
    );
    for (const method of ['GET', 'POST']) {
      const again = await site.visit(`/sign-in/${secret}`, { method, headers: ours });
      expect(again.status).toBe(403);
      expect(again.text).toContain('How to get a link');
      expect(again.headers.getSetCookie()).toEqual([]);
    }
  });

  test('does not sign in from another site', async () => {
    const { secret } = await site.link('Bo', ['viewer']);
    const headers = { 'sec-fetch-site': 'cross-site' };
    expect((await site.visit(`/sign-in/${secret}`, { method: 'POST', headers })).status).toBe(403);
    expect((await site.visit(`/sign-in/${secret}`)).text).toContain('Sign in as Bo');
  });

  test('is not told apart from one that never was', async () => {
    const { secret } = await site.link('Cy', ['viewer']);
    await site.visit(`/sign-in/${secret}`, { method: 'POST', headers: ours });
    const [used, never] = await Promise.all([
      site.visit(`/sign-in/${secret}`),
      site.visit('/sign-in/nonsense'),
    ]);
    expect(used.text).toBe(never.text);
  });

  test('ends the session that was there before', async () => {
    const dan = await site.signIn('Dan', ['viewer']);
    const { secret } = await site.link('Dan 2', ['viewer']);
    await site.visit(`/sign-in/${secret}`, { method: 'POST', headers: { ...ours, cookie: dan.cookie } });
    expect((await dan.get('/')).status).toBe(401);
  });

  test.each([
    ['GET', '/a/apr_1', '/a/apr_1'],
    ['POST', '/a/apr_1/decisions', '/a/apr_1'],
    ['GET', '/t/tsk_1', '/t/tsk_1'],
    ['POST', '/t/tsk_1/answers', '/t/tsk_1'],
    ['POST', '/undo/und_1', '/undo/und_1'],
    ['GET', '/runs/run_1/undo', '/runs/run_1/undo'],
    ['GET', '/incidents/inc_1/undo', '/incidents/inc_1/undo'],
    ['GET', '/contained', '/contained'],
    ['POST', '/settings/pause/lift', '/settings'],
    ['POST', '/undo/several', '/undo'],
    ['POST', '/audit/verify', '/audit/verify'],
  ])('brings whoever asked for %s %s to %s', async (method, path, back) => {
    const asked = await site.visit(path, { method, headers: ours });
    expect(asked.status).toBe(401);
    const cookie = asked.headers.getSetCookie()[0]?.split(';')[0] ?? '';
    const { secret } = await site.link(`Eva ${method} ${path}`, ['viewer']);
    const entered = await site.visit(`/sign-in/${secret}`, { method: 'POST', headers: { ...ours, cookie } });
    expect(entered.headers.get('location')).toBe(back);
  });

  test('tells whose session is over what became of what they sent, and brings them back to it', async () => {
    const ivy = await site.signIn('Ivy', ['approver']);
    const csrf = await ivy.csrf();
    await site.db.owner.query(
      `update sessions set seen_at = clock_timestamp() - interval '31 minutes' where person_id = $1`,
      [ivy.person.id],
    );
    const calls = site.useCases.calls.length;
    for (const [sent, back] of [
      ['/a/apr_1/decisions', '/a/apr_1'],
      ['/t/tsk_1/answers', '/t/tsk_1'],
      ['/settings/stop', '/settings'],
      ['/actions/chosen', '/actions'],
      ['/undo/und_1', '/undo/und_1'],
      ['/undo/several', '/undo'],
      ['/audit/verify', '/audit/verify'],
    ] as const) {
      const headers = { ...ours, cookie: ivy.cookie };
      const body = new URLSearchParams({ csrf, decision: 'approve' });
      const shown = await site.visit(sent, { method: 'POST', headers, body });
      expect(shown.status, sent).toBe(401);
      expect(shown.text, sent).toContain('<strong>Nothing was done.</strong>');
      expect(shown.headers.getSetCookie()[0], sent).toMatch(new RegExp(`^riposte-return=${back};`));
    }
    expect(site.useCases.calls).toHaveLength(calls);
    const looked = await ivy.get('/contained');
    expect(looked.text).toContain('It ends after 30 minutes without a page, and after 12 hours');
    expect(looked.text).not.toContain('Nothing was done');
    expect(looked.headers.getSetCookie()[0]).toMatch(/^riposte-return=\/contained;/);
    expect((await site.visit('/contained')).text).not.toContain('session is over');
  });

  test.each(['//evil.example', 'https://evil.example', '/a/../../x', '/sign-in/x', '/v1/runs'])(
    'does not lead to %s, whatever the cookie says',
    async (path) => {
      const { secret } = await site.link(`Fay ${path}`, ['viewer']);
      const headers = { ...ours, cookie: `riposte-return=${path}` };
      const entered = await site.visit(`/sign-in/${secret}`, { method: 'POST', headers });
      expect(entered.headers.get('location')).toBe('/');
    },
  );

  test('wrong links are slowed down before they fill the log', async () => {
    const slow = await startConsole();
    const statuses: number[] = [];
    for (let tried = 0; tried < 32; tried++) {
      statuses.push((await slow.visit('/sign-in/wrong', { method: 'POST', headers: ours })).status);
    }
    expect(statuses.slice(0, 30)).toEqual(Array(30).fill(403));
    expect(statuses.slice(30)).toEqual([429, 429]);
  });

  test('whoever has a right one gets in, however many wrong ones came from the address of their proxy', async () => {
    const slow = await startConsole();
    for (let tried = 0; tried < 31; tried++)
      await slow.visit('/sign-in/wrong', { method: 'POST', headers: ours });
    const { secret } = await slow.link('Hal', ['approver']);
    const entered = await slow.visit(`/sign-in/${secret}`, { method: 'POST', headers: ours });
    expect([entered.status, entered.headers.get('location')]).toEqual([303, '/']);
  });
});

describe('signing out', () => {
  test('ends the session in the store, not only in the browser', async () => {
    const gus = await site.signIn('Gus', ['viewer']);
    const out = await gus.post('/sign-out');
    expect(out.status).toBe(303);
    expect(out.headers.getSetCookie()[0]).toContain('Max-Age=0');
    expect((await gus.get('/')).status).toBe(401);
  });
});

describe('a link in a chat', () => {
  test('is asked for once more from our own page, because a strict cookie stays away the first time', async () => {
    const shown = await site.visit('/a/apr_1', { headers: { 'sec-fetch-site': 'cross-site' } });
    expect(shown.status).toBe(200);
    expect(shown.text).toContain('<meta http-equiv="refresh" content="0; url=/a/apr_1?again=1">');
    const again = await site.visit('/a/apr_1?again=1', { headers: { 'sec-fetch-site': 'cross-site' } });
    expect(again.status).toBe(401);
  });
});

describe('behind TLS and a path prefix', () => {
  test('the cookie carries __Host- and every address the prefix', async () => {
    const { secret } = await secure.link('Ann', ['admin']);
    const entered = await secure.visit(`/sign-in/${secret}`, { method: 'POST', headers: ours });
    expect(entered.headers.get('location')).toBe('/riposte/');
    expect(entered.headers.getSetCookie()[0]).toMatch(
      /^__Host-riposte=[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict; Secure$/,
    );
    const cookie = entered.headers.getSetCookie()[0]?.split(';')[0] ?? '';
    const { text } = await secure.visit('/', { headers: { cookie } });
    const addresses = [...text.matchAll(/(?:href|action)="([^"]+)"/g)].map(([, address]) => address);
    expect(addresses.length).toBeGreaterThan(5);
    expect(addresses.filter((address) => !/^(#|\/riposte\/)/.test(address ?? ''))).toEqual([]);
  });
});
