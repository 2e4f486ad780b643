import { expect, test } from 'vitest';
import type { Role } from '../../engine/core/identity/rights.ts';
import { startIdentityProvider } from '../support/identity-provider.ts';
import { waitingForLock } from '../support/waiting-for-lock.ts';
import { startWithProvider } from './start-with-provider.ts';

/* Where groups at the provider have roles here, it makes people and is the truth of their roles. */

const site = await startWithProvider([
  { group: 'SOC analysts', roles: ['analyst'], groups: [] },
  { group: 'SOC leads', roles: ['approver', 'operator'], groups: ['soc-leads'] },
]);
const provider = await startIdentityProvider(`${site.url}/sign-in/oidc/callback`);
site.settings.issuer = provider.issuer;
site.settings.secretText = provider.clientSecret;
const door = { actor: { kind: 'system', id: 'test', channel: 'engine' } } as const;

async function signIn(
  login: string,
  groups: string[] | undefined,
  email = `${login}@example.org`,
  verified = true,
) {
  provider.accounts.set(login, {
    email,
    email_verified: verified,
    name: `Name of ${login}`,
    ...(groups !== undefined && { groups }),
  });
  const guest = site.guest();
  const back = await provider.goThrough(await guest.leave(), login, guest.elsewhere);
  const shown = await guest.ask(back, { fromElsewhere: true });
  const session = guest.cookies.get('riposte') ?? '';
  return { guest, shown, who: await site.identity.findBySession(session) };
}

async function changes(personId: string) {
  return (await site.entries('person.changed'))
    .filter(({ data }) => data?.personId === personId)
    .map(({ actor, data }) => [actor.id, data?.before, data?.after]);
}

test('makes whom a group lets in, with what their groups give, and says so', async () => {
  const { who } = await signIn('ann', ['SOC leads', 'SOC analysts', 'Everybody']);
  expect(who).toMatchObject({
    name: 'Name of ann',
    email: 'ann@example.org',
    roles: ['analyst', 'approver', 'operator'],
    groups: ['soc-leads'],
  });
  const made = (await site.entries('person.created')).find(({ data }) => data?.personId === who?.id);
  expect(made).toMatchObject({
    actor: { id: 'identity-provider' },
    data: { roles: ['analyst', 'approver', 'operator'], groups: ['soc-leads'] },
  });
});

test('keeps out whom no group lets in, and makes nobody', async () => {
  for (const groups of [['Everybody'], ['soc leads'], [], undefined]) {
    const { shown, who } = await signIn('bob', groups);
    expect([shown.status, shown.text.includes('auth/no-role'), who]).toEqual([403, true, null]);
  }
  expect(await site.identity.findByEmail('bob@example.org')).toBeNull();
});

test('follows the groups at each sign-in, with an entry only when something changes', async () => {
  const { who } = await signIn('cat', ['SOC leads']);
  const id = who?.id ?? '';
  await signIn('cat', ['SOC leads']);
  expect(await changes(id)).toEqual([]);
  expect((await signIn('cat', ['SOC analysts'])).who?.roles).toEqual(['analyst']);
  const state = (roles: string[], groups: string[]) => ({ roles, groups, active: true });
  expect(await changes(id)).toEqual([
    ['identity-provider', state(['approver', 'operator'], ['soc-leads']), state(['analyst'], [])],
  ]);
});

test('takes the roles of whom no group lets in any more: their sessions and tokens may do nothing', async () => {
  const { who, guest } = await signIn('dan', ['SOC leads']);
  const personId = who?.personId ?? null;
  const made = await site.identity.createToken(door, { personId, name: 'own', roles: ['approver'] });
  if (!made.ok) throw new Error(made.detail);
  expect((await guest.ask('/contained')).status).toBe(200);
  const { shown } = await signIn('dan', ['Everybody']);
  expect([shown.status, shown.text.includes('auth/no-role')]).toEqual([403, true]);
  expect((await guest.ask('/contained')).status).toBe(403);
  expect((await site.identity.findByToken(made.secret))?.roles).toEqual([]);
  // And gives them back with the group.
  expect((await signIn('dan', ['SOC leads'])).who?.roles).toEqual(['approver', 'operator']);
});

test('leaves what was given by name: an administrator stays one, whatever the groups say', async () => {
  const { who } = await signIn('eli', ['SOC leads']);
  if (who?.personId == null) throw new Error('nobody');
  const byName: Role[] = ['analyst', 'admin', 'break-glass'];
  await site.identity.changePerson(door, who.personId, { roles: byName });
  expect((await signIn('eli', ['SOC leads'])).who?.roles).toEqual([
    'approver',
    'operator',
    'admin',
    'break-glass',
  ]);
  expect((await signIn('eli', [])).who?.roles).toEqual(['admin', 'break-glass']);
});

test('leaves people whom somebody made by hand as they were made', async () => {
  await site.person('Fay', 'fay@example.org', ['viewer']);
  expect((await signIn('fay', ['SOC leads'])).who?.roles).toEqual(['viewer']);
  expect((await signIn('fay', [])).who?.roles).toEqual(['viewer']);
});

test('never lets in again whom somebody here has deactivated, by any account', async () => {
  const { who } = await signIn('gus', ['SOC leads']);
  if (who?.personId == null) throw new Error('nobody');
  await site.identity.changePerson(door, who.personId, { active: false });
  const before = await changes(who.id);
  for (const attempt of [
    await signIn('gus', ['SOC leads']),
    await signIn('gus', ['SOC analysts']),
    await signIn('gus-2', ['SOC leads'], 'GUS@example.org'),
    await signIn('gus-3', ['SOC leads'], 'gus@example.org', false),
  ])
    expect([attempt.shown.status, attempt.shown.text.includes('auth/deactivated')]).toEqual([403, true]);
  expect(await changes(who.id)).toEqual(before);
});

test('makes no second person of one who may be here already, nor of one without an address', async () => {
  await site.person('Hal', 'hal@example.org', ['approver']);
  const unchecked = await signIn('hal-2', ['SOC leads'], 'hal@example.org', false);
  expect([unchecked.who, unchecked.shown.text.includes('has not checked your mail address')]).toEqual([
    null,
    true,
  ]);
  await signIn('hal', ['SOC leads']);
  const second = await signIn('hal-3', ['SOC leads'], 'hal@example.org');
  expect([second.who, second.shown.text.includes('Another account of the provider')]).toEqual([null, true]);
  const none = await signIn('ida', ['SOC leads'], 'no address');
  expect([none.who, none.shown.text.includes('says no mail address')]).toEqual([null, true]);
});

test('keeps an address that nobody checked to itself: approvers are named by theirs', async () => {
  const { who } = await signIn('jon', ['SOC leads'], 'chief@example.org', false);
  expect(who).toMatchObject({ email: null, roles: ['approver', 'operator'] });
});

test('makes one person of two first sign-ins at once, also without a checked address', async () => {
  provider.accounts.set('kim', { email: 'kim@example.org', groups: ['SOC leads'] });
  const guests = [site.guest(), site.guest(), site.guest()];
  const backs: string[] = [];
  for (const guest of guests)
    backs.push(await provider.goThrough(await guest.leave(), 'kim', guest.elsewhere));
  const shown = await Promise.all(
    guests.map((guest, n) => guest.ask(backs[n] ?? '', { fromElsewhere: true })),
  );
  expect(shown.map(({ status }) => status)).toEqual([200, 200, 200]);
  const linked = (await site.entries('person.linked')).filter(({ data }) => data?.subject === 'kim');
  expect(linked).toHaveLength(1);
});

test.each([
  ['deactivated', 'update people set active = false where id = $1', 'auth/deactivated'],
  ['unlinked', 'delete from provider_identities where person_id = $1', 'auth/unknown-person'],
])('who is being %s while they sign in is not in afterwards', async (_, statement, code) => {
  const { who } = await signIn(`lea-${code}`, ['SOC leads']);
  const id = who?.personId;
  if (id == null) throw new Error('nobody');
  await site.db.owner.query('update sessions set ended_at = clock_timestamp() where person_id = $1', [id]);
  const entering = await site.db.app.transaction(async (tx) => {
    await tx.query('select 1 from people where id = $1 for update', [id]);
    const under = signIn(`lea-${code}`, ['SOC leads']);
    await Promise.race([under, waitingForLock(site.db.owner, 1)]);
    await tx.query(statement, [id]);
    return { under };
  });
  const { shown } = await entering.under;
  expect([shown.status, shown.text.includes(code)]).toEqual([403, true]);
  const left = await site.db.owner.query('select 1 from sessions where person_id = $1 and ended_at is null', [
    id,
  ]);
  expect(left.rows).toEqual([]);
});

test('an account that is unlinked is out, the next one with the checked address is in, and follows the groups as before', async () => {
  const { who, guest } = await signIn('mo', ['SOC leads']);
  const id = who?.personId;
  if (id == null) throw new Error('nobody');
  const { secret } = await site.link('Mo by a link', ['viewer']);
  expect(await site.identity.consumeSignInLink(secret)).toMatchObject({ ok: true });
  for (let n = 0; n < 2; n++) expect(await site.identity.unlinkAccount(door, id)).toEqual({ ok: true });
  const unlinked = await site.entries('person.unlinked');
  expect(unlinked.map(({ data }) => data)).toEqual([{ personId: id, subjects: ['mo'] }]);
  expect((await guest.ask('/contained')).status).toBe(401);
  const next = await signIn('mo-new', ['SOC analysts'], 'mo@example.org');
  expect(next.who).toMatchObject({ personId: id, roles: ['analyst'] });
  expect((await signIn('mo', ['SOC leads'])).shown.text).toContain('auth/unknown-person');
});

test('who has no address here is not unlinked: a second person would be made of them', async () => {
  const { who } = await signIn('ned', ['SOC leads'], 'ned@example.org', false);
  if (who?.personId == null) throw new Error('nobody');
  expect(await site.identity.unlinkAccount(door, who.personId)).toMatchObject({
    ok: false,
    code: 'request/conflict',
  });
  expect((await signIn('ned', ['SOC leads'], 'ned@example.org', false)).who?.id).toBe(who.id);
});
