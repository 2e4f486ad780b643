import { createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type LineKind, lineFrame, syslogMessage } from '../../engine/core/outward/line-frame.ts';
import { createLines } from '../../engine/runtime/http/open-line.ts';
import { createHttp } from '../../engine/runtime/http/send-http.ts';
import { openApprovalLinks } from '../../engine/runtime/outward/approval-links.ts';
import { changeStream } from '../../engine/runtime/outward/change-stream.ts';
import { type KeeperParts, keepStreams } from '../../engine/runtime/outward/keep-streams.ts';
import { fittingFrames } from '../../engine/runtime/outward/tell-line.ts';
import { listStreams } from '../../engine/runtime/read/list-streams.ts';
import type { Database } from '../../engine/runtime/store/database.ts';
import { mintId } from '../../schemas/ids.ts';
import { draft, tenant } from '../audit/draft-entry.ts';
import { numbered, record, sequencerOf } from '../audit/open-log.ts';
import { useDatabase } from '../support/database.ts';
import { noSecret } from '../support/made-secrets.ts';
import { authorityPem, serverKeyPem, serverPem } from './test-authority.ts';

/* Receivers behind a plain or a TLS connection, over real sockets: what they have read is what counts. */

const database = await useDatabase();
const sequencer = sequencerOf(database.sequencer);
const who = { actor: { kind: 'service', id: 'tok_ops', channel: 'api' } as const, requestId: 'req_1' };
const parts: KeeperParts = {
  database: database.app,
  tenant,
  mint: mintId,
  log: () => undefined,
  http: createHttp({ allowPrivate: true }),
  lines: createLines({ allowPrivate: true }),
  host: 'riposte.example',
  secret: noSecret,
  links: openApprovalLinks(database.app, tenant, 'https://riposte.example'),
};
const closing: (() => Promise<unknown>)[] = [];

interface Receiver {
  port: number;
  /** What each connection brought, whole or not. */
  connections: Buffer[][];
  /** Does something to a connection instead of reading it to its end. */
  trouble: ((socket: Socket, read: number) => void) | null;
}

/** Reads to the end and closes its side, as syslog servers do. */
async function receive(kind: 'tcp' | 'tls'): Promise<Receiver> {
  const receiver: Receiver = { port: 0, connections: [], trouble: null };
  const open = new Set<Socket>();
  const take = (socket: Socket) => {
    open.add(socket);
    socket.on('error', () => undefined).on('close', () => open.delete(socket));
    const chunks: Buffer[] = [];
    receiver.connections.push(chunks);
    let read = 0;
    socket.on('data', (chunk: Buffer) => {
      chunks.push(chunk);
      read += chunk.length;
      receiver.trouble?.(socket, read);
    });
  };
  const server: Server =
    kind === 'tcp'
      ? createServer(take)
      : createTlsServer({ cert: serverPem, key: serverKeyPem }, take).on('tlsClientError', () => undefined);
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  closing.push(() => {
    for (const socket of open) socket.destroy();
    return new Promise((done) => server.close(done));
  });
  const address = server.address();
  receiver.port = address !== null && typeof address === 'object' ? address.port : 0;
  return receiver;
}

const linesOf = (receiver: Receiver) =>
  receiver.connections.map((chunks) =>
    Buffer.concat(chunks)
      .toString('utf8')
      .split('\n')
      .filter((line) => line !== ''),
  );

/** RFC 6587 3.4.1, by itself: a length, a blank, so many octets. Half a message at the end is left out. */
function octetCounted(bytes: Buffer): string[] {
  const messages: string[] = [];
  for (let at = 0; at < bytes.length; ) {
    const blank = bytes.indexOf(32, at);
    const length = Number(bytes.subarray(at, blank).toString());
    if (blank + 1 + length > bytes.length) break;
    messages.push(bytes.subarray(blank + 1, blank + 1 + length).toString('utf8'));
    at = blank + 1 + length;
  }
  return messages;
}

const idOf = (line: string) => (JSON.parse(line) as { id: string }).id;

async function open(
  url: string,
  kind: LineKind = 'json-lines',
  more: { authority?: string; types?: string[] } = {},
): Promise<void> {
  const stream = { id: 'siem', kind, url, types: more.types ?? [], authority: more.authority ?? null };
  expect(await changeStream(parts, { kind: 'create', stream }, who)).toEqual({ ok: true, error: null });
  await sequencer.flush();
  await database.owner.query('update outward_streams set position = (select max(idx) + 1 from audit_log)');
}

async function sealed(count: number, from = 0): Promise<string[]> {
  const ids = await record(database, numbered(count, from));
  await sequencer.flush();
  return ids;
}

const makeDue = () =>
  database.owner.query('update outward_streams set next_try_at = clock_timestamp(), lease_until = null');
const only = async () => (await listStreams(database.app, tenant, {}, { limit: 50 })).items[0];

beforeEach(async () => void (await sealed(1)));
afterEach(async () => {
  await database.owner.query('delete from outward_streams');
  for (const close of closing.splice(0)) await close();
});

describe('a message', () => {
  const event = {
    type: 'approval.granted',
    id: 'ent_1',
    time: '2026-01-02T03:04:05.678Z',
    data: { log: '1', index: 7, runId: 'run_"1]\\', outcome: 'denied' },
  };

  test('is RFC 5424 with the ids as structured data', () => {
    expect(syslogMessage(event, 'riposte.example')).toBe(
      `<109>1 2026-01-02T03:04:05.678Z riposte.example riposte - approval.granted [riposte@32473 id="ent_1" log="1" index="7" run="run_\\"1\\]\\\\"] ${JSON.stringify(event)}`,
    );
  });

  test('has a header of printable ASCII whatever it is told, and says - where there is nothing', () => {
    const odd = { ...event, type: `x${' '.repeat(3)}${'y'.repeat(40)}` };
    const [, , host, , , id] = syslogMessage(odd, 'wörks\u202e').split(' ');
    expect(host).toBe('w?rks?');
    expect(id).toBe(`x???${'y'.repeat(28)}`);
    expect(syslogMessage(event, '').split(' ')[2]).toBe('-');
  });

  test('is counted in octets, not in characters', () => {
    const [message] = octetCounted(lineFrame('syslog', { ...event, id: 'ent_\u00e4\u20ac' }, 'h'));
    expect(message).toContain('ent_\u00e4\u20ac');
  });

  test('is one line of JSON, whatever stands in it', () => {
    const frame = lineFrame('json-lines', { ...event, id: 'a\nb' }, 'h').toString();
    expect(frame.match(/\n/g)).toHaveLength(1);
    expect(JSON.parse(frame)).toEqual({ ...event, id: 'a\nb' });
  });

  test('goes with as many others as fit, and alone when it is longer than that', () => {
    const frames = [200_000, 50_000, 50_000].map((length) => new Uint8Array(length));
    expect(fittingFrames(frames)).toBe(2);
    expect(fittingFrames([new Uint8Array(300_000), new Uint8Array(1)])).toBe(1);
    expect(fittingFrames([])).toBe(0);
  });
});

describe('over a line', () => {
  test('entries arrive in the order of the log on one connection, and the position is past all of them', async () => {
    const receiver = await receive('tcp');
    await open(`tcp://127.0.0.1:${receiver.port}`);
    const ids = await sealed(5);
    expect(await keepStreams(parts)).toBe(5);
    expect(linesOf(receiver).map((lines) => lines.map(idOf))).toEqual([ids]);
    expect(await only()).toMatchObject({ kind: 'json-lines', state: 'current', lag: 0, secretName: null });
    expect(JSON.stringify(linesOf(receiver))).not.toContain('entry 0');
  });

  test('syslog does the same, each message counted', async () => {
    const receiver = await receive('tcp');
    await open(`tcp://127.0.0.1:${receiver.port}`, 'syslog', { types: ['stop.*'] });
    await sealed(2);
    const [stop] = await record(database, [draft({ type: 'stop.set' })]);
    await sealed(1);
    await keepStreams(parts);
    const [message, ...more] = octetCounted(Buffer.concat(receiver.connections[0] ?? []));
    expect(more).toEqual([]);
    expect(message).toContain(`[riposte@32473 id="${stop}"`);
    expect(message).toMatch(/^<110>1 /);
    expect(await only()).toMatchObject({ lag: 0 });
  });

  test('cut in the middle: nothing counts, and everything from the last good position comes again', async () => {
    const receiver = await receive('tcp');
    await open(`tcp://127.0.0.1:${receiver.port}`);
    const first = await sealed(2);
    await keepStreams(parts);
    const ids = await sealed(40, 2);
    receiver.trouble = (socket, read) => {
      if (read > 1_000) socket.resetAndDestroy();
    };
    expect(await keepStreams(parts)).toBe(0);
    expect(await only()).toMatchObject({ state: 'failing', lag: 40, attempts: 1 });
    receiver.trouble = null;
    await makeDue();
    await keepStreams(parts);
    const [good, , again] = linesOf(receiver);
    expect(good?.map(idOf)).toEqual(first);
    expect(again?.map(idOf)).toEqual(ids);
  });

  test('a receiver that closes politely before it was told everything took nothing', async () => {
    const receiver = await receive('tcp');
    receiver.trouble = (socket) => socket.end();
    const bytes = Buffer.alloc(8 * 1024 * 1024, 'x');
    const order = {
      address: `tcp://127.0.0.1:${receiver.port}`,
      authority: null,
      bytes,
      check: () => undefined,
    };
    receiver.trouble = (socket) => {
      socket.pause();
      socket.end();
    };
    expect(await parts.lines.write({ ...order, timeoutMs: 5_000 })).not.toBeNull();
  });

  test('one that reads and never closes is not believed', async () => {
    const server = createServer({ allowHalfOpen: true }, (socket) => socket.resume());
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    const sockets = new Set<Socket>();
    server.on('connection', (socket) => sockets.add(socket));
    closing.push(() => {
      for (const socket of sockets) socket.destroy();
      return new Promise((done) => server.close(done));
    });
    const address = server.address();
    const port = address !== null && typeof address === 'object' ? address.port : 0;
    const said = await parts.lines.write({
      address: `tcp://127.0.0.1:${port}`,
      authority: null,
      bytes: Buffer.from('x\n'),
      timeoutMs: 300,
      check: () => undefined,
    });
    expect(said).toContain('did not close its side');
  });

  test('a death between sending and moving repeats what went over the line, and skips none', async () => {
    const receiver = await receive('tcp');
    await open(`tcp://127.0.0.1:${receiver.port}`);
    const ids = await sealed(3);
    const dying: Database = {
      ...database.app,
      query: (text, values) => {
        if (text.includes('set position = $5')) throw new Error('the process is gone');
        return database.app.query(text, values);
      },
    };
    await keepStreams({ ...parts, database: dying });
    ids.push(...(await sealed(1, 3)));
    await makeDue();
    await keepStreams(parts);
    expect(linesOf(receiver).map((lines) => lines.map(idOf))).toEqual([ids.slice(0, 3), ids]);
  });

  test('a lease that is over sends nothing', async () => {
    const receiver = await receive('tcp');
    const said = await parts.lines.write({
      address: `tcp://127.0.0.1:${receiver.port}`,
      authority: null,
      bytes: Buffer.from('x\n'),
      timeoutMs: 2_000,
      check: () => {
        throw new Error('held too long');
      },
    });
    expect(said).toContain('refused right before it was sent');
    expect(receiver.connections.flat()).toEqual([]);
  });
});

describe('over TLS', () => {
  test('the name and the authority are checked', async () => {
    const receiver = await receive('tls');
    await open(`tls://localhost:${receiver.port}`, 'json-lines', { authority: authorityPem });
    const ids = await sealed(2);
    expect(await keepStreams(parts)).toBe(2);
    expect(linesOf(receiver).map((lines) => lines.map(idOf))).toEqual([ids]);
    expect(await only()).toMatchObject({ ownAuthority: true });
  });

  test.each([
    ['an authority that nobody trusts', 'localhost', null, /certificate/i],
    ['a certificate for another name', '127.0.0.1', authorityPem, /altnames|IP/i],
  ])('%s is refused, and nothing is sent', async (_what, host, authority, problem) => {
    const receiver = await receive('tls');
    const said = await parts.lines.write({
      address: `tls://${host}:${receiver.port}`,
      authority,
      bytes: Buffer.from('secret\n'),
      timeoutMs: 3_000,
      check: () => undefined,
    });
    expect(said).toMatch(problem);
    expect(Buffer.concat(receiver.connections.flat()).toString()).not.toContain('secret');
  });
});

describe('a stream is refused when it is added', () => {
  const guarded: KeeperParts = { ...parts, lines: createLines({ allow: ['tls://siem.internal:6514'] }) };
  const line = (url: string, authority: string | null = null) =>
    changeStream(
      guarded,
      { kind: 'create', stream: { id: 'siem', kind: 'json-lines', url, types: [], authority } },
      who,
    );

  test.each([
    ['udp://siem.example.org:514', 'UDP loses what does not arrive'],
    ['tls://siem.example.org', 'names its port'],
    ['tls://10.1.2.3:6514', 'private address'],
    ['tls://0x7f.1:6514', 'private address'],
    ['tls://[::1]:6514', 'private address'],
    ['tls://localhost:6514', 'private address'],
    ['tls://169.254.169.254:6514', 'never contacted'],
    ['tls://93.184.216.34:9999', 'not on the allow list'],
    ['tcp://93.184.216.34:514', 'not on the allow list'],
    ['tls://kim:secret@siem.example.org:6514', 'user name'],
    ['tls://siem.internal:6514/path', 'nothing else'],
    ['https://siem.example.org/hook', 'tls://host:port'],
    ['nonsense', 'tls://host:port'],
  ])('%s', async (url, why) => {
    expect(await line(url)).toMatchObject({
      ok: false,
      code: 'request/invalid',
      detail: expect.stringContaining(why),
    });
    expect(await only()).toBeUndefined();
  });

  test('a webhook to an address inside is refused as well, at once', async () => {
    const stream = { kind: 'webhook', id: 'x', types: [], secretName: 'STREAM_SECRET_A' } as const;
    for (const url of [
      'https://127.0.0.1/hook',
      'http://siem.example.org/',
      'https://169.254.169.254/latest',
    ])
      expect(await changeStream(guarded, { kind: 'create', stream: { ...stream, url } }, who)).toMatchObject({
        code: 'request/invalid',
      });
  });

  test('what the installation admits is taken, and a private key is not kept', async () => {
    expect(await line('tls://siem.internal:6514', serverKeyPem)).toMatchObject({
      detail: expect.stringContaining('private key'),
    });
    expect(await line('tls://siem.internal:6514', 'no certificate')).toMatchObject({ ok: false });
    expect(await line('tls://siem.internal:6514', authorityPem)).toEqual({ ok: true, error: null });
    await sequencer.flush();
    const { rows } = await database.owner.query<{ entry: Buffer }>(
      "select entry from audit_log where type in ('stream.created', 'stream.refused') order by idx desc limit 1",
    );
    expect(JSON.parse(rows[0]?.entry.toString() ?? '')).toMatchObject({
      type: 'stream.created',
      data: { kind: 'json-lines', origin: 'tls://siem.internal:6514' },
    });
  });
});
