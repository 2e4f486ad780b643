import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { allRoutes } from '../../api/routes/all-routes.ts';
import { signMessage } from '../../engine/runtime/outward/sign-message.ts';
import { madePlaybook, until } from '../corridor/questions.ts';
import { openWholeProcess, type WholeProcess } from '../support/whole-process.ts';

/* T15, of a trigger that has a secret: the signature takes the place of a token, and nothing goes around it. */

const [now, before, foreign] = [randomBytes(32), randomBytes(24), randomBytes(32)];
const path = '/v1/webhooks/hears-signed/heard';
const source = (id: string) =>
  madePlaybook(
    id,
    `  - id: tell
    action: chat.post-message
    with: { channel: soc, text: "Found \${{ alert.raw.finding }}" }
`,
  ).replace(/ {2}- id: on_alert[\s\S]*?inputs:[\s\S]*?steps:/, '  - id: heard\n    type: webhook\nsteps:');

let whole: WholeProcess;
let sender: { id: string; secret: string };
let seen = 0;

beforeAll(async () => {
  whole = await openWholeProcess({
    webhookSecrets: new Map([
      ['hears-signed/heard', async () => [now, before]],
      ['hears-other/heard', async () => [foreign]],
      ['hears-nothing/heard', async () => [now]],
    ]),
  });
  const ola = await whole.person('ola', ['operator']);
  for (const id of ['hears-signed', 'hears-other', 'hears-plain']) {
    const published = await whole.call('PUT', `/v1/playbooks/${id}/versions`, ola.token, source(id), {
      'content-type': 'application/yaml',
    });
    expect(published.status, JSON.stringify(published.body)).toBe(200);
  }
  sender = await whole.service('scanner', ['analyst']);
});
afterAll(() => whole.close());
beforeEach(async () => {
  await whole.riposte.identity.settle();
  seen = (await whole.entries()).length;
});

const seconds = () => Math.floor(Date.now() / 1_000);
const signals = async () =>
  (await whole.database.app.query("select 1 from signals where type = 'webhook'")).rows.length;
const fresh = async () => (await whole.entries()).slice(seen).filter(({ type }) => /webhook|auth/.test(type));

interface Sent {
  id?: string;
  timestamp?: number;
  body?: string;
  secrets?: Buffer[];
  to?: string;
  token?: string;
  headers?: { [name: string]: string };
}

/** Signed as it should be, but for what `change` says. */
async function send(change: Sent = {}) {
  const {
    id = `msg_${Math.random().toString(36).slice(2)}`,
    timestamp = seconds(),
    body = '{"finding":"a worm"}',
  } = change;
  const signed = signMessage(change.secrets ?? [now], { id, timestamp, body });
  return whole.call('POST', change.to ?? path, change.token ?? '', body, { ...signed, ...change.headers });
}

/** What a stranger learns: status, words and headers, without what differs from request to request. */
function learnt({ status, body, headers }: Awaited<ReturnType<typeof send>>) {
  const { requestId: _, instance: __, ...words } = body;
  const kept = [...headers].filter(
    ([name]) => !['date', 'x-request-id', 'content-length', 'etag'].includes(name),
  );
  return { status, words, headers: kept };
}

it('signed: it is taken without any token, once, by either secret while they are exchanged', async () => {
  const had = await signals();
  expect(await send({ id: 'msg_1' })).toMatchObject({ status: 202, body: { duplicate: false } });
  expect(await send({ secrets: [before] })).toMatchObject({ status: 202 });
  // A sender that exchanges its secret signs with both; one of them is known.
  expect(await send({ secrets: [foreign, now] })).toMatchObject({ status: 202 });
  const later = {
    'webhook-signature': `v1a,AAAA v2,whatever ${signMessage([now], { id: 'msg_2', timestamp: seconds(), body: '{}' })['webhook-signature']}`,
  };
  expect(await send({ id: 'msg_2', body: '{}', headers: later })).toMatchObject({ status: 202 });
  expect(await signals()).toBe(had + 4);
  await until(async () => (whole.lab.estate.messages() as unknown[]).length >= 3);
  expect((await fresh())[0]).toMatchObject({
    type: 'webhook.accepted',
    actor: { kind: 'source', id: 'webhook:hears-signed/heard' },
    data: { playbook: 'hears-signed', trigger: 'heard' },
  });
});

it('forged in any way: 401 with the same words as an address that is none, and one entry with the number of the rest', async () => {
  const had = await signals();
  const nowhere = learnt(await send({ to: '/v1/webhooks/none/none' }));
  expect(nowhere).toMatchObject({ status: 401, words: { code: 'auth/required' } });
  const good = signMessage([now], { id: 'msg_x', timestamp: seconds(), body: '{"finding":"a worm"}' });
  const signature = good['webhook-signature'] ?? '';
  const forgeries: Sent[] = [
    { secrets: [foreign] },
    { headers: { 'webhook-signature': 'v1,' } },
    { headers: { 'webhook-signature': `v1,${Buffer.alloc(32).toString('base64')}` } },
    { headers: { 'webhook-signature': signature.replace('v1,', 'v2,') } },
    { headers: { 'webhook-signature': signature.replace('v1,', '') } },
    { headers: { 'webhook-signature': `${signature}=` } },
    { id: 'msg_x', headers: { ...good, 'webhook-id': 'msg_y' } },
    { id: 'msg_x', headers: { ...good, 'webhook-timestamp': String(seconds() + 1) } },
    { id: 'msg_x', body: '{"finding":"another"}', headers: good },
    { id: 'msg.x' },
    { id: 'm'.repeat(65) },
    { headers: { 'webhook-id': '' } },
    { headers: { 'webhook-timestamp': `${seconds()}x` } },
    { secrets: [foreign], token: sender.secret },
  ];
  for (const each of forgeries) expect(learnt(await send(each)), JSON.stringify(each)).toEqual(nowhere);
  // A wrong token, and a body that cannot be read, are what they are at an address that is none.
  for (const each of [
    { token: 'guessed' },
    { headers: { 'content-type': 'text/plain' } },
    { body: '{"finding":' },
    { body: ' '.repeat(300_000) },
  ]) {
    const there = learnt(await send({ secrets: [foreign], ...each }));
    expect(there).toEqual(learnt(await send({ secrets: [foreign], ...each, to: '/v1/webhooks/none/none' })));
    expect(there.status).toBeGreaterThanOrEqual(400);
  }
  // Signed by somebody who has the secret of another trigger, or for a playbook that is not there.
  expect(learnt(await send({ to: '/v1/webhooks/hears-other/heard' }))).toEqual(nowhere);
  expect(learnt(await send({ to: '/v1/webhooks/hears-nothing/heard' }))).toEqual(nowhere);
  expect(await signals()).toBe(had);
  await whole.riposte.identity.settle();
  const refused = (await fresh()).filter(({ type }) => type === 'webhook.refused');
  expect(refused.map(({ code, data }) => [code, data?.playbook, data?.count])).toEqual([
    ['auth/bad-signature', 'hears-signed', 1],
    ['auth/bad-signature', 'hears-other', 1],
    ['request/not-found', 'hears-nothing', 1],
    ['auth/bad-signature', 'hears-signed', forgeries.length],
  ]);
  expect(JSON.stringify(refused)).not.toContain(signature.slice(3));
});

it('played back: within five minutes it is the same signal, afterwards 401 like a forgery; neither fills the log', async () => {
  const had = await signals();
  const message = { id: 'msg_recorded', timestamp: seconds() };
  const first = await send(message);
  expect(first).toMatchObject({ status: 202, body: { duplicate: false } });
  for (let n = 0; n < 10; n++)
    expect(await send({ ...message, headers: { 'idempotency-key': `another-${n}` } })).toMatchObject({
      status: 202,
      body: { id: first.body.id, duplicate: true },
    });
  expect((await whole.database.app.query('select 1 from idempotency_keys')).rows).toEqual([]);
  const forged = learnt(await send({ secrets: [foreign] }));
  for (const timestamp of [seconds() - 301, seconds() + 330, 1, 999_999_999_999])
    expect(learnt(await send({ timestamp }))).toEqual(forged);
  const unstorable = { body: '{"finding":"\\u0000"}' };
  for (let n = 0; n < 3; n++) {
    expect(await send({ ...message, body: '{"finding":"something else"}' })).toMatchObject({
      status: 409,
      body: { code: 'request/message-changed' },
    });
    // Found by the parser, and no entry.
    expect(await send(unstorable)).toMatchObject({ status: 400, body: { code: 'request/invalid' } });
  }
  expect(await signals()).toBe(had + 1);
  await whole.riposte.identity.settle();
  const told = (await fresh()).map(({ type, code, data }) =>
    `${type} ${code ?? ''} ${data?.count ?? ''}`.trim(),
  );
  expect(told.sort()).toEqual(
    [
      'webhook.accepted',
      'webhook.duplicate  1',
      'webhook.duplicate  9',
      'webhook.refused auth/bad-signature 1',
      'webhook.refused auth/stale-message 1',
      'webhook.refused auth/stale-message 3',
      'webhook.refused request/message-changed 1',
      'webhook.refused request/message-changed 2',
    ].sort(),
  );
});

it('signed messages open the door of their trigger and no other', async () => {
  for (const { method, path: address, permission, signable } of allRoutes) {
    if (permission === 'public' || signable === true) continue;
    const body = method === 'get' ? undefined : '{}';
    const signed = signMessage([now], { id: 'msg_door', timestamp: seconds(), body: body ?? '' });
    const to = address.replaceAll(/\{[^{}]+\}/g, 'hears-signed');
    const answer = await whole.call(method.toUpperCase(), to, '', body, signed);
    expect([answer.status, answer.body.code], `${method} ${to}`).toEqual([401, 'auth/required']);
  }
});

it('without a signature: a token is refused at a trigger that has a secret, and still good elsewhere', async () => {
  const had = await signals();
  const plain = (to: string, token: string) =>
    whole.call('POST', to, token, { finding: 'unsigned' }, { 'webhook-id': 'msg_plain' });
  expect(await plain(path, sender.secret)).toMatchObject({ status: 403, body: { code: 'auth/unsigned' } });
  expect((await plain(path, '')).status).toBe(401);
  expect((await plain(path, 'guessed')).status).toBe(401);
  expect(await signals()).toBe(had);
  expect((await plain('/v1/webhooks/hears-plain/heard', sender.secret)).status).toBe(202);
  // A signature says nothing where there is no secret.
  expect((await send({ to: '/v1/webhooks/hears-plain/heard' })).status).toBe(401);
  expect(await signals()).toBe(had + 1);
});

it('a header that came twice is 400, whichever of them is right', async () => {
  const body = '{"finding":"twice"}';
  const signed = signMessage([now], { id: 'msg_twice', timestamp: seconds(), body });
  for (const name of ['webhook-id', 'webhook-timestamp', 'webhook-signature']) {
    // fetch joins them; two lines need a socket.
    const lines = [...Object.entries(signed), [name, signed[name] ?? '']].map(
      ([key, value]) => `${key}: ${value}`,
    );
    expect(await raw([...lines, `content-length: ${body.length}`], body), name).toMatch(/^HTTP\/1\.1 400 /);
  }
});

it('bytes that are no UTF-8, or too many of them, are refused whoever signed them', async () => {
  const body = Buffer.concat([Buffer.from('{"finding":"'), Buffer.from([0xff, 0xfe]), Buffer.from('"}')]);
  const { createHmac } = await import('node:crypto');
  const timestamp = String(seconds());
  const signature = createHmac('sha256', now).update(`msg_bytes.${timestamp}.`).update(body).digest('base64');
  const headers = {
    'webhook-id': 'msg_bytes',
    'webhook-timestamp': timestamp,
    'webhook-signature': `v1,${signature}`,
  };
  const answer = await whole.call('POST', path, '', new Uint8Array(body), headers);
  expect(answer).toMatchObject({ status: 400, body: { code: 'request/invalid' } });
  const large = JSON.stringify({ finding: 'x'.repeat(300_000) });
  expect((await send({ body: large })).status).toBe(413);
});

async function raw(lines: string[], body: string): Promise<string> {
  const { connect } = await import('node:net');
  const { hostname, port } = new URL(whole.url);
  const socket = connect(Number(port), hostname);
  socket.write(
    `POST ${path} HTTP/1.1\r\nhost: ${hostname}\r\nconnection: close\r\n${lines.join('\r\n')}\r\n\r\n${body}`,
  );
  let answer = '';
  for await (const chunk of socket) answer += String(chunk);
  return answer;
}
