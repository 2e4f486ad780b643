import { beforeAll, describe, expect, test } from 'vitest';
import { hashSecret } from '../../engine/runtime/identity/secret.ts';
import type { PersonId } from '../../schemas/ids.ts';
import { waitingForLock } from '../support/waiting-for-lock.ts';
import { type Api, startApi } from './start-api.ts';

const api = await startApi();
const firstStart = await startApi();
const flooded = await startApi();
let admin: Awaited<ReturnType<Api['person']>>;

beforeAll(async () => {
  admin = await api.person('ada', ['admin']);
});

const door = { actor: { kind: 'system', id: 'test', channel: 'engine' } } as const;

const isBy = (entry: Record<string, unknown>, { id }: { id: string }): boolean =>
  JSON.stringify(entry.actor).includes(id);

async function linkFor(personId: PersonId): Promise<string> {
  const link = await api.identity.createSignInLink(door, personId);
  if (!link.ok) throw new Error(link.detail);
  return link.secret;
}

async function signIn(personId: PersonId): Promise<string> {
  const consumed = await api.identity.consumeSignInLink(await linkFor(personId));
  if (!consumed.ok) throw new Error(consumed.detail);
  return consumed.session;
}

/** By the administrator, who has just read what they change. */
async function change(personId: PersonId, body: object) {
  const path = `/v1/people/${personId}`;
  const etag = (await api.call('GET', path, { token: admin.token })).headers.get('etag') ?? '';
  return api.call('PATCH', path, { token: admin.token, body, headers: { 'if-match': etag } });
}

describe('tokens', () => {
  test('the secret is shown once and only its hash is stored', async () => {
    const body = { name: 'laptop', roles: ['admin'], days: 7 };
    const made = await api.call('POST', '/v1/tokens', { token: admin.token, body });
    expect(made.status).toBe(201);
    expect(made.body.secret).toMatch(/^rip_[\w-]{43}$/);
    const { rows } = await api.db.owner.query('select t::text as row from tokens t where id = $1', [
      made.body.token.id,
    ]);
    expect(JSON.stringify(rows)).not.toContain(made.body.secret);
    expect((await api.call('GET', '/v1/alerts', { token: made.body.secret })).status).toBe(200);
    const listed = await api.call('GET', '/v1/tokens', { token: admin.token });
    expect(JSON.stringify(listed.body)).not.toContain(made.body.secret);
  });

  test('a revoked token and one that has expired are nothing', async () => {
    const { token, person } = await api.person('temp', ['viewer']);
    const [one] = (await api.identity.listTokens({ personId: person.id }, { limit: 50 })).items;
    expect((await api.call('DELETE', `/v1/tokens/${one?.id}`, { token: admin.token })).status).toBe(204);
    expect((await api.call('GET', '/v1/alerts', { token })).body.code).toBe('auth/bad-token');
    const other = await api.service('old', ['viewer']);
    await api.db.owner.query('update tokens set expires_at = clock_timestamp() where hash = $1', [
      hashSecret(other),
    ]);
    expect((await api.call('GET', '/v1/alerts', { token: other })).status).toBe(401);
  });

  test('a token never has more than its person has now', async () => {
    const { token, person } = await api.person('changing', ['viewer', 'analyst']);
    expect((await api.call('POST', '/v1/alerts', { token, body: { title: 'x' } })).status).toBe(202);
    await change(person.id, { roles: ['viewer', 'operator'] });
    expect((await api.call('POST', '/v1/alerts', { token, body: { title: 'x' } })).status).toBe(403);
    expect((await api.call('GET', '/v1/people', { token })).status).toBe(403);
    expect((await api.call('GET', '/v1/alerts', { token })).status).toBe(200);
  });

  test('nobody makes a token with a role they do not have, or one that outlives their own', async () => {
    const { token } = await api.person('ann', ['analyst']);
    const body = (roles: string[], kind = 'person') => ({ name: 'more', kind, roles, days: 90 });
    expect((await api.call('POST', '/v1/tokens', { token, body: body(['operator']) })).status).toBe(403);
    expect((await api.call('POST', '/v1/tokens', { token, body: body(['viewer'], 'service') })).status).toBe(
      403,
    );
    await api.db.owner.query(
      `update tokens set expires_at = clock_timestamp() + interval '1 day' where hash = $1`,
      [hashSecret(token)],
    );
    const made = await api.call('POST', '/v1/tokens', { token, body: body(['analyst']) });
    expect(made.status).toBe(201);
    expect(Date.parse(made.body.token.expiresAt)).toBeLessThan(Date.now() + 2 * 24 * 3600 * 1000);
  });

  test('an operator cannot make an administrator, nor sign in as one', async () => {
    const { token, person } = await api.person('oscar', ['operator']);
    const body = { name: 'eve', roles: ['admin'] };
    expect((await api.call('POST', '/v1/people', { token, body })).status).toBe(403);
    expect((await api.call('POST', `/v1/people/${admin.person.id}/sign-in-links`, { token })).status).toBe(
      403,
    );
    const change = { active: false };
    expect((await api.call('PATCH', `/v1/people/${admin.person.id}`, { token, body: change })).status).toBe(
      403,
    );
    const refused = (await api.entries()).filter(
      ({ type, entry }) => type === 'auth.refused' && isBy(entry, person),
    );
    expect(refused).toHaveLength(3);
  });

  test('an administrator stays out of reach of operators, however many people there are', async () => {
    const { token } = await api.person('ossi', ['operator']);
    await api.db.owner.query(
      `insert into people (tenant_id, id, name, roles)
       select tenant_id, 'per_crowd' || n, '!' || n, '{viewer}' from people, generate_series(1, 1000) n where id = $1`,
      [admin.person.id],
    );
    const link = await api.call('POST', `/v1/people/${admin.person.id}/sign-in-links`, { token });
    const change = { body: { active: false }, token };
    expect(link.body.code).toBe('auth/forbidden');
    expect((await api.call('PATCH', `/v1/people/${admin.person.id}`, change)).body.code).toBe(
      'auth/forbidden',
    );
    await api.db.owner.query(`delete from people where id like 'per_crowd%'`);
  });

  test('a service never decides approvals, whatever its roles', async () => {
    const token = await api.service('bot', ['admin', 'approver']);
    const body = { decision: 'approve', digest: `sha256:${'0'.repeat(64)}` };
    const answer = await api.call('POST', '/v1/approvals/apr_1/decisions', { token, body });
    expect(answer.status).toBe(403);
    expect(answer.body.code).toBe('approval/needs-person');
    expect((await api.entries()).at(-1)).toMatchObject({
      type: 'auth.refused',
      entry: { code: 'approval/needs-person' },
    });
  });
});

test('a service cannot make itself a person, by any of the ways there are', async () => {
  const token = await api.service('climber', ['admin', 'operator', 'approver']);
  const person = { name: 'Puppet', roles: ['approver'] };
  const forbidden = [
    await api.call('POST', '/v1/people', { token, body: person }),
    await api.call('POST', `/v1/people/${admin.person.id}/sign-in-links`, { token }),
    await api.call('PATCH', `/v1/people/${admin.person.id}`, { token, body: { groups: ['soc'] } }),
    await api.call('POST', '/v1/tokens', { token, body: { name: 'x', kind: 'person', roles: ['approver'] } }),
    await api.call('POST', '/v1/tokens', { token, body: { name: 'x', kind: 'service', roles: ['admin'] } }),
  ];
  expect(forbidden.map((answer) => answer.status)).toEqual([403, 403, 403, 403, 403]);
});

describe('sign-in links', () => {
  test('looking does not use a link up, using it does', async () => {
    const secret = await linkFor(admin.person.id);
    expect(await api.identity.peekSignInLink(secret)).toMatchObject({ name: 'ada' });
    expect(await api.identity.peekSignInLink(secret)).toMatchObject({ name: 'ada' });
    expect(await api.identity.consumeSignInLink(secret)).toMatchObject({ ok: true });
    expect(await api.identity.peekSignInLink(secret)).toBeNull();
    expect(await api.identity.consumeSignInLink(secret)).toMatchObject({ ok: false, code: 'auth/bad-link' });
  });

  test('of two uses at the same moment one wins', async () => {
    const secret = await linkFor(admin.person.id);
    const both = await Promise.all([
      api.identity.consumeSignInLink(secret),
      api.identity.consumeSignInLink(secret),
    ]);
    expect(both.filter((one) => one.ok)).toHaveLength(1);
  });

  test('an expired link signs nobody in', async () => {
    const secret = await linkFor(admin.person.id);
    await api.db.owner.query('update sign_in_links set expires_at = clock_timestamp() where hash = $1', [
      hashSecret(secret),
    ]);
    expect(await api.identity.consumeSignInLink(secret)).toMatchObject({ ok: false });
  });
});

describe('sessions', () => {
  const origin = 'http://127.0.0.1';

  test('a cookie reads, and changes things only from our own pages', async () => {
    const cookie = `riposte=${await signIn(admin.person.id)}`;
    expect((await api.call('GET', '/v1/alerts', { headers: { cookie } })).status).toBe(200);
    const body = { title: 'x' };
    const send = (headers: Record<string, string>) =>
      api.call('POST', '/v1/alerts', { body, headers: { cookie, ...headers } });
    expect((await send({})).body.code).toBe('auth/bad-origin');
    expect((await send({ origin: 'http://evil.test' })).body.code).toBe('auth/bad-origin');
    expect((await send({ origin: 'null' })).body.code).toBe('auth/bad-origin');
    const refused = (await api.entries()).filter(({ entry }) => entry.code === 'auth/bad-origin');
    expect(refused).toHaveLength(3);
    expect(refused.every(({ entry }) => isBy(entry, admin.person))).toBe(true);
    expect((await send({ origin })).status).toBe(202);
  });

  test('the use case that judges a decision is told when the session began; a token says nothing about it', async () => {
    const { person, token } = await api.person('ria', ['approver']);
    const told: (string | undefined)[] = [];
    api.useCases.answer('decideApproval', async ({ signedInAt }) => {
      told.push(signedInAt);
      return { ok: true, state: 'pending', votes: 1, quorum: 2, repeated: false, stands: true };
    });
    const body = { decision: 'approve', digest: `sha256:${'0'.repeat(64)}` };
    const cookie = `riposte=${await signIn(person.id)}`;
    const path = '/v1/approvals/apr_1/decisions';
    expect((await api.call('POST', path, { body, headers: { cookie, origin } })).status).toBe(200);
    expect((await api.call('POST', path, { body, token })).status).toBe(200);
    expect(told).toEqual([expect.stringMatching(/^20/), undefined]);
  });

  test('ended, idle and old sessions are nothing, and neither is one of a deactivated person', async () => {
    const { person } = await api.person('bo', ['viewer']);
    const statusOf = async (session: string) =>
      (await api.call('GET', '/v1/alerts', { headers: { cookie: `riposte=${session}` } })).status;
    const set = (session: string, change: string) =>
      api.db.owner.query(`update sessions set ${change} where hash = $1`, [hashSecret(session)]);
    const ended = await signIn(person.id);
    await api.identity.endSession(ended);
    const idle = await signIn(person.id);
    await set(idle, `seen_at = clock_timestamp() - interval '31 minutes'`);
    const old = await signIn(person.id);
    await set(old, 'expires_at = clock_timestamp()');
    const current = await signIn(person.id);
    expect(await Promise.all([ended, idle, old, current].map(statusOf))).toEqual([401, 401, 401, 200]);
    await api.call('PATCH', `/v1/people/${person.id}`, { token: admin.token, body: { active: false } });
    expect(await statusOf(current)).toBe(401);
  });

  test('whoever was deactivated proves themselves anew afterwards: nothing from before counts again', async () => {
    const { person, token } = await api.person('cleo', ['viewer']);
    const session = await signIn(person.id);
    const link = await linkFor(person.id);
    await api.identity.changePerson(door, person.id, { active: false });
    await api.identity.changePerson(door, person.id, { active: true });
    expect(await api.identity.findBySession(session)).toBeNull();
    expect(await api.identity.findByToken(token)).toBeNull();
    expect(await api.identity.consumeSignInLink(link)).toMatchObject({ ok: false, code: 'auth/bad-link' });
    const [told] = (await api.entries()).filter(
      ({ type, entry }) => type === 'person.changed' && JSON.stringify(entry).includes(person.id),
    );
    const [revoked] = (await api.identity.listTokens({ personId: person.id }, { limit: 50 })).items;
    expect(told?.entry).toMatchObject({ data: { revoked: [revoked?.id] } });
    expect(await signIn(person.id)).toMatch(/^[\w-]{43}$/);
  });

  test('nobody gets in while they are being deactivated', async () => {
    const { person } = await api.person('dora', ['viewer']);
    const link = await linkFor(person.id);
    const [used, made] = await api.db.app.transaction(async (tx) => {
      await tx.query('select 1 from people where id = $1 for update', [person.id]);
      const both = [
        api.identity.consumeSignInLink(link),
        api.identity.createSignInLink(door, person.id),
      ] as const;
      await Promise.race([...both, waitingForLock(api.db.owner, 2)]);
      await tx.query('update people set active = false where id = $1', [person.id]);
      return both;
    });
    expect(await used).toMatchObject({ ok: false, code: 'auth/bad-link' });
    expect(await made).toMatchObject({ ok: false, code: 'request/not-found' });
  });

  test('signing in again ends the session before', async () => {
    const first = await signIn(admin.person.id);
    const again = await api.identity.consumeSignInLink(await linkFor(admin.person.id), {
      previousSession: first,
    });
    expect(again).toMatchObject({ ok: true });
    expect(await api.identity.findBySession(first)).toBeNull();
  });
});

describe('people', () => {
  test('of two who change the same rights at once the second one reads them again', async () => {
    const { person } = await api.person('eli', ['approver'], ['soc-tier2', 'soc-mail']);
    const path = `/v1/people/${person.id}`;
    const read = await api.call('GET', path, { token: admin.token });
    expect(read.body).toMatchObject({ id: person.id, groups: ['soc-tier2', 'soc-mail'] });
    const seen = { 'if-match': read.headers.get('etag') ?? '' };
    const send = (body: object, headers: Record<string, string>) =>
      api.call('PATCH', path, { token: admin.token, body, headers });
    const taken = await send({ groups: ['soc-mail'] }, seen);
    expect([taken.status, taken.body.groups]).toEqual([200, ['soc-mail']]);
    const late = { groups: ['soc-tier2', 'soc-mail', 'oncall'] };
    expect(await send(late, seen)).toMatchObject({ status: 412, body: { code: 'request/stale' } });
    expect(await send(late, {})).toMatchObject({
      status: 428,
      body: { code: 'request/precondition-required' },
    });
    expect((await api.call('GET', path, { token: admin.token })).body.groups).toEqual(['soc-mail']);
    const again = { 'if-match': taken.headers.get('etag') ?? '' };
    expect((await send({ groups: ['soc-mail', 'oncall'] }, again)).status).toBe(200);
    // Nobody reads anything first while an account is being misused.
    expect((await send({ active: false }, {})).body).toMatchObject({
      active: false,
      groups: ['soc-mail', 'oncall'],
    });
  });

  test('a new person gets a link that works once, and everything leaves an entry', async () => {
    const body = { name: 'Kim', roles: ['approver'], groups: ['soc-tier2'], email: 'kim@example.test' };
    const made = await api.call('POST', '/v1/people', { token: admin.token, body });
    expect(made.status).toBe(201);
    const secret = made.body.signInLink.split('/').at(-1);
    expect(await api.identity.consumeSignInLink(secret)).toMatchObject({
      ok: true,
      personId: made.body.person.id,
    });
    const entries = (await api.entries()).filter(({ entry }) =>
      JSON.stringify(entry).includes(made.body.person.id),
    );
    expect(entries.map(({ type }) => type)).toEqual(['person.created', 'token.created', 'auth.signed-in']);
    expect(JSON.stringify(entries)).not.toContain(secret);
    expect(entries[0]?.entry).toMatchObject({
      actor: { kind: 'person', id: admin.person.id, channel: 'api' },
    });
  });

  test('the same mail address twice is refused, whatever its case', async () => {
    const body = (email: string) => ({ name: 'Lou', roles: [], email });
    expect(
      (await api.call('POST', '/v1/people', { token: admin.token, body: body('lou@example.test') })).status,
    ).toBe(201);
    expect(
      (await api.call('POST', '/v1/people', { token: admin.token, body: body('LOU@example.test') })).status,
    ).toBe(409);
  });
});

describe('the first start', () => {
  test('makes one administrator, however many processes start, who stays also where operators are', async () => {
    const own = firstStart;
    const [a, b] = await Promise.all([
      own.identity.ensureAdministrator(),
      own.identity.ensureAdministrator(),
    ]);
    expect([a.created, b.created].sort()).toEqual([false, true]);
    expect(a.personId).toBe(b.personId);
    const { items: people } = await own.identity.listPeople({}, { limit: 50 });
    expect(people).toHaveLength(1);
    const only = people[0]?.id as PersonId;
    // Who manages people, and yet lets nobody in.
    await own.person('operator', ['operator']);
    expect(await own.identity.changePerson(door, only, { active: false })).toMatchObject({
      code: 'auth/last-administrator',
    });
    expect(await own.identity.changePerson(door, only, { roles: ['viewer'] })).toMatchObject({
      code: 'auth/last-administrator',
    });
  });
});

describe('wrong tokens', () => {
  test('are slowed down after thirty and leave entries without the secret', async () => {
    const own = flooded;
    const token = `rip_${'A'.repeat(43)}`;
    let last = await own.call('GET', '/v1/alerts', { token });
    for (let n = 0; n < 30; n++) last = await own.call('GET', '/v1/alerts', { token });
    expect(last.status).toBe(429);
    expect(Number(last.headers.get('retry-after'))).toBeGreaterThan(0);
    const entries = await own.entries();
    expect(entries.every(({ type }) => type === 'auth.failed')).toBe(true);
    expect(JSON.stringify(entries)).not.toContain('AAAA');
    const { token: right } = await own.person('stopper', ['responder']);
    const body = { scope: 'everything', reason: 'now' };
    expect((await own.call('POST', '/v1/stops', { token: right, body })).status).toBe(200);
  });
});
