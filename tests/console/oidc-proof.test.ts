import { describe, expect, test } from 'vitest';
import { seedWaitingRun } from '../api/seed.ts';
import { startIdentityProvider } from '../support/identity-provider.ts';
import { type Guest, startWithProvider } from './start-with-provider.ts';

/* Proving once more who one is: what cannot be taken back needs a proof of the last five minutes. */

const site = await startWithProvider();
const provider = await startIdentityProvider(`${site.url}/sign-in/oidc/callback`);
site.settings.issuer = provider.issuer;
site.settings.secretText = provider.clientSecret;

/** Somebody who came in through the provider, some time ago. */
async function longAgo(name: string) {
  const person = await site.person(name, `${name}@example.org`, ['admin']);
  provider.accounts.set(name, { email: `${name}@example.org`, email_verified: true });
  const guest = site.guest();
  await comeBack(guest, await guest.leave(), name);
  await site.db.owner.query(
    `update sessions set proved_at = proved_at - interval '6 min' where person_id = $1`,
    [person.id],
  );
  return { guest, person, session: guest.cookies.get('riposte') ?? '' };
}

async function comeBack(guest: Guest, address: string, login: string) {
  return await guest.ask(await provider.goThrough(address, login, guest.elsewhere), { fromElsewhere: true });
}

async function approve(guest: Guest) {
  const { approvalId, digest } = await seedWaitingRun(site.db.owner, { cardClass: 'eradicate' });
  const csrf = /name="csrf" value="([^"]+)"/.exec((await guest.ask('/')).text)?.[1] ?? '';
  const fields = { csrf, decision: 'approve', digest, confirmed: 'yes', typed: 'DB-1' };
  const decide = () => guest.ask(`/a/${approvalId}/decisions`, { fields });
  return { approvalId, decide, shown: await decide() };
}

const decided = () => site.useCases.calls.filter(({ name }) => name === 'decideApproval').length;

test('the refusal has a button, the provider asks again, the browser comes back to the card, and it counts', async () => {
  const { guest, person, session } = await longAgo('una');
  const before = decided();
  const { approvalId, shown } = await approve(guest);
  expect(shown.status).toBe(403);
  expect(shown.text).toContain('Sign in with Example once more');
  expect(shown.text).toContain(`name="back" value="/a/${approvalId}"`);
  expect(decided()).toBe(before);
  const address = await guest.leave({ again: 'yes', back: `/a/${approvalId}` });
  const { searchParams } = new URL(address);
  expect([searchParams.get('prompt'), searchParams.get('max_age')]).toEqual(['login', '0']);
  const back = await comeBack(guest, address, 'una');
  expect([back.status, back.text.includes(`url=/a/${approvalId}"`)]).toEqual([200, true]);
  const fresh = await site.identity.findBySession(guest.cookies.get('riposte') ?? '');
  expect(fresh?.personId).toBe(person.id);
  expect(await site.identity.findBySession(session)).toBeNull();
  // The form of the old session is none of the new one's.
  expect((await approve(guest)).shown.status).toBe(303);
  expect(decided()).toBe(before + 1);
});

test.each([
  ['several at once', '/actions/decisions', 'decideApproval', '/actions'],
  ['what a budget holds', '/held', 'decideHeld', '/held'],
] as const)('the button stands beside the refusal of %s, too', async (_, path, useCase, back) => {
  const { guest } = await longAgo(`many-${useCase}`.toLowerCase());
  const { approvalId, digest } = await seedWaitingRun(site.db.owner, { cardClass: 'eradicate' });
  const no = { ok: false, code: 'auth/fresh-sign-in', detail: 'it needs a fresh sign-in' } as const;
  if (useCase === 'decideApproval') site.useCases.answer(useCase, async () => no);
  else
    site.useCases.answer(useCase, async (_caller, { approvals }) =>
      approvals.map(({ id }) => ({ ...no, id })),
    );
  const csrf = /name="csrf" value="([^"]+)"/.exec((await guest.ask('/')).text)?.[1] ?? '';
  const hex = digest.replace('sha256:', '');
  const fields = {
    csrf,
    decision: 'approve',
    comment: 'seen',
    typed: '1',
    'pick.1': `${approvalId} ${digest}`,
    budget: 'b',
    shown: `${approvalId}=${hex}`,
    count: '1',
  };
  const { text } = await guest.ask(path, { fields });
  expect(text).toContain('Sign in with Example once more');
  expect(text).toContain(`name="back" value="${back}"`);
});

describe('nothing is proved, and the session is what it was, when', () => {
  test('somebody else signs in at the provider', async () => {
    const { guest, session, person } = await longAgo('vic');
    await longAgo('wim');
    const address = await guest.leave({ again: 'yes', back: '/actions' });
    guest.elsewhere.clear();
    const shown = await comeBack(guest, address, 'wim');
    expect([shown.status, shown.text.includes('auth/another-person')]).toEqual([403, true]);
    expect(shown.text).toContain('your session is what it was. <a href="/actions">');
    expect(guest.cookies.get('riposte')).toBe(session);
    expect((await site.identity.findBySession(session))?.personId).toBe(person.id);
    expect((await approve(guest)).shown.status).toBe(403);
  });

  test('somebody else comes back whom nobody has linked yet, and they are not linked either', async () => {
    const { guest, session } = await longAgo('xia');
    await site.person('yan', 'yan@example.org', ['admin']);
    provider.accounts.set('yan', { email: 'yan@example.org', email_verified: true });
    guest.elsewhere.clear();
    const shown = await comeBack(guest, await guest.leave({ again: 'yes' }), 'yan');
    expect(shown.text).toContain('auth/another-person');
    expect(guest.cookies.get('riposte')).toBe(session);
    const linked = (await site.entries('person.linked')).map(({ data }) => data?.subject);
    expect(linked).not.toContain('yan');
  });

  test('their session ends while they are away', async () => {
    const { guest, person } = await longAgo('abe');
    const address = await guest.leave({ again: 'yes' });
    const door = { actor: { kind: 'system', id: 'test', channel: 'engine' } } as const;
    const back = await provider.goThrough(address, 'abe', guest.elsewhere);
    await site.identity.changePerson(door, person.id, { active: false });
    await site.identity.changePerson(door, person.id, { active: true });
    expect((await guest.ask(back, { fromElsewhere: true })).text).toContain('auth/another-person');
  });
});

test('a sign-in of which nobody says when lets in, counts as old, and the page says why', async () => {
  await site.person('cyd', 'cyd@example.org', ['admin']);
  provider.accounts.set('cyd', { email: 'cyd@example.org', email_verified: true });
  const guest = site.guest();
  provider.says.authTime = false;
  expect((await comeBack(guest, await guest.leave(), 'cyd')).status).toBe(200);
  provider.says.authTime = true;
  const session = await site.identity.findBySession(guest.cookies.get('riposte') ?? '');
  expect(session).toMatchObject({ name: 'cyd' });
  expect(session).not.toHaveProperty('signedInAt');
  const { shown } = await approve(guest);
  expect(shown.status).toBe(403);
  expect(shown.text).toContain('did not say when you proved who you are');
  const [entry] = (await site.entries('auth.signed-in')).slice(-1);
  expect(entry?.data).toMatchObject({ way: 'oidc', provedAt: null });
});

test('whose session is over when they press the button signs in like anybody', async () => {
  const { guest, person } = await longAgo('dan');
  await site.db.owner.query('update sessions set ended_at = clock_timestamp() where person_id = $1', [
    person.id,
  ]);
  const shown = await comeBack(guest, await guest.leave({ again: 'yes', back: '/actions' }), 'dan');
  expect([shown.status, shown.text.includes('url=/actions"')]).toEqual([200, true]);
});
