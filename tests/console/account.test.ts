import { randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type { Role } from '../../engine/core/identity/rights.ts';
import type { PersonId, TokenId } from '../../schemas/ids.ts';
import { softPasskey } from '../support/soft-passkey.ts';
import { entriesOf, register, sessionOf, signInWith, startPasskeyConsole } from './passkey-visitor.ts';
import type { Visitor } from './start-console.ts';

/* People are told what happens to their account, and say whether it was them. */

const site = await startPasskeyConsole();
const bo = await site.signIn('Bo', ['admin']);
const byBo = { actor: { kind: 'person', id: bo.person.id, channel: 'api' } } as const;
const barred = 'aria-label="Your account"';

let people = 0;
const somebody = (roles: Role[] = ['approver']) => site.signIn(`Ann ${++people}`, roles);

/** They sign in once more, in another browser, with a link that an administrator makes. */
async function again<Whose extends { person: { id: PersonId } }>(visitor: Whose) {
  const made = await site.identity.createSignInLink(byBo, visitor.person.id);
  if (!made.ok) throw new Error(made.detail);
  const entered = await site.visit(`/sign-in/${made.secret}`, {
    method: 'POST',
    headers: { 'sec-fetch-site': 'same-origin' },
  });
  return withSession(visitor, sessionOf(entered));
}

/** The same person with another session. */
function withSession<Whose extends { person: { id: PersonId } }>(visitor: Whose, cookie: string) {
  const get: Visitor['get'] = (path, headers = {}) => site.visit(path, { headers: { cookie, ...headers } });
  const csrf = async () => /name="csrf" value="([^"]+)"/.exec((await get('/')).text)?.[1] ?? '';
  const post: Visitor['post'] = async (path, fields = {}, headers = {}) =>
    site.visit(path, {
      method: 'POST',
      headers: { cookie, 'sec-fetch-site': 'same-origin', ...headers },
      body: new URLSearchParams({ csrf: await csrf(), ...fields }),
    });
  return { ...visitor, cookie, get, csrf, post };
}

/** What the bar says, without its markup; null when there is none. */
async function bar(visitor: Pick<Visitor, 'get'>, path = '/runs'): Promise<string | null> {
  const { text } = await visitor.get(path);
  const section = new RegExp(`<section[^>]*${barred}>(.*?)</section>`, 's').exec(text)?.[1];
  return section?.replace(/<[^>]*>/g, '').replace(/\s+/g, ' ') ?? null;
}

async function events(visitor: { person: { id: PersonId } }): Promise<{ id: string; kind: string }[]> {
  const { items } = await site.identity.listAccountEvents(visitor.person.id, { limit: 50 });
  return items;
}

async function inOrder(visitor: { person: { id: PersonId } } & Pick<Visitor, 'post'>): Promise<void> {
  const shown = (await events(visitor)).map(({ id }) => id).join(' ');
  expect((await visitor.post('/settings/account/in-order', { shown })).status).toBe(303);
}

async function notMe(visitor: Pick<Visitor, 'post'>, ids: string[]) {
  const ticked = Object.fromEntries(ids.map((id) => [`not-me:${id}`, '1']));
  return visitor.post('/settings/account/not-me', { shown: ids.join(' '), ...ticked });
}

describe('on every page they are told', () => {
  test('nothing, while nothing happened but that they came in with their first link', async () => {
    expect(await bar(await somebody())).toBeNull();
  });

  test('of a passkey that was added, also in the session that added it, and of one that was removed', async () => {
    const ann = await somebody();
    expect((await register(ann, softPasskey(), { name: 'Yubi<b>key' })).status).toBe(303);
    for (const path of ['/', '/runs', '/settings/passkeys', '/runs/run_none'])
      expect(await bar(ann, path), path).toContain('The passkey “Yubi&lt;b&gt;key” was added');
    expect(await bar(ann)).toContain('in your name in the console');
    const { items } = await site.identity.listPasskeys(ann.person.id, { limit: 1 });
    await bo.post(`/settings/passkeys/${items[0]?.id}/remove`);
    expect(await bar(ann)).toMatch(/The passkey “Yubi&lt;b&gt;key” was removed.*by Bo in the console/);
  });

  test('of a token in their name, and of one that they made for a program, when it ends too', async () => {
    const ann = await somebody(['admin']);
    const door = { actor: { kind: 'person', id: ann.person.id, channel: 'cli' } } as const;
    const own = { personId: ann.person.id, name: 'laptop', roles: ['viewer'] };
    await site.identity.createToken(door, own);
    expect(await bar(ann)).toMatch(/The token “laptop” was made .*in your name on the command line/);
    const made = await site.identity.createToken(door, { ...own, personId: null, name: 'siem' });
    expect(await bar(ann)).toContain('The token “siem” for a program was made');
    await site.identity.revokeToken(byBo, (made.ok ? made.token.id : '') as TokenId, null);
    expect(await bar(ann)).toMatch(/The token “siem” for a program was ended .*by Bo over the API/);
    expect(await bar(bo)).toBeNull();
  });

  test('of a link that an administrator made, and that somebody came in with it', async () => {
    const ann = await somebody();
    const made = await site.identity.createSignInLink(byBo, ann.person.id);
    expect(await bar(ann)).toMatch(
      /A sign-in link was made .*by Bo over the API; nobody has come in with it/,
    );
    await site.identity.consumeSignInLink(made.ok ? made.secret : '');
    expect(await bar(ann)).toContain('somebody came in with it');
  });

  test('nothing of a link that can let nobody in any more and never did', async () => {
    const ann = await somebody();
    await site.identity.createSignInLink(byBo, ann.person.id);
    await site.db.owner.query(
      `update account_events set at = at - interval '16 minutes' where person_id = $1`,
      [ann.person.id],
    );
    expect(await bar(ann)).toBeNull();
    expect((await ann.get('/settings/account')).text).toContain('nobody has come in with it');
  });

  test('of a link that a start shows on its terminal when somebody came in with it, and before that nothing', async () => {
    const ann = await somebody();
    const byStart = { actor: { kind: 'system', id: 'start', channel: 'engine' } } as const;
    const made = await site.identity.createSignInLink(byStart, ann.person.id);
    expect(await bar(ann)).toBeNull();
    await site.identity.consumeSignInLink(made.ok ? made.secret : '');
    expect(await bar(ann)).toMatch(/A sign-in link was made .*by the installation; somebody came in with it/);
  });

  test('of roles and groups, and of having been put out and let in again', async () => {
    const ann = await somebody(['approver']);
    await site.identity.changePerson(byBo, ann.person.id, { roles: ['viewer'], groups: ['soc-tier2'] });
    expect(await bar(ann)).toContain(
      'Roles given: viewer; Roles taken away: approver; Groups given: soc-tier2',
    );
    await site.identity.changePerson(byBo, ann.person.id, { active: false });
    await site.identity.changePerson(byBo, ann.person.id, { active: true });
    const back = await again(ann);
    expect(await bar(back)).toContain('The account was let in again');
    expect(await bar(back)).toContain('The account was deactivated');
  });

  test('of an account at the identity provider that was linked or unlinked, and of what its groups gave', async () => {
    const signIn = async (groups: string[]) => {
      const claims = { subject: 'kim-1', name: 'Kim', email: 'kim@example.org', emailVerified: true, groups };
      const entered = await site.identity.signInByProvider({
        issuer: 'https://login.example.org',
        claims: { ...claims, provedAtMs: Date.now() },
        rules: [
          { group: 'soc', roles: ['approver'], groups: [] },
          { group: 'read', roles: ['viewer'], groups: [] },
        ],
        answer: randomBytes(32),
        session: null,
        again: false,
      });
      if (!entered.ok) throw new Error(entered.detail);
      return withSession({ person: { id: entered.personId } }, `riposte=${entered.session}`);
    };
    const kim = await signIn(['soc']);
    expect(await bar(kim)).toMatch(
      /An account at https:\/\/login.example.org was linked .*by the identity provider/,
    );
    await inOrder(kim);
    const later = await signIn(['read']);
    expect(await bar(later)).toMatch(
      /Roles given: viewer; Roles taken away: approver .*by the identity provider/,
    );
    await site.identity.unlinkAccount(byBo, kim.person.id);
    expect(await bar(await again(kim))).toMatch(
      /The account at the identity provider was unlinked .*by Bo over the API/,
    );
  });

  test('nothing of a change that changed nothing, and nothing of others', async () => {
    const [ann, kim] = [await somebody(), await somebody()];
    await site.identity.changePerson(byBo, ann.person.id, { roles: ['approver'] });
    await register(kim);
    expect(await bar(ann)).toBeNull();
  });
});

describe('that it is in order', () => {
  test('ends the bar, with one entry, for what was shown and for nothing that came meanwhile', async () => {
    const ann = await somebody();
    await register(ann, softPasskey(), { name: 'First' });
    const shown = (await events(ann))[0]?.id ?? '';
    await register(ann, softPasskey(), { name: 'Second' });
    expect((await ann.post('/settings/account/in-order', { shown })).status).toBe(303);
    expect(await bar(ann)).toContain('Second');
    expect(await bar(ann)).not.toContain('First');
    await ann.post('/settings/account/in-order', { shown });
    const said = (await entriesOf(site, 'account.acknowledged')).filter(
      ({ actor }) => actor.id === ann.person.id,
    );
    expect(said.map(({ data }) => data)).toEqual([{ events: [shown] }]);
  });

  test('leads back to the page where it was said, and to none elsewhere', async () => {
    const ann = await somebody();
    await register(ann);
    expect((await ann.get('/a/apr_none')).text).toContain('name="back" value="/a/apr_none"');
    expect((await ann.get('/runs')).text).toContain('name="back" value="/runs"');
    for (const [back, to] of [
      ['/runs', '/runs'],
      ['//evil.example', '/'],
      ['https://evil.example/runs', '/'],
    ] as const)
      expect(
        (await ann.post('/settings/account/in-order', { shown: '', back })).headers.get('location'),
      ).toBe(to);
  });

  test('is said by themselves alone', async () => {
    const [ann, kim] = [await somebody(), await somebody()];
    await register(ann);
    const shown = (await events(ann))[0]?.id ?? '';
    for (const other of [kim, bo]) await other.post('/settings/account/in-order', { shown });
    expect(await bar(ann)).toContain('was added');
  });

  test('which somebody else said in their session, they are asked about once more when they sign in by a link', async () => {
    const ann = await somebody();
    const stolen = ann;
    const passkey = softPasskey();
    await register(stolen, passkey, { name: 'Not hers' });
    await inOrder(stolen);
    expect(await bar(stolen)).toBeNull();
    // Whoever came in with that very key is not asked: they would say yes.
    const withKey = withSession(ann, sessionOf(await signInWith(site, passkey)));
    expect(await bar(withKey)).toBeNull();
    const anew = await again(ann);
    expect(await bar(anew)).toMatch(/“Not hers” was added.*said to be in order .*in another session/);
    await inOrder(anew);
    expect(await bar(anew)).toBeNull();
    expect(await bar(await again(ann))).toBeNull();
  });

  test('stays in the history, which administrators see and nobody else', async () => {
    const [ann, kim] = [await somebody(), await somebody()];
    await register(ann, softPasskey(), { name: 'Kept' });
    await inOrder(ann);
    const address = `/settings/account?of=${ann.person.id}`;
    for (const [visitor, path] of [
      [ann, '/settings/account'],
      [bo, address],
    ] as const)
      expect((await visitor.get(path)).text).toContain('Kept');
    expect((await kim.get(address)).status).toBe(403);
    expect((await kim.get('/settings/account')).text).not.toContain('Kept');
  });
});

describe('that it was not them', () => {
  test('ends all their sessions and none of their keys, and tells the administrators', async () => {
    const ann = await somebody();
    const other = await again(ann);
    const passkey = softPasskey();
    await register(ann, passkey, { name: 'Not hers' });
    const [event] = await events(ann);
    const said = await notMe(ann, [event?.id ?? '']);
    expect([said.status, said.text.includes('Your sessions are over')]).toEqual([200, true]);
    expect([(await ann.get('/')).status, (await other.get('/')).status]).toEqual([401, 401]);
    const [entry] = (await entriesOf(site, 'account.disputed')).filter(
      ({ actor }) => actor.id === ann.person.id,
    );
    expect(entry?.data).toEqual({ personId: ann.person.id, events: [event?.id], sessions: 2 });
    expect(await bar(bo)).toContain(`${ann.person.name} says that something in their account was not them`);
    expect((await bo.get('/settings/account')).text).toContain(`/settings/account?of=${ann.person.id}`);
    // Their way in is still theirs: nobody is shut out by it.
    expect((await signInWith(site, passkey)).status).toBe(303);
    const anew = await again(ann);
    expect(await bar(anew)).toMatch(/“Not hers” was added.*said not to be you/);
    await inOrder(bo);
  });

  test('is said of each thing once, and of nothing of others', async () => {
    const [ann, kim] = [await somebody(), await somebody()];
    await register(ann);
    const id = (await events(ann))[0]?.id ?? '';
    expect((await notMe(kim, [id])).status).toBe(409);
    expect((await kim.get('/')).status).toBe(200);
    await notMe(ann, [id]);
    const anew = await again(ann);
    expect((await notMe(anew, [id])).status).toBe(409);
    expect((await anew.get('/')).status).toBe(200);
  });

  test('needs a tick', async () => {
    const ann = await somebody();
    await register(ann);
    const shown = (await events(ann))[0]?.id ?? '';
    const answer = await ann.post('/settings/account/not-me', { shown });
    expect([answer.status, answer.text.includes('Tick what was not you')]).toEqual([422, true]);
    expect((await ann.get('/')).status).toBe(200);
  });

  test('leads to their tokens, which they end there, and to nobody else’s', async () => {
    const [ann, kim] = [await somebody(), await somebody()];
    const made = await site.identity.createToken(byBo, {
      personId: ann.person.id,
      name: 'laptop',
      roles: ['viewer'],
    });
    const path = `/settings/account/tokens/${made.ok ? made.token.id : ''}/revoke`;
    expect((await ann.get('/settings/account')).text).toContain(path);
    expect((await kim.post(path)).status).toBe(404);
    expect((await ann.post(path)).status).toBe(303);
    expect((await ann.get('/settings/account')).text).toContain('No token speaks as you');
  });
});

describe('over the API', () => {
  test('a person reads their own, a program none, and nobody says anything', async () => {
    const ann = await somebody();
    const door = { actor: { kind: 'person', id: ann.person.id, channel: 'api' } } as const;
    const made = await site.identity.createToken(door, {
      personId: ann.person.id,
      name: 'mine',
      roles: ['approver'],
    });
    const service = await site.identity.createToken(byBo, {
      personId: null,
      name: 'siem',
      roles: ['viewer'],
    });
    const ask = (path: string, token: typeof made) =>
      site.visit(path, { headers: { authorization: `Bearer ${token.ok ? token.secret : ''}` } });
    const own = await ask('/v1/me/account-events', made);
    const items = (JSON.parse(own.text) as { items: { kind: string; subject: object | null }[] }).items;
    expect(items.map(({ kind }) => kind)).toEqual(['token.created', 'link.created']);
    expect(items[0]?.subject).toEqual({ id: made.ok && made.token.id, name: 'mine' });
    expect((await ask('/v1/me/account-events', service)).status).toBe(403);
    expect((await ask(`/v1/people/${bo.person.id}/account-events`, made)).status).toBe(403);
    await inOrder(bo);
  });
});

test('what is older than 90 days is told no more, and goes when something new happens', async () => {
  const ann = await somebody();
  await register(ann, softPasskey(), { name: 'Old' });
  await site.db.owner.query(`update account_events set at = at - interval '91 days' where person_id = $1`, [
    ann.person.id,
  ]);
  expect(await bar(ann)).toBeNull();
  await register(ann, softPasskey(), { name: 'New' });
  const { rows } = await site.db.owner.query('select 1 from account_events where person_id = $1', [
    ann.person.id,
  ]);
  expect(rows.length).toBe(1);
});

test('nothing happens to an account untold', async () => {
  const ann = await somebody();
  const token = { personId: ann.person.id, name: 'untold', roles: ['viewer'] };
  await site.db.owner.query('revoke insert on account_events from riposte_app');
  await expect(site.identity.createToken(byBo, token)).rejects.toThrow();
  await site.db.owner.query('grant insert on account_events to riposte_app');
  const { rows } = await site.db.owner.query(`select 1 from tokens where name = 'untold'`);
  expect(rows).toEqual([]);
});
