import { createHmac, timingSafeEqual } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { streamEvent } from '../../engine/core/outward/stream-event.ts';
import { createLines } from '../../engine/runtime/http/open-line.ts';
import { createHttp } from '../../engine/runtime/http/send-http.ts';
import { openApprovalLinks } from '../../engine/runtime/outward/approval-links.ts';
import { changeStream } from '../../engine/runtime/outward/change-stream.ts';
import { type KeeperParts, keepStreams } from '../../engine/runtime/outward/keep-streams.ts';
import { signMessage } from '../../engine/runtime/outward/sign-message.ts';
import { listStreams } from '../../engine/runtime/read/list-streams.ts';
import { followVariable } from '../../engine/runtime/secrets/follow-variable.ts';
import type { Database } from '../../engine/runtime/store/database.ts';
import { mintId, type RunId } from '../../schemas/ids.ts';
import { seedWaitingRun } from '../api/seed.ts';
import { draft, tenant } from '../audit/draft-entry.ts';
import { numbered, record, sequencerOf } from '../audit/open-log.ts';
import { useDatabase } from '../support/database.ts';
import { madeSecrets } from '../support/made-secrets.ts';

/** A receiver of Standard Webhooks that verifies by itself, over real HTTP. */
const database = await useDatabase();
const sequencer = sequencerOf(database.sequencer);
const secretText = (fill: number) => `whsec_${Buffer.alloc(32, fill).toString('base64')}`;
const variables: { [name: string]: string } = {};
const who = {
  actor: { kind: 'service', id: 'tok_ops', channel: 'api' } as const,
  requestId: 'req_1',
};
const http = createHttp({ allowPrivate: true });
const parts: KeeperParts = {
  database: database.app,
  tenant,
  mint: mintId,
  log: () => undefined,
  http,
  lines: createLines({ allowPrivate: true }),
  host: 'riposte.example',
  secret: (name) => followVariable(madeSecrets(variables), name),
  links: openApprovalLinks(database.app, tenant, 'https://riposte.example'),
};
const closing: (() => Promise<unknown>)[] = [];

interface Received {
  id: string;
  body: { type: string; id: string; time: string; data: { index: number; [name: string]: unknown } };
}

interface Receiver {
  url: string;
  taken: Received[];
  status: number;
  key: Buffer;
}

async function receive(): Promise<Receiver> {
  const receiver: Receiver = { url: '', taken: [], status: 204, key: Buffer.alloc(32, 1) };
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk) => chunks.push(chunk));
    request.on('end', () => {
      const body = Buffer.concat(chunks);
      const { 'webhook-id': id, 'webhook-timestamp': time, 'webhook-signature': given } = request.headers;
      const wanted = createHmac('sha256', receiver.key).update(`${id}.${time}.`).update(body).digest();
      const fits = String(given)
        .split(' ')
        .some((each) => {
          const bytes = Buffer.from(each.replace(/^v1,/, ''), 'base64');
          return bytes.length === wanted.length && timingSafeEqual(bytes, wanted);
        });
      const status = fits ? receiver.status : 401;
      if (status < 300) receiver.taken.push({ id: String(id), body: JSON.parse(body.toString('utf8')) });
      response.writeHead(status).end();
    });
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  closing.push(() => {
    server.closeAllConnections();
    return new Promise((done) => server.close(done));
  });
  receiver.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`;
  return receiver;
}

async function open(id: string, url: string, types: string[] = []): Promise<void> {
  const stream = { kind: 'webhook' as const, id, url, types, secretName: 'STREAM_SECRET_A' };
  expect(await changeStream(parts, { kind: 'create', stream }, who)).toEqual({ ok: true, error: null });
  await sequencer.flush();
  // What was written about the stream itself would be told as well; the tests look at what follows.
  await database.owner.query(
    'update outward_streams set position = (select max(idx) + 1 from audit_log) where id = $1',
    [id],
  );
}

async function sealed(count: number, from = 0): Promise<string[]> {
  const ids = await record(database, numbered(count, from));
  await sequencer.flush();
  return ids;
}

/** As if the waiting time, or the lease of an engine that died, were over. */
const makeDue = () =>
  database.owner.query('update outward_streams set next_try_at = clock_timestamp(), lease_until = null');
const only = async () => (await listStreams(database.app, tenant, {}, { limit: 50 })).items[0];

beforeEach(async () => {
  variables.STREAM_SECRET_A = secretText(1);
  await sealed(1);
});
afterEach(async () => {
  await database.owner.query('delete from outward_streams');
  for (const close of closing.splice(0)) await close();
});

test('the vector of Standard Webhooks', () => {
  const secret = Buffer.from('MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', 'base64');
  const message = { id: 'msg_p5jXN8AQM9LWM0D4loKWxJek', timestamp: 1614265330, body: '{"test": 2432232314}' };
  expect(signMessage([secret], message)['webhook-signature']).toBe(
    'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
  );
});

test('entries arrive in the order of the log, under their own ids, and data and reason stay inside', async () => {
  const receiver = await receive();
  await open('siem', receiver.url);
  const ids = await sealed(3);
  expect(await keepStreams(parts)).toBe(3);
  expect(receiver.taken.map(({ id }) => id)).toEqual(ids);
  expect(receiver.taken[0]?.body).toMatchObject({ type: 'alert.accepted', id: ids[0] });
  expect(JSON.stringify(receiver.taken)).not.toContain('entry 0');
  expect(await only()).toMatchObject({ state: 'current', lag: 0 });
});

test('what asks people to come carries a link to the question, signed and without a right, and nothing else does', async () => {
  const receiver = await receive();
  await open('chat', receiver.url, ['approval.*']);
  const { runId, approvalId, digest } = await seedWaitingRun(database.owner);
  const actor = { kind: 'playbook', id: 'isolate-host', channel: 'engine' } as const;
  const about = { actor, runId: runId as RunId, step: 'run/isolate', planDigest: digest };
  await record(database, [
    { ...about, type: 'approval.requested' },
    { ...about, type: 'approval.reminded' },
    { ...about, type: 'approval.denied', approvalId },
    { ...about, type: 'approval.requested', planDigest: `sha256:${'0'.repeat(64)}` },
  ]);
  await sequencer.flush();
  expect(await keepStreams(parts)).toBe(4);
  const links = receiver.taken.map(({ body }) => body.data.link);
  expect(links.slice(2)).toEqual([undefined, undefined]);
  for (const link of links.slice(0, 2)) {
    expect(link).toMatch(/^https:\/\/riposte\.example\/n\/apr_/);
    const opened = await parts.links.open(String(link).split('/n/')[1] ?? '', Date.now());
    expect(opened).toEqual({ ok: true, approvalId, personId: null });
  }
});

test('a filter passes over what it does not want', async () => {
  const receiver = await receive();
  await open('siem', receiver.url, ['stop.*']);
  await sealed(2);
  const [stop] = await record(database, [draft({ type: 'stop.set' })]);
  await sealed(2);
  await keepStreams(parts);
  expect(receiver.taken.map(({ id }) => id)).toEqual([stop]);
  expect(await only()).toMatchObject({ lag: 0 });
});

test('a receiver that is down holds up its own stream only, and gets everything in order later', async () => {
  const [down, up] = [await receive(), await receive()];
  await open('down', down.url);
  await open('up', up.url);
  const ids = await sealed(4);
  down.status = 503;
  await keepStreams(parts);
  expect(up.taken.map(({ id }) => id)).toEqual(ids);
  expect(await only()).toMatchObject({
    id: 'down',
    state: 'failing',
    attempts: 1,
    lastError: 'the receiver answered 503',
  });
  ids.push(...(await sealed(2, 4)));
  down.status = 200;
  await makeDue();
  await keepStreams(parts);
  expect(down.taken.map(({ id }) => id).slice(-6)).toEqual(ids);
  expect(await only()).toMatchObject({ state: 'current', lastError: null });
});

test('a death between sending and moving repeats the entry under the same id and skips none', async () => {
  const receiver = await receive();
  await open('siem', receiver.url);
  const ids = await sealed(3);
  let moves = 0;
  const dying: Database = {
    ...database.app,
    query: (text, values) => {
      if (text.includes('set position = $5')) moves += 1;
      if (moves === 2) throw new Error('the process is gone');
      return database.app.query(text, values);
    },
  };
  await keepStreams({ ...parts, database: dying });
  await makeDue();
  await keepStreams(parts);
  expect(receiver.taken.map(({ id }) => id)).toEqual([ids[0], ids[1], ids[1], ids[2]]);
});

test('two engines never send for one stream at a time', async () => {
  const receiver = await receive();
  await open('siem', receiver.url);
  const ids = await sealed(30);
  while ((await only())?.lag !== 0) await Promise.all([keepStreams(parts), keepStreams(parts)]);
  expect(receiver.taken.map(({ id }) => id)).toEqual(ids);
});

test('while secrets are exchanged both receivers verify', async () => {
  const receiver = await receive();
  receiver.key = Buffer.alloc(32, 2);
  variables.STREAM_SECRET_A = `${secretText(1)} ${secretText(2)}`;
  await open('siem', receiver.url);
  await sealed(1);
  expect(await keepStreams(parts)).toBe(1);
});

test('private addresses are refused unless the installation admits them, and nothing is lost', async () => {
  const receiver = await receive();
  await open('siem', receiver.url);
  await sealed(1);
  const guarded = createHttp();
  closing.push(() => guarded.close());
  expect(await keepStreams({ ...parts, http: guarded })).toBe(0);
  expect(await only()).toMatchObject({ lag: 1, lastError: expect.stringContaining('not on the allow list') });
  expect(receiver.taken).toEqual([]);
});

test('without a whole secret nothing is sent, and the error names the variable only', async () => {
  const receiver = await receive();
  await open('siem', receiver.url);
  await sealed(1);
  variables.STREAM_SECRET_A = 'whsec_c2hvcnQ=';
  expect(await keepStreams(parts)).toBe(0);
  const stream = await only();
  expect(stream?.lastError).toContain('STREAM_SECRET_A');
  expect(stream?.lastError).not.toContain('c2hvcnQ');
});

test('a day of failures is written into the log once', async () => {
  const receiver = await receive();
  await open('siem', receiver.url, ['alert.*']);
  await sealed(1);
  receiver.status = 500;
  await keepStreams(parts);
  await database.owner.query(
    "update outward_streams set failing_since = clock_timestamp() - interval '25 hours'",
  );
  for (let n = 0; n < 2; n += 1) {
    await makeDue();
    await keepStreams(parts);
  }
  await sequencer.flush();
  const { rows } = await database.owner.query("select 1 from audit_log where type = 'stream.failing'");
  expect(rows).toHaveLength(1);
});

test('a paused stream keeps its position; every change has its entry, and the test says what it met', async () => {
  const receiver = await receive();
  await open('siem', receiver.url);
  await changeStream(parts, { kind: 'pause', id: 'siem' }, who);
  await sealed(1);
  expect(await keepStreams(parts)).toBe(0);
  receiver.status = 500;
  expect(await changeStream(parts, { kind: 'test', id: 'siem' }, who)).toEqual({
    ok: true,
    error: 'the receiver answered 500',
  });
  receiver.status = 200;
  await changeStream(parts, { kind: 'resume', id: 'siem' }, who);
  await changeStream(parts, { kind: 'remove', id: 'siem' }, who);
  expect(await changeStream(parts, { kind: 'pause', id: 'siem' }, who)).toMatchObject({
    code: 'request/not-found',
  });
  await sequencer.flush();
  const { rows } = await database.owner.query<{ type: string }>(
    "select type from audit_log where type like 'stream.%' and type <> 'stream.failing' order by idx desc limit 6",
  );
  expect(rows.map(({ type }) => type)).toEqual([
    'stream.refused',
    'stream.removed',
    'stream.resumed',
    'stream.tested',
    'stream.paused',
    'stream.created',
  ]);
});

test('bytes that are no entry are told without fields and hold up nothing', () => {
  const sealed = { index: 7, log: '1', id: 'ent_7', type: 'stop.set', at: '2026-01-02T03:04:05.678Z' };
  expect(streamEvent({ ...sealed, text: '{' }, null)).toMatchObject({
    id: 'ent_7',
    data: { log: '1', index: 7 },
  });
});

test('an address that is none, and a type that no entry has, are refused', async () => {
  const stream = {
    kind: 'webhook' as const,
    id: 'x',
    url: 'ftp://a.example/',
    types: [],
    secretName: 'STREAM_SECRET_A',
  };
  expect(await changeStream(parts, { kind: 'create', stream }, who)).toMatchObject({
    code: 'request/invalid',
  });
  const misspelt = { ...stream, url: 'https://a.example/', types: ['aproval.*'] };
  expect(await changeStream(parts, { kind: 'create', stream: misspelt }, who)).toMatchObject({
    detail: expect.stringContaining('aproval.*'),
  });
  await sequencer.flush();
  const { rows } = await database.owner.query<{ entry: Buffer }>(
    "select entry from audit_log where type = 'stream.refused' order by idx desc limit 2",
  );
  for (const { entry } of rows) {
    const told = JSON.parse(entry.toString()) as unknown;
    const data = { stream: 'x', change: 'create' };
    expect(told).toMatchObject({ code: 'request/invalid', outcome: 'failure', actor: who.actor, data });
  }
  expect(rows).toHaveLength(2);
});

test('the database does not let a stream move back', async () => {
  const receiver = await receive();
  await open('siem', receiver.url);
  await expect(database.app.query('update outward_streams set position = 0')).rejects.toThrow('forward');
});
