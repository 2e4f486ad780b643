import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { optionsOn, softPasskey } from '../support/soft-passkey.ts';
import { waitingForLock } from '../support/waiting-for-lock.ts';
import {
  askToSignIn,
  entriesOf,
  ours,
  party,
  register,
  sendAnswer,
  sessionOf,
  signInWith,
  startPasskeyConsole,
} from './passkey-visitor.ts';
import { startConsole, type Visitor } from './start-console.ts';

/* People sign in with a passkey, and nobody else does. */

const site = await startPasskeyConsole();
const system = { actor: { kind: 'system', id: 'test', channel: 'engine' } } as const;

let people = 0;
/** Somebody with a key of their own, signed in by a link. */
async function withKey(roles: Parameters<typeof site.signIn>[1] = ['approver']) {
  const visitor = await site.signIn(`Ann ${++people}`, roles);
  const passkey = softPasskey();
  expect((await register(visitor, passkey)).status).toBe(303);
  return { visitor, passkey };
}

async function age(visitor: Visitor, minutes: number): Promise<void> {
  await site.db.owner.query(
    `update sessions set proved_at = clock_timestamp() - make_interval(mins => $2) where person_id = $1`,
    [visitor.person.id, minutes],
  );
}

describe('a passkey', () => {
  test('signs its person in without a name or a link, and says so in the log', async () => {
    const { visitor, passkey } = await withKey();
    const entered = await signInWith(site, passkey);
    expect([entered.status, entered.headers.get('location')]).toEqual([303, '/']);
    const home = await site.visit('/', { headers: { cookie: sessionOf(entered) } });
    expect(home.text).toContain(visitor.person.name);
    const signedIn = (await entriesOf(site, 'auth.signed-in')).at(-1);
    expect(signedIn?.actor.id).toBe(visitor.person.id);
    expect(signedIn?.data).toMatchObject({ way: 'passkey' });
    const [created] = (await entriesOf(site, 'passkey.created')).filter(
      ({ data }) => data.passkeyId === signedIn?.data.passkeyId,
    );
    expect(created?.data).toMatchObject({ personId: visitor.person.id, name: 'Phone', syncable: false });
    expect(created?.data.publicKey).toMatch(/^sha256:[0-9a-f]{64}$/);
  });

  test('is offered wherever somebody has to sign in, beside the link', async () => {
    for (const path of ['/sign-in', '/runs', '/signed-out', '/sign-in/none']) {
      const { text } = await site.visit(path);
      expect(text, path).toContain('action="/sign-in/passkey"');
      expect(text, path).toContain('Otherwise: a link');
    }
  });

  test('leads back to where somebody wanted to go', async () => {
    const { passkey } = await withKey();
    const before = await site.visit('/a/apr_1');
    const wanted = before.headers.getSetCookie()[0]?.split(';')[0] ?? '';
    const { options, cookie } = await askToSignIn(site);
    const entered = await sendAnswer(site, passkey.get(options), `${cookie}; ${wanted}`);
    expect(entered.headers.get('location')).toBe('/a/apr_1');
  });

  test('is listed with where it is kept and when it was used, and its person alone sees it', async () => {
    const { visitor, passkey } = await withKey();
    expect((await visitor.get('/settings/passkeys')).text).toMatch(/Phone.*on one device.*never/s);
    await signInWith(site, passkey);
    expect((await visitor.get('/settings/passkeys')).text).not.toContain('never');
    const synced = softPasskey();
    await register(visitor, synced, { name: 'Manager <b>', odd: { flags: 0x1d } });
    expect((await visitor.get('/settings/passkeys')).text).toMatch(/Manager &lt;b&gt;.*synced/s);
    const other = await site.signIn(`Bo ${++people}`, ['approver']);
    expect((await other.get('/settings/passkeys?all=1')).text).not.toContain('Manager');
  });

  test('each sign-in with it is a fresh proof', async () => {
    const { passkey } = await withKey();
    const cookie = sessionOf(await signInWith(site, passkey));
    const found = await site.identity.findBySession(cookie.slice('riposte='.length));
    expect(found?.hasPasskey).toBe(true);
    expect(Date.now() - Date.parse(found?.signedInAt ?? '')).toBeLessThan(60_000);
  });
});

describe('an answer counts once, for the browser that asked, within five minutes', () => {
  test('sent again, it signs nobody in', async () => {
    const { passkey } = await withKey();
    const { options, cookie } = await askToSignIn(site);
    const answer = passkey.get(options);
    expect((await sendAnswer(site, answer, cookie)).status).toBe(303);
    const again = await sendAnswer(site, answer, cookie);
    expect(again.status).toBe(403);
    expect(sessionOf(again)).toBe('');
  });

  test('of two at the same instant one signs in', async () => {
    const { passkey } = await withKey();
    const { options, cookie } = await askToSignIn(site);
    const answer = passkey.get(options);
    const both = await Promise.all([sendAnswer(site, answer, cookie), sendAnswer(site, answer, cookie)]);
    expect(both.map(({ status }) => status).sort()).toEqual([303, 403]);
  });

  test('from another browser it is none, and stays open for its own', async () => {
    const { passkey } = await withKey();
    const { options, cookie } = await askToSignIn(site);
    const other = await askToSignIn(site);
    const answer = passkey.get(options);
    expect((await sendAnswer(site, answer, other.cookie)).status).toBe(403);
    expect((await sendAnswer(site, answer, '')).status).toBe(403);
    expect((await sendAnswer(site, answer, `${cookie}; ${other.cookie}`)).status).toBe(403);
    expect((await sendAnswer(site, answer, cookie)).status).toBe(303);
  });

  test('after five minutes it is none', async () => {
    const { passkey } = await withKey();
    const { options, cookie } = await askToSignIn(site);
    await site.db.owner.query('update passkey_challenges set expires_at = clock_timestamp()', []);
    expect((await sendAnswer(site, passkey.get(options), cookie)).status).toBe(403);
  });

  test('a wrong one uses the challenge up', async () => {
    const { passkey } = await withKey();
    const { options, cookie } = await askToSignIn(site);
    expect((await sendAnswer(site, passkey.get(options, { flags: 0x01 }), cookie)).status).toBe(403);
    expect((await sendAnswer(site, passkey.get(options), cookie)).status).toBe(403);
  });

  test('one that was made for registering signs nobody in', async () => {
    const { visitor, passkey } = await withKey();
    const asked = await visitor.post('/settings/passkeys/add', { name: 'x' });
    const challenge = /challenge&quot;:&quot;([\w-]{43})/.exec(asked.text)?.[1] ?? '';
    const answer = passkey.get({ challenge, rpId: 'localhost' });
    expect((await sendAnswer(site, answer, visitor.cookie)).status).toBe(403);
  });
});

describe('what no key of that person has signed for us', () => {
  const thief = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
  test.each([
    ['for another origin', { origin: 'https://evil.example' }, 'origin'],
    ['for another port of the host', { origin: 'http://localhost:8080' }, 'origin'],
    ['for another host', { rpId: 'evil.example' }, 'RP ID'],
    ['without making sure who held it', { flags: 0x01 }, 'could not be verified'],
    ['without anybody there', { flags: 0x04 }, 'not present'],
    ['as a registration', { type: 'webauthn.create' }, 'response type'],
    ['inside the pages of another site', { crossOrigin: true }, 'not one of a key'],
    ['with another key', { signer: thief }, 'signature does not hold'],
    ['for a challenge that nobody opened', { challenge: 'A'.repeat(43) }, 'no such challenge'],
    ['without saying whose it is', { userHandle: null }, 'somebody else'],
    [
      'in the name of somebody else',
      { userHandle: Buffer.from('per_other').toString('base64url') },
      'somebody else',
    ],
    ['by a key that is suddenly synced', { flags: 0x1d }, 'no longer the kind'],
  ])('%s signs nobody in and is an entry', async (_what, odd, why) => {
    const { passkey } = await withKey();
    await site.identity.settle();
    const before = (await entriesOf(site, 'auth.failed')).length;
    const shown = await signInWith(site, passkey, odd);
    expect(shown.status).toBe(403);
    expect(shown.text).toContain('The passkey did not sign you in');
    expect(sessionOf(shown)).toBe('');
    await site.identity.settle();
    const failed = await entriesOf(site, 'auth.failed');
    expect(failed.length).toBeGreaterThan(before);
    expect(failed.at(-1)?.code).toBe('auth/bad-passkey');
    expect(failed.at(-1)?.reason).toContain(why);
  });

  test('a counter that goes back is refused and named', async () => {
    const { passkey } = await withKey();
    passkey.counter = 10;
    expect((await signInWith(site, passkey)).status).toBe(303);
    passkey.counter = 5;
    expect((await signInWith(site, passkey)).status).toBe(403);
    passkey.counter = 11;
    expect((await signInWith(site, passkey)).status).toBe(303);
    const cloned = (await entriesOf(site, 'auth.failed')).filter(
      ({ code }) => code === 'auth/cloned-passkey',
    );
    expect(cloned).toHaveLength(1);
    expect(cloned[0]?.data.passkeyId).toMatch(/^pky_/);
  });

  test.each([
    ['nothing', ''],
    ['no JSON', '{'],
    ['a list', '[]'],
    ['far too much', JSON.stringify({ id: 'A'.repeat(9_000) })],
    ['other kinds of values', JSON.stringify({ id: 1, rawId: 1, type: 'public-key', response: {} })],
  ])('%s is refused like the others', async (_what, answer) => {
    const { cookie } = await askToSignIn(site);
    expect((await sendAnswer(site, answer, cookie)).status).toBe(403);
  });

  test('what is larger than any form is not read', async () => {
    const { cookie } = await askToSignIn(site);
    expect((await sendAnswer(site, 'A'.repeat(40_000), cookie)).status).toBe(413);
  });

  test('nothing comes from another site, neither the question nor the answer', async () => {
    const { passkey } = await withKey();
    const foreign = { 'sec-fetch-site': 'cross-site' };
    expect((await site.visit('/sign-in/passkey', { method: 'POST', headers: foreign })).status).toBe(403);
    const { options, cookie } = await askToSignIn(site);
    expect((await sendAnswer(site, passkey.get(options), cookie, foreign)).status).toBe(403);
  });

  test('as many attempts as somebody likes leave two entries a minute', async () => {
    const quiet = await startPasskeyConsole();
    const { cookie } = await askToSignIn(quiet);
    for (let tried = 0; tried < 40; tried++) await sendAnswer(quiet, 'x', cookie);
    await quiet.identity.settle();
    const failed = await entriesOf(quiet, 'auth.failed');
    expect(failed.map(({ data }) => data.count)).toEqual([1, 39]);
  });
});

describe('a key that was taken away', () => {
  test('by its person: it signs nobody in, which its own entry and that of the attempt say', async () => {
    const { visitor, passkey } = await withKey();
    const id = /passkeys\/(pky_[\w-]+)\/remove/.exec((await visitor.get('/settings/passkeys')).text)?.[1];
    expect((await visitor.post(`/settings/passkeys/${id}/remove`)).status).toBe(303);
    expect((await signInWith(site, passkey)).status).toBe(403);
    expect((await entriesOf(site, 'passkey.removed')).at(-1)?.data).toEqual({
      passkeyId: id,
      personId: visitor.person.id,
    });
    expect((await visitor.post(`/settings/passkeys/${id}/remove`)).status).toBe(303);
    expect(
      (await entriesOf(site, 'passkey.removed')).filter(({ data }) => data.passkeyId === id),
    ).toHaveLength(1);
  });

  test('between question and answer: it is late', async () => {
    const { visitor, passkey } = await withKey();
    const { options, cookie } = await askToSignIn(site);
    await site.db.owner.query('update passkeys set removed_at = clock_timestamp() where person_id = $1', [
      visitor.person.id,
    ]);
    expect((await sendAnswer(site, passkey.get(options), cookie)).status).toBe(403);
  });

  test('with its person: who comes back later has to make another', async () => {
    const { visitor, passkey } = await withKey();
    const { id } = visitor.person;
    await site.identity.changePerson(system, id, { active: false });
    expect((await signInWith(site, passkey)).status).toBe(403);
    const { rows } = await site.db.owner.query<{ id: string }>(
      'select id from passkeys where person_id = $1',
      [id],
    );
    expect((await entriesOf(site, 'person.changed')).at(-1)?.data.revoked).toEqual([rows[0]?.id]);
    await site.identity.changePerson(system, id, { active: true });
    expect((await signInWith(site, passkey)).status).toBe(403);
    const link = await site.identity.createSignInLink(system, id);
    if (!link.ok) throw new Error(link.detail);
    const entered = await site.visit(`/sign-in/${link.secret}`, { method: 'POST', headers: ours });
    expect(entered.status).toBe(303);
  });

  test('while its person is being deactivated: nobody gets in, and nobody registers another', async () => {
    const { visitor, passkey } = await withKey();
    const { options, cookie } = await askToSignIn(site);
    const asked = await visitor.post('/settings/passkeys/add', { name: 'x' });
    const { id } = visitor.person;
    const door = { actor: { kind: 'person', id, channel: 'console' }, requestId: 'test' } as const;
    const browsers = [await visitor.csrf()];
    const [entered, added] = await site.db.app.transaction(async (tx) => {
      await tx.query('select 1 from people where id = $1 for update', [id]);
      const both = [
        sendAnswer(site, passkey.get(options), cookie),
        site.identity.addPasskey(
          door,
          { personId: id, name: 'x' },
          { answer: softPasskey().create(optionsOn(asked.text)), party, browsers },
        ),
      ] as const;
      await Promise.race([...both, waitingForLock(site.db.owner, 2)]);
      await tx.query('update people set active = false where id = $1', [id]);
      return both;
    });
    expect((await entered).status).toBe(403);
    expect(await added).toMatchObject({ ok: false, code: 'auth/bad-passkey' });
  });

  test('by an administrator; nobody else can, and there is no way to make one for others', async () => {
    const { visitor, passkey } = await withKey();
    const admin = await site.signIn(`Ada ${++people}`, ['admin']);
    const operator = await site.signIn(`Otto ${++people}`, ['operator']);
    const listed = (await admin.get('/settings/passkeys?all=1')).text;
    expect(listed).toContain(visitor.person.name);
    const id = /passkeys\/(pky_[\w-]+)\/remove/.exec((await visitor.get('/settings/passkeys')).text)?.[1];
    expect((await operator.post(`/settings/passkeys/${id}/remove`)).status).toBe(404);
    expect((await signInWith(site, passkey)).status).toBe(303);
    expect((await admin.post(`/settings/passkeys/${id}/remove`)).status).toBe(303);
    expect((await signInWith(site, passkey)).status).toBe(403);
    expect((await entriesOf(site, 'passkey.removed')).at(-1)?.actor.id).toBe(admin.person.id);
  });
});

describe('registering', () => {
  test('takes a fresh sign-in, and so does removing; the refusals are entries', async () => {
    const { visitor } = await withKey();
    const id = /passkeys\/(pky_[\w-]+)\/remove/.exec((await visitor.get('/settings/passkeys')).text)?.[1];
    await age(visitor, 6);
    const before = (await entriesOf(site, 'auth.refused')).length;
    const asked = await visitor.post('/settings/passkeys/add', { name: 'Mine' });
    expect(asked.status).toBe(403);
    expect(asked.text).toContain('Prove with a passkey that it is you');
    expect(asked.text).not.toContain('data-options');
    expect((await visitor.post(`/settings/passkeys/${id}/remove`)).status).toBe(403);
    const refused = (await entriesOf(site, 'auth.refused')).slice(before);
    expect(refused.map(({ code }) => code)).toEqual(['auth/fresh-sign-in', 'auth/fresh-sign-in']);
    expect((await visitor.get('/settings/passkeys')).text).toContain('Phone');
  });

  test('with the challenge of another session, or without one, registers nothing', async () => {
    const [ann, eve] = [await site.signIn('Ann R', ['approver']), await site.signIn('Eve R', ['approver'])];
    const options = optionsOn((await ann.post('/settings/passkeys/add', { name: 'x' })).text);
    const answer = softPasskey().create(options);
    expect((await eve.post('/settings/passkeys', { name: 'x', answer })).status).toBe(403);
    expect((await ann.post('/settings/passkeys', { name: 'x', answer: '' })).status).toBe(403);
    expect((await ann.post('/settings/passkeys', { name: 'x', answer })).status).toBe(303);
    expect((await ann.post('/settings/passkeys', { name: 'x', answer })).status).toBe(403);
    expect((await eve.get('/settings/passkeys')).text).toContain('There is none.');
  });

  test.each([
    ['for another origin', { origin: 'https://evil.example' }],
    ['for another host', { rpId: 'evil.example' }],
    ['without making sure who holds it', { flags: 0x01 }],
    ['as a signature', { type: 'webauthn.get' }],
    ['inside the pages of another site', { crossOrigin: true }],
  ])('%s registers nothing', async (_what, odd) => {
    const visitor = await site.signIn(`Cy ${++people}`, ['approver']);
    expect((await register(visitor, softPasskey(), { odd })).status).toBe(403);
    expect((await visitor.get('/settings/passkeys')).text).toContain('There is none.');
  });

  test('the same credential twice is refused, whoever has it and also after it was removed', async () => {
    const credential = Buffer.alloc(16, ++people);
    const [ann, eve] = [await site.signIn('Ann T', ['approver']), await site.signIn('Eve T', ['approver'])];
    const annKey = softPasskey(undefined, credential);
    expect((await register(ann, annKey)).status).toBe(303);
    expect((await register(eve, softPasskey(undefined, credential))).status).toBe(409);
    const id = /passkeys\/(pky_[\w-]+)\/remove/.exec((await ann.get('/settings/passkeys')).text)?.[1];
    await ann.post(`/settings/passkeys/${id}/remove`);
    expect((await register(ann, softPasskey(undefined, credential))).status).toBe(409);
  });

  test('ends at twenty keys', async () => {
    const { visitor } = await withKey();
    await site.db.owner.query(
      `insert into passkeys (tenant_id, id, credential_id, person_id, name, public_key, counter, syncable, synced)
       select tenant_id, id || n, credential_id || decode(lpad(to_hex(n), 2, '0'), 'hex'), person_id, name, public_key, 0, false, false
       from passkeys, generate_series(1, 19) n where person_id = $1`,
      [visitor.person.id],
    );
    const asked = await visitor.post('/settings/passkeys/add', { name: 'one more' });
    expect(asked.status).toBe(409);
    expect(asked.text).toContain('You have 20 passkeys');
  });

  test.each([
    ['', 422],
    ['x'.repeat(101), 422],
  ])('under the name %o is refused', async (name, status) => {
    const visitor = await site.signIn(`Di ${++people}`, ['approver']);
    expect((await visitor.post('/settings/passkeys/add', { name })).status).toBe(status);
  });
});

describe('proving once more who one is', () => {
  test('the session is a new one of just now, the old one has ended, and one comes back', async () => {
    const { visitor, passkey } = await withKey();
    await age(visitor, 10);
    const asked = await visitor.post('/sign-in/passkey/again?back=/settings/passkeys');
    expect(asked.status).toBe(200);
    const wanted = asked.headers.getSetCookie()[0]?.split(';')[0] ?? '';
    const answer = passkey.get(optionsOn(asked.text), { userHandle: null });
    const entered = await sendAnswer(site, answer, `${visitor.cookie}; ${wanted}`);
    expect([entered.status, entered.headers.get('location')]).toEqual([303, '/settings/passkeys']);
    expect((await visitor.get('/')).status).toBe(401);
    const page = await site.visit('/settings/passkeys', { headers: { cookie: sessionOf(entered) } });
    expect(page.text).not.toContain('This needs a sign-in of the last five minutes');
  });

  test('the key of somebody else does not do it', async () => {
    const [ann, eve] = [await withKey(), await withKey()];
    await age(ann.visitor, 10);
    const asked = await ann.visitor.post('/sign-in/passkey/again');
    const answer = eve.passkey.get(optionsOn(asked.text));
    expect((await sendAnswer(site, answer, ann.visitor.cookie)).status).toBe(403);
    expect((await ann.visitor.get('/settings/passkeys')).text).toContain('This needs a sign-in');
  });

  test('takes the form token of the session, and a key', async () => {
    const { visitor } = await withKey();
    expect((await visitor.post('/sign-in/passkey/again', { csrf: 'x' })).status).toBe(403);
    const without = await site.signIn(`Flo ${++people}`, ['approver']);
    const asked = await without.post('/sign-in/passkey/again');
    expect(asked.status).toBe(403);
    expect(asked.text).toContain('Use a new sign-in link');
  });
});

describe('open challenges', () => {
  async function open(): Promise<number> {
    const { rows } = await site.db.owner.query<{ n: number }>(
      'select count(*)::int as n from passkey_challenges',
      [],
    );
    return rows[0]?.n ?? 0;
  }

  test('are five for a person, and the newest of them work', async () => {
    const visitor = await site.signIn(`Gil ${++people}`, ['approver']);
    const before = await open();
    for (let asked = 0; asked < 8; asked++) await visitor.post('/settings/passkeys/add', { name: 'x' });
    expect((await open()) - before).toBeLessThanOrEqual(5);
    expect((await register(visitor)).status).toBe(303);
  });

  test('are a thousand for an address before anybody is known', async () => {
    await site.db.owner.query('delete from passkey_challenges', []);
    await site.db.owner.query(
      `insert into passkey_challenges (tenant_id, hash, purpose, browser, counted, expires_at)
       select 'default', decode(md5(n::text), 'hex'), 'sign-in', '\\x00', 'address 127.0.0.1', clock_timestamp() + interval '5 minutes'
       from generate_series(1, 1500) n`,
      [],
    );
    await askToSignIn(site);
    expect(await open()).toBe(1_000);
  });

  test('that have ended are cleared away by whoever opens the next one', async () => {
    await site.db.owner.query(`update passkey_challenges set expires_at = clock_timestamp()`, []);
    await askToSignIn(site);
    expect(await open()).toBe(1);
  });
});

describe('pages', () => {
  test('that ask for a key run a script of ours for it, and say so; no other page does', async () => {
    const { visitor } = await withKey();
    const asking = [
      await site.visit('/sign-in/passkey', { method: 'POST', headers: ours }),
      await visitor.post('/settings/passkeys/add', { name: 'x' }),
      await visitor.post('/sign-in/passkey/again'),
    ];
    for (const { headers, text } of asking) {
      expect(headers.get('content-security-policy')).toBe(
        "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; script-src 'self'; connect-src 'self'; require-trusted-types-for 'script'; trusted-types 'none'",
      );
      expect(text.match(/<script[^>]*passkey[^>]*>/g)).toEqual([
        expect.stringMatching(/^<script type="module" src="\/scripts\/[0-9a-f]{12}\/passkey\.js">$/),
      ]);
      expect(text).not.toMatch(/\son[a-z]+=|javascript:|<style|\sstyle=/i);
      expect(Buffer.byteLength(text)).toBeLessThan(30_000);
    }
    for (const path of ['/settings/passkeys', '/sign-in', '/']) {
      const { text } = await visitor.get(path);
      expect(text).not.toContain('passkey.js');
    }
    const src = /src="([^"]+passkey\.js)"/.exec(asking[0]?.text ?? '')?.[1] ?? '';
    const script = await site.visit(src);
    expect(script.headers.get('content-type')).toContain('text/javascript');
    expect(script.headers.get('cache-control')).toContain('immutable');
    expect(script.text.length).toBeLessThan(4_000);
  });

  test('at an address that browsers give no passkeys for say so and offer nothing', async () => {
    const bare = await startConsole({ publicUrl: 'http://127.0.0.1' });
    const ann = await bare.signIn('Ann', ['admin']);
    const { text } = await ann.get('/settings/passkeys');
    expect(text).toContain('Browsers make no passkeys for <code>http://127.0.0.1</code>');
    expect(text).not.toContain('Make a passkey');
    expect((await ann.post('/settings/passkeys/add', { name: 'x' })).status).toBe(409);
    expect((await bare.visit('/sign-in')).text).not.toContain('passkey');
  });
});
