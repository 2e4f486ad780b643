import { beforeEach, expect, it } from 'vitest';
import { keysOf, numbered, record, sequencerOf, testSigner } from '../audit/open-log.ts';
import { riposte } from '../cli/start-cli.ts';
import { optionsOn, type SoftPasskey, softPasskey } from '../support/soft-passkey.ts';
import { answerOrders } from './order-use-cases.ts';
import { entriesOf, register, startPasskeyConsole } from './passkey-visitor.ts';
import type { ConsoleUnderTest, Shown, Visitor } from './start-console.ts';

/* Both people of an order about the log sign it in the console. What is ordered is ordered for real. */

let site: ConsoleUnderTest;
let ada: Visitor;
let bo: Visitor;
beforeEach(async () => {
  site = await startPasskeyConsole();
  answerOrders(site);
  await record(site.db, numbered(3));
  await sequencerOf(site.db.sequencer, { keys: keysOf(testSigner) }).flush();
  await site.db.owner.query(
    "insert into audit_anchor (tenant_id, log_id, place, size, carried_at) values ('default', '1', 'file:///gone', 3, now())",
  );
  ada = await site.signIn('Ada', ['operator']);
  bo = await site.signIn('Bo', ['operator']);
});

async function withKey(visitor: Visitor): Promise<SoftPasskey> {
  const key = softPasskey();
  expect((await register(visitor, key)).status).toBe(303);
  return key;
}

const wish = { place: 'file:///gone', placeReason: 'the <b>disk</b> is lost' };
const digestOn = (page: string) => /name="digest" value="(sha256:[0-9a-f]{64})"/.exec(page)?.[1] ?? '';
const answerOn = (asked: Shown, key: SoftPasskey) => ({
  digest: digestOn(asked.text),
  answer: key.get(optionsOn(asked.text)),
});

it('proposing leads to the key of whoever proposes, confirming to that of the other one', async () => {
  const [keyOfAda, keyOfBo] = [await withKey(ada), await withKey(bo)];
  const asked = await ada.post('/audit/log/place', wish);
  expect(asked.text).toContain('Sign what you proposed with your passkey');
  expect(asked.text).toContain('the &lt;b&gt;disk&lt;/b&gt; is lost');
  const digest = digestOn(asked.text);
  // Asked again by the address that the browser shows.
  for (const step of ['place', 'prove', 'sign', 'confirm'])
    expect((await ada.get(`/audit/log/${step}`)).headers.get('location')).toBe('/audit/log');
  // Not signed yet: the other one waits, whoever proposed it can come back to it.
  expect((await bo.get('/audit/log')).text).toContain('Ada has yet to sign it with their passkey');
  const mine = (await ada.get('/audit/log')).text;
  expect(mine).toContain('You proposed it and have yet to sign it');
  expect(mine).toContain('action="/audit/log/prove"');
  const early = await bo.post('/audit/log/confirm', { digest });
  expect(early.status).toBe(403);
  expect(early.text).toContain('whoever proposed it has yet to sign it');

  const signed = await ada.post('/audit/log/sign', answerOn(asked, keyOfAda));
  expect(signed.headers.get('location')).toBe('/audit/log');
  expect((await ada.get('/audit/log')).text).toContain('You proposed it and signed it with your passkey.');
  const theirs = (await bo.get('/audit/log')).text;
  expect(theirs).toContain('Ada has signed it. You confirm it by signing it too.');
  expect((await bo.post('/audit/log/confirm', { digest })).status).toBe(403);
  const step = await bo.post('/audit/log/prove', { digest });
  expect(step.text).toContain('Confirm it with your passkey');
  const confirmed = await bo.post('/audit/log/confirm', answerOn(step, keyOfBo));
  expect(confirmed.headers.get('location')).toBe('/audit/log');
  expect((await bo.get('/audit/log')).text).toContain('Both have signed it with their passkeys.');
  const [entry] = await entriesOf(site, 'log.order-confirmed');
  expect(entry?.data).toMatchObject({ digest, signed: true, evidence: { role: 'confirmer', order: digest } });
});

it('an answer counts once, in its own browser, for its own order', async () => {
  const [keyOfAda, keyOfBo] = [await withKey(ada), await withKey(bo)];
  const asked = await ada.post('/audit/log/place', wish);
  const answer = answerOn(asked, keyOfAda);
  const elsewhere = await bo.post('/audit/log/sign', answer);
  expect(elsewhere.status).toBe(403);
  // A proposal in its place: what was asked for the first one is no word about it.
  const again = await ada.post('/audit/log/place', { ...wish, placeReason: 'another reason' });
  const mixed = await ada.post('/audit/log/sign', { ...answer, digest: digestOn(again.text) });
  expect(mixed.status).toBe(403);
  expect(mixed.text).toContain('Nothing was signed: The passkey signed another order about the log.');
  expect((await ada.post('/audit/log/sign', answerOn(again, keyOfAda))).status).toBe(303);
  expect((await ada.post('/audit/log/sign', answer)).status).toBe(403);
  // The key of the second person, asked as the first one.
  const step = await bo.post('/audit/log/prove', { digest: digestOn(again.text) });
  expect((await bo.post('/audit/log/sign', answerOn(step, keyOfBo))).status).toBe(403);
  expect((await entriesOf(site, 'log.order-signed')).length).toBe(1);
  expect(await entriesOf(site, 'log.order-confirmed')).toEqual([]);
});

it('whoever has no key where others have one is led to make theirs', async () => {
  const keyOfAda = await withKey(ada);
  const asked = await ada.post('/audit/log/place', wish);
  await ada.post('/audit/log/sign', answerOn(asked, keyOfAda));
  const page = (await bo.get('/audit/log')).text;
  expect(page).toContain('You have no passkey.');
  expect(page).toContain('href="/settings/passkeys"');
  expect(page).not.toContain('action="/audit/log/prove"');
});

it('where nobody has one the page says that nobody signs it', async () => {
  const proposed = await ada.post('/audit/log/place', wish);
  expect(proposed.headers.get('location')).toBe('/audit/log');
  const page = (await bo.get('/audit/log')).text;
  expect(page).toContain('Nobody who may order this has a passkey, so nobody signs it, and the log says so.');
  const confirmed = await bo.post('/audit/log/confirm', { digest: digestOn(page) });
  expect(confirmed.headers.get('location')).toBe('/audit/log');
  expect((await bo.get('/audit/log')).text).toContain('It is not signed with the passkeys of both.');
  const [entry] = await entriesOf(site, 'log.order-confirmed');
  expect(entry?.data).toMatchObject({ signed: false });
});

it('whoever proposes at a terminal is told where they sign it, and nobody confirms it there', async () => {
  const keyOfAda = await withKey(ada);
  const system = { actor: { kind: 'system', id: 'test', channel: 'engine' } } as const;
  const reader = await site.identity.createToken(system, {
    personId: null,
    name: 'reader',
    roles: ['auditor'],
  });
  if (!reader.ok) throw new Error(reader.detail);
  const env = { RIPOSTE_URL: site.url, RIPOSTE_TOKEN: reader.secret };
  const linkOf = async ({ person }: Visitor) => {
    const made = await site.identity.createSignInLink(system, person.id);
    if (!made.ok) throw new Error(made.detail);
    return `${site.url}/sign-in/${made.secret}`;
  };
  const orders = ['audit', 'places'];
  const said = await riposte(
    [...orders, 'give-up', wish.place, '--reason', 'gone', '--sign-in', await linkOf(ada)],
    env,
  );
  expect(said).toMatchObject({ code: 0 });
  expect(said.stderr).toContain(`You sign it with your passkey on ${site.url}/audit/log`);
  const digest = /sha256:[0-9a-f]{64}/.exec(said.stdout)?.[0] ?? '';
  expect((await riposte(['audit', 'keys', 'show'], env)).stdout).toMatch(/signed +by nobody/);
  const step = await ada.post('/audit/log/prove', { digest });
  expect((await ada.post('/audit/log/sign', answerOn(step, keyOfAda))).status).toBe(303);
  const confirmed = await riposte([...orders, 'confirm', digest, '--sign-in', await linkOf(bo)], env);
  expect(confirmed.code).not.toBe(0);
  expect(confirmed.stderr).toContain('you confirm it by signing it with your passkey, on the page Log');
  expect(await entriesOf(site, 'log.order-confirmed')).toEqual([]);
});
