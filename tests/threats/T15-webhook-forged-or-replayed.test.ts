import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { hearsScanner, until } from '../corridor/questions.ts';
import { openWholeProcess, publishAs, type WholeProcess } from '../support/whole-process.ts';

/* T15: a webhook is forged, played back, held back, or overtaken by a later one. */

let whole: WholeProcess;
let sender: { id: string; secret: string };
const path = '/v1/webhooks/hears-scanner/heard';
beforeAll(async () => {
  whole = await openWholeProcess();
  await publishAs(whole, 'ola', 'hears-scanner', hearsScanner);
  sender = await whole.service('scanner', ['analyst']);
});
afterAll(() => whole.close());
let seen = 0;
beforeEach(async () => {
  seen = (await whole.entries()).length;
});

const now = () => Math.floor(Date.now() / 1_000);
const send = (finding: string, id: string, more: { [name: string]: string } = {}, token = sender.secret) =>
  whole.call('POST', path, token, { finding }, { 'webhook-id': id, ...more });
const fresh = async () => (await whole.entries()).slice(seen).filter(({ type }) => /webhook|auth/.test(type));
const told = () => (whole.lab.estate.messages() as { text: string }[]).map(({ text }) => text);
const signals = async () =>
  (await whole.database.app.query("select 1 from signals where type = 'webhook'")).rows.length;
async function rest(): Promise<void> {
  await until(async () => {
    const { rows } = await whole.database.app.query<{ n: number }>(
      `select ((select count(*) from signals where state = 'accepted')
         + (select count(*) from runs where state in ('queued', 'running')))::int as n`,
    );
    return rows[0]?.n === 0;
  });
}

it('forged: without a token, with a guessed, a foreign or a revoked one, it is 401, starts nothing and says nothing', async () => {
  const revoked = await whole.service('old scanner', ['analyst']);
  const { identity } = whole.riposte;
  const door = { actor: { kind: 'system', id: 'test', channel: 'engine' } } as const;
  expect(await identity.revokeToken(door, revoked.id as never, null)).toMatchObject({ ok: true });
  const one = sender.secret;
  const last = one.endsWith('A') ? 'B' : 'A';
  const tokens = ['', 'guessed', `${one.slice(0, -1)}${last}`, one.slice(0, -1), `${one}x`, revoked.secret];
  for (const token of tokens) {
    const answer = await send('forged', 'msg_forged', {}, token);
    expect(answer.status, token).toBe(401);
    // An address that is none answers the same: nobody learns without a token what there is.
    const nowhere = await whole.call('POST', '/v1/webhooks/none/none', token, {});
    expect(nowhere).toMatchObject({ status: 401, body: { code: answer.body.code } });
  }
  // A signature is no token, also not one that somebody computes over the body.
  const signature = { 'webhook-signature': `v1,${Buffer.alloc(32).toString('base64')}` };
  expect((await send('forged', 'msg_forged', signature, '')).status).toBe(401);
  const vic = await whole.person('vic', ['viewer']);
  expect((await send('forged', 'msg_forged', {}, vic.token)).status).toBe(403);
  expect(await signals()).toBe(0);
  const types = (await fresh()).map(({ type, code }) => `${type} ${code}`);
  expect(types.filter((type) => type === 'auth.failed auth/bad-token').length).toBeGreaterThanOrEqual(1);
  expect(types.join()).not.toContain('webhook.accepted');
});

it('played back: the same id is one signal and one run, also at once; with other words it is refused', async () => {
  const answers = await Promise.all(Array.from({ length: 8 }, () => send('a worm', 'msg_1')));
  expect(answers.map(({ status }) => status)).toEqual(Array(8).fill(202));
  expect(answers.filter(({ body }) => body.duplicate === false)).toHaveLength(1);
  expect(new Set(answers.map(({ body }) => body.id)).size).toBe(1);
  await rest();
  expect(await send('a worm', 'msg_1')).toMatchObject({ status: 202, body: { duplicate: true } });
  const changed = await send('something else', 'msg_1');
  expect(changed).toMatchObject({ status: 409, body: { code: 'request/message-changed' } });
  await rest();
  expect(told()).toEqual(['Found a worm']);
  const entries = await fresh();
  expect(entries.filter(({ type }) => type === 'webhook.accepted')).toHaveLength(1);
  expect(entries.filter(({ type }) => type === 'webhook.duplicate')).toHaveLength(8);
  expect(entries.at(-1)).toMatchObject({
    type: 'webhook.refused',
    code: 'request/message-changed',
    actor: { id: sender.id },
    data: { playbook: 'hears-scanner', trigger: 'heard' },
  });
});

it('held back: what was sent more than five minutes ago, or will be, is 401 under any id, and written down', async () => {
  const before = await signals();
  for (const [n, seconds] of [-301, -86_400, 330, 1e9].entries()) {
    const stale = { 'webhook-timestamp': String(now() + seconds) };
    const answer = await send('stale', `msg_stale_${n}`, stale);
    expect(answer).toMatchObject({ status: 401, body: { code: 'auth/stale-message' } });
  }
  // A time that merely begins like one does not pass for it.
  for (const time of [`${now()}x`, '1e10', '-1', ' ', 'NaN', 'Infinity', '9'.repeat(13)])
    expect((await send('stale', 'msg_odd', { 'webhook-timestamp': time })).status, time).toBe(400);
  expect(await signals()).toBe(before);
  const refused = (await fresh()).filter(({ type }) => type === 'webhook.refused');
  expect(refused.map(({ code }) => code)).toEqual(Array(4).fill('auth/stale-message'));
});

it('overtaken: two that arrive in the wrong order are each done once, and the earlier is no repeat of the later', async () => {
  const later = { 'webhook-timestamp': String(now()) };
  const earlier = { 'webhook-timestamp': String(now() - 60) };
  for (const [finding, more] of [
    ['second', later],
    ['first', earlier],
    ['second', later],
    ['first', earlier],
  ] as const)
    expect((await send(finding, `msg_${finding}`, more)).status).toBe(202);
  await rest();
  expect(
    told()
      .filter((text) => /first|second/.test(text))
      .sort(),
  ).toEqual(['Found first', 'Found second']);
  expect((await fresh()).map(({ type }) => type)).toEqual([
    'webhook.accepted',
    'webhook.accepted',
    'webhook.duplicate',
    'webhook.duplicate',
  ]);
});
