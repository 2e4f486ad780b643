import { randomBytes } from 'node:crypto';
import { rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { openWebhookSecrets } from '../../api/process/open-webhook-secrets.ts';
import { signMessage } from '../../engine/runtime/outward/sign-message.ts';
import { madePlaybook } from '../corridor/questions.ts';
import { madeSecrets } from '../support/made-secrets.ts';
import { temporaryFolder } from '../support/temp-folder.ts';
import { openWholeProcess, type WholeProcess } from '../support/whole-process.ts';

/* Secrets of webhook triggers that are exchanged, lost or mixed up while a process runs. */

const folder = await temporaryFolder();
const fileOf = (id: string) => join(folder, id);
let whole: WholeProcess;
let sender: { id: string; secret: string };

beforeAll(async () => {
  const webhooks = ['hears-one', 'hears-two'].map((playbook) => ({
    playbook,
    trigger: 'heard',
    secrets: [{ kind: 'file', path: fileOf(playbook) } as const],
  }));
  whole = await openWholeProcess({ webhookSecrets: openWebhookSecrets(webhooks, madeSecrets()) });
  const ola = await whole.person('ola', ['operator']);
  for (const { playbook } of webhooks) {
    const text = madePlaybook(
      playbook,
      '  - id: tell\n    action: chat.post-message\n    with: { channel: soc, text: heard }\n',
    ).replace(/ {2}- id: on_alert[\s\S]*?inputs:[\s\S]*?steps:/, '  - id: heard\n    type: webhook\nsteps:');
    const published = await whole.call('PUT', `/v1/playbooks/${playbook}/versions`, ola.token, text, {
      'content-type': 'application/yaml',
    });
    expect(published.status, JSON.stringify(published.body)).toBe(200);
  }
  sender = await whole.service('scanner', ['analyst']);
});
afterAll(() => whole.close());

/** As an operator exchanges it: written beside it and put in its place. */
async function put(id: string, text: string): Promise<void> {
  await writeFile(`${fileOf(id)}.next`, text);
  await rename(`${fileOf(id)}.next`, fileOf(id));
}
const textOf = (secret: Buffer) => `whsec_${secret.toString('base64')}\n`;

let [one, two] = [randomBytes(32), randomBytes(32)];
beforeEach(async () => {
  [one, two] = [randomBytes(32), randomBytes(32)];
  await put('hears-one', textOf(one));
  await put('hears-two', textOf(two));
});

let sent = 0;
function send(to: string, secret: Buffer, id = `msg_${sent++}`) {
  const body = '{"finding":"a worm"}';
  const headers = signMessage([secret], { id, timestamp: Math.floor(Date.now() / 1000), body });
  return whole.call('POST', `/v1/webhooks/${to}/heard`, '', body, headers);
}
async function secretCheck() {
  const { status, body } = await whole.call('GET', '/readyz', '');
  const checks = body.checks as { name: string; ok: boolean; detail: string }[];
  return { status, check: checks.find(({ name }) => name === 'webhook-secrets') };
}

it('exchanged between two messages: the old one is refused from then on, and the new one taken', async () => {
  expect((await send('hears-one', one)).status).toBe(202);
  const fresh = randomBytes(32);
  expect((await send('hears-one', fresh)).status).toBe(401);
  await put('hears-one', textOf(fresh));
  expect((await send('hears-one', one)).status).toBe(401);
  expect((await send('hears-one', fresh)).status).toBe(202);
});

it('while two stand in it, both are taken', async () => {
  const fresh = randomBytes(32);
  await put('hears-one', `${textOf(one).trim()} ${textOf(fresh)}`);
  expect((await send('hears-one', one)).status).toBe(202);
  expect((await send('hears-one', fresh)).status).toBe(202);
});

it.each([
  ['gone', () => rm(fileOf('hears-one'))],
  ['no secret of a webhook', () => put('hears-one', 'canary-hunter2')],
  ['empty', () => put('hears-one', '\n')],
])(
  '%s: neither a genuine nor a forged message is taken, the sender is told to come again, and the rest works',
  async (_, lose) => {
    await lose();
    for (const secret of [one, randomBytes(32)]) {
      const answer = await send('hears-one', secret);
      expect(answer).toMatchObject({ status: 503, body: { code: 'auth/secret-unreadable' } });
      expect(answer.headers.get('retry-after')).toBe('30');
      expect(JSON.stringify(answer.body)).not.toMatch(/canary|hears-one"|folder/);
    }
    // No token goes around it.
    const token = await whole.call('POST', '/v1/webhooks/hears-one/heard', sender.secret, '{}');
    expect(token).toMatchObject({ status: 403, body: { code: 'auth/unsigned' } });
    expect((await send('hears-two', two)).status).toBe(202);
    // Ready all the same: whoever has to approve comes in here.
    await expect.poll(secretCheck, { timeout: 10_000 }).toEqual({
      status: 200,
      check: { name: 'webhook-secrets', ok: false, detail: 'auth/secret-unreadable: 1 of 2 triggers' },
    });
    await put('hears-one', textOf(one));
    expect((await send('hears-one', one)).status).toBe(202);
    await expect.poll(async () => (await secretCheck()).check?.ok, { timeout: 10_000 }).toBe(true);
  },
);

it('what was not taken is an entry, with the reason and without the place', async () => {
  await rm(fileOf('hears-one'));
  await send('hears-one', one);
  await whole.riposte.identity.settle();
  const entries = (await whole.entries()).filter(({ code }) => code === 'auth/secret-unreadable');
  expect(entries.at(-1)).toMatchObject({
    type: 'webhook.refused',
    data: { playbook: 'hears-one', trigger: 'heard' },
  });
  expect(JSON.stringify(entries)).not.toContain(folder);
});

it('exchanged for the secret of another trigger: what was sent to one does not pass at the other', async () => {
  expect((await send('hears-one', one, 'msg_recorded')).status).toBe(202);
  await put('hears-two', textOf(one));
  expect((await send('hears-two', one, 'msg_recorded')).body.code).toBe('auth/secret-unreadable');
  // The first gets a new one; the second may keep what only it has now, though nothing came to the first since.
  const fresh = randomBytes(32);
  await put('hears-one', textOf(fresh));
  expect((await send('hears-two', one, 'msg_other')).status).toBe(202);
  expect((await send('hears-one', fresh)).status).toBe(202);
});
