import { expect, test } from 'vitest';
import { passkeyWay } from '../../api/console/sign-in/passkey.ts';
import { seedWaitingRun } from '../api/seed.ts';
import { startIdentityProvider } from '../support/identity-provider.ts';
import { optionsOn, type SoftPasskey, softPasskey } from '../support/soft-passkey.ts';
import { askToSignIn, entriesOf, party, sendAnswer, sessionOf, signInWith } from './passkey-visitor.ts';
import { type Guest, startWithProvider } from './start-with-provider.ts';

/* Both ways in at one console: a key must not keep open what the provider closes. */

const site = await startWithProvider([{ group: 'SOC leads', roles: ['approver'], groups: [] }], {
  publicUrl: party.origin,
  otherWays: [passkeyWay(party)],
});
const provider = await startIdentityProvider(`${party.origin}/sign-in/oidc/callback`);
site.settings.issuer = provider.issuer;
site.settings.secretText = provider.clientSecret;
const door = { actor: { kind: 'system', id: 'test', channel: 'engine' } } as const;

async function comeIn(login: string, email = `${login}@example.org`) {
  provider.accounts.set(login, {
    email,
    email_verified: true,
    name: `Name of ${login}`,
    groups: ['SOC leads'],
  });
  const guest = site.guest();
  const back = await provider.goThrough(await guest.leave(), login, guest.elsewhere);
  await guest.ask(back.replace(party.origin, ''), { fromElsewhere: true });
  const who = await site.identity.findBySession(guest.cookies.get('riposte') ?? '');
  if (who?.personId == null) throw new Error(`${login} did not come in`);
  return { guest, personId: who.personId };
}

async function csrfOf(guest: Guest): Promise<string> {
  return /name="csrf" value="([^"]+)"/.exec((await guest.ask('/')).text)?.[1] ?? '';
}

async function withKey(guest: Guest): Promise<SoftPasskey> {
  const passkey = softPasskey();
  const fields = { csrf: await csrfOf(guest), name: 'Phone' };
  const asked = await guest.ask('/settings/passkeys/add', { fields });
  const answer = passkey.create(optionsOn(asked.text));
  expect((await guest.ask('/settings/passkeys', { fields: { ...fields, answer } })).status).toBe(303);
  return passkey;
}

/** Presses the button of somebody who is signed in. */
async function askAgain(guest: Guest) {
  const fields = { csrf: await csrfOf(guest) };
  return optionsOn((await guest.ask('/sign-in/passkey/again', { fields })).text);
}

async function endsAt(session: string): Promise<number> {
  const { rows } = await site.db.owner.query<{ expires_at: Date }>(
    `select expires_at from sessions where hash = sha256(convert_to($1, 'utf8'))`,
    [session],
  );
  return rows[0]?.expires_at.getTime() ?? Number.NaN;
}

test('a key alone lets nobody in whom the provider made: it would never be asked again', async () => {
  const { guest, personId } = await comeIn('ann');
  const passkey = await withKey(guest);
  const tried = await signInWith(site, passkey);
  expect([tried.status, sessionOf(tried)]).toEqual([403, '']);
  expect(tried.text).toContain('You come in through the identity provider');
  expect(tried.text).toContain('action="/sign-in/oidc"');
  const refused = (await entriesOf(site, 'auth.failed')).at(-1);
  expect(refused).toMatchObject({
    code: 'auth/bad-passkey',
    reason: 'its person is let in by the identity provider',
  });
  expect(refused?.data.passkeyId).toEqual(expect.stringMatching(/./));
  // The session that the provider began is what it was.
  expect((await site.identity.findBySession(guest.cookies.get('riposte') ?? ''))?.personId).toBe(personId);
});

test('people made by hand come in with their key, also when an account is linked to them', async () => {
  await site.person('Bea', 'bea@example.org', ['approver']);
  const { guest } = await comeIn('bea');
  expect((await signInWith(site, await withKey(guest))).status).toBe(303);
});

test('it proves anew that they are there, for no longer than the session that the provider began', async () => {
  const { guest, personId } = await comeIn('cid');
  const passkey = await withKey(guest);
  await site.db.owner.query(
    `update sessions set proved_at = clock_timestamp() - interval '10 hours', expires_at = clock_timestamp() + interval '2 hours'
     where person_id = $1`,
    [personId],
  );
  const before = await endsAt(guest.cookies.get('riposte') ?? '');
  const answer = passkey.get(await askAgain(guest));
  expect((await guest.ask('/sign-in/passkey/answer', { fields: { answer } })).status).toBe(303);
  const session = guest.cookies.get('riposte') ?? '';
  expect(Math.abs((await endsAt(session)) - before)).toBeLessThan(2);
  const now = await site.identity.findBySession(session);
  expect(Date.now() - Date.parse(now?.signedInAt ?? '')).toBeLessThan(60_000);
});

test('what such a session asked for begins none without it', async () => {
  const { guest } = await comeIn('dot');
  const passkey = await withKey(guest);
  const csrf = await csrfOf(guest);
  const options = await askAgain(guest);
  const { cookie } = await askToSignIn(site);
  const name = cookie.split('=')[0] ?? '';
  // The browser's own cookie says what the session's form token is, and the session itself stays away.
  const tried = await sendAnswer(site, passkey.get(options), `${name}=${csrf}`);
  expect([tried.status, sessionOf(tried)]).toEqual([403, '']);
});

test('unlinking ends what was made since the link: whoever had the wrong account keeps no key and no token', async () => {
  const { id: personId } = await site.person('Eve', 'eve@example.org', ['approver']);
  const before = await site.identity.createToken(door, { personId, name: 'before', roles: ['approver'] });
  const { guest } = await comeIn('eve-stranger', 'eve@example.org');
  const passkey = await withKey(guest);
  const made = await site.identity.createToken(door, { personId, name: 'since', roles: ['approver'] });
  if (!before.ok || !made.ok) throw new Error('no token');
  const entered = await signInWith(site, passkey);
  expect(entered.status).toBe(303);
  expect(await site.identity.unlinkAccount(door, personId)).toEqual({ ok: true });
  expect(await site.identity.findBySession(sessionOf(entered).slice('riposte='.length))).toBeNull();
  expect((await signInWith(site, passkey)).status).toBe(403);
  expect(await site.identity.findByToken(made.secret)).toBeNull();
  expect((await site.identity.findByToken(before.secret))?.personId).toBe(personId);
  const [created] = (await entriesOf(site, 'passkey.created')).filter(
    ({ data }) => data.personId === personId,
  );
  const [unlinked] = await entriesOf(site, 'person.unlinked');
  expect(unlinked?.data.revoked).toEqual([made.token.id, created?.data.passkeyId]);
});

test('who has to sign what cannot be undone, and has no key at hand, is led to the provider', async () => {
  const { guest, personId } = await comeIn('flo');
  await withKey(guest);
  await site.identity.changePerson(door, personId, { groups: ['soc-tier2'] });
  await site.db.owner.query(
    `update sessions set proved_at = clock_timestamp() - interval '1 hour' where person_id = $1`,
    [personId],
  );
  const { approvalId, digest } = await seedWaitingRun(site.db.owner, { cardClass: 'eradicate' });
  const said = { decision: 'approve', confirmed: 'yes', typed: 'DB-1', comment: 'seen', digest };
  const page = await guest.ask(`/a/${approvalId}/prove`, { fields: { csrf: await csrfOf(guest), ...said } });
  expect(page.text).toContain('Sign it with your passkey');
  expect(page.text).toContain('action="/sign-in/oidc"');
  expect(page.text).toContain(`name="back" value="/a/${approvalId}"`);
  expect(page.text).not.toContain('action="/sign-in/passkey/again');
});
