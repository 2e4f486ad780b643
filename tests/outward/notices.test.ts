import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { afterAll, afterEach, expect, inject, it } from 'vitest';
import { createSockets } from '../../engine/runtime/http/open-socket.ts';
import { keepNotices } from '../../engine/runtime/outward/keep-notices.ts';
import { sendMail } from '../../engine/runtime/outward/send-mail.ts';
import { openRead } from '../../engine/runtime/read/open-read.ts';
import { startLab } from '../../examples/lab/start-lab.ts';
import { defaultTenant } from '../../schemas/ids.ts';
import { seedWaitingRun } from '../api/seed.ts';
import { useDatabase } from '../support/database.ts';
import { openMailRelay } from '../support/mail-relay.ts';
import { noticeParts } from '../support/notices.ts';
import { authorityPem, serverKeyPem, serverPem } from './test-authority.ts';

/* Told at least once, whoever dies; and what mail does with TLS, passwords and addresses. */

const database = await useDatabase();
const lab = await startLab();
const parts = noticeParts(database.app, lab.url);
const read = openRead(database.app);
const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});
afterAll(async () => {
  await parts.close();
  await lab.close();
});

async function asked(destinations: string[]): Promise<string> {
  const { approvalId } = await seedWaitingRun(database.owner);
  await database.owner.query(
    `insert into notices (tenant_id, approval_id, occasion, destination)
     select $1, $2, 'asked', unnest($3::text[])`,
    [defaultTenant, approvalId, destinations],
  );
  return approvalId;
}

const posts = () => lab.estate.messages().length;
const statesOf = async (id: string) =>
  (await read.readApproval(defaultTenant, id))?.notices.map(({ state }) => state);

async function tellAndDie(dies: 'before-send' | 'after-answer'): Promise<void> {
  const child = spawn(
    process.execPath,
    [
      join(import.meta.dirname, 'tell-and-die.ts'),
      JSON.stringify({ databaseUrl: database.url, labUrl: lab.url, dies }),
    ],
    { stdio: ['ignore', 'ignore', 'inherit'], cwd: inject('runFolder') },
  );
  const [, signal] = await once(child, 'close');
  expect(signal).toBe('SIGKILL');
}

it.each([
  ['before-send', 1],
  ['after-answer', 2],
] as const)('a worker that dies %s loses no notice: it is told by the next one', async (dies, times) => {
  const before = posts();
  const id = await asked(['chat:soc-approvals']);
  await tellAndDie(dies);
  expect(await statesOf(id)).toEqual(['due']);
  // As long as the dead worker may still be at it, nobody else is.
  expect(await keepNotices(parts)).toBe(0);
  await database.owner.query("update notices set lease_until = clock_timestamp() where state = 'due'");
  expect(await keepNotices(parts)).toBe(1);
  expect(await statesOf(id)).toEqual(['told']);
  // Twice is better than never: nobody can ask a webhook what it posted.
  expect(posts()).toBe(before + times);
});

it('whoever lost the notice while sending writes nothing about it', async () => {
  const id = await asked(['chat:soc-approvals']);
  const slow = {
    ...parts,
    http: {
      async send(request: Parameters<typeof parts.http.send>[0]) {
        const answer = await parts.http.send(request);
        await database.owner.query('update notices set fence = fence + 1 where approval_id = $1', [id]);
        return answer;
      },
    },
  };
  await keepNotices(slow);
  expect(await statesOf(id)).toEqual(['due']);
  const { rows } = await database.owner.query(
    `select 1 from audit_pending where convert_from(entry, 'utf8') like '%approval.told%' || '%' || $1 || '%'`,
    [id],
  );
  expect(rows).toEqual([]);
});

const notice = {
  to: 'ann@example.test',
  title: 'Approval: \r\nBcc: eve@example.test',
  lines: ['one line'],
  link: 'https://riposte.example/n/x',
  messageId: '<apr_1.1@riposte.example>',
};
const free = createSockets({ allowPrivate: true });
const check = () => undefined;

it('a password goes over TLS and no other way, and a certificate that nobody vouches for ends it', async () => {
  const users: string[] = [];
  const relay = await openMailRelay({
    key: serverKeyPem,
    cert: serverPem,
    onAuth(auth, _session, done) {
      users.push(`${auth.username} ${auth.password}`);
      done(null, { user: auth.username });
    },
  });
  closing.push(() => relay.close());
  const settings = { url: `smtp://localhost:${relay.port}`, user: 'riposte', plain: 'no' };
  const outcome = await sendMail(
    free,
    relay.connection(settings, { password: 'pass-word-1' }),
    notice,
    check,
  );
  expect(outcome).toMatchObject({ kind: 'failed', failure: { kind: 'retryable' } });
  expect(JSON.stringify(outcome)).not.toContain('pass-word-1');
  expect([users, relay.taken]).toEqual([[], []]);
});

it('signs in inside TLS, and a relay that repeats the password is not quoted with it', async () => {
  const before = getCACertificates('default');
  setDefaultCACertificates([...before, authorityPem]);
  closing.push(async () => setDefaultCACertificates(before));
  const password = 'pass-word-1-of-the-relay';
  const relay = await openMailRelay({
    key: serverKeyPem,
    cert: serverPem,
    onAuth(auth, _session, done) {
      if (auth.username === 'riposte') return done(null, { user: auth.username });
      const coded = Buffer.from(auth.password ?? '').toString('base64');
      done(Object.assign(new Error(`not with ${auth.password} (${coded})`), { responseCode: 535 }));
    },
  });
  closing.push(() => relay.close());
  const send = (user: string) => {
    const settings = { url: `smtp://localhost:${relay.port}`, user, plain: 'no' };
    return sendMail(free, relay.connection(settings, { password }), notice, check);
  };
  expect(await send('riposte')).toMatchObject({ kind: 'succeeded' });
  expect(relay.taken).toMatchObject([{ user: 'riposte', secure: true }]);
  const refused = JSON.stringify(await send('eve'));
  expect(refused).toContain('not with [hidden] ([hidden])');
  expect(refused).not.toContain('pass-word');
});

it('a relay without STARTTLS gets nothing unless the operator says that the line may be plain', async () => {
  const relay = await openMailRelay({ hideSTARTTLS: true, disabledCommands: ['STARTTLS', 'AUTH'] });
  closing.push(() => relay.close());
  expect(await sendMail(free, relay.connection({ plain: 'no' }), notice, check)).toMatchObject({
    kind: 'failed',
  });
  expect(relay.taken).toEqual([]);
  expect(await sendMail(free, relay.connection(), notice, check)).toMatchObject({ kind: 'succeeded' });
  expect(relay.taken).toMatchObject([{ to: ['ann@example.test'], secure: false }]);
  expect(relay.taken[0]?.raw).toContain('Message-ID: <apr_1.1@riposte.example>');
  expect(relay.taken[0]?.raw).not.toMatch(/^Bcc:/m);
});

it('a relay is reached under the rules for addresses that everything else is', async () => {
  const relay = await openMailRelay();
  closing.push(() => relay.close());
  const send = (sockets: ReturnType<typeof createSockets>, url?: string) =>
    sendMail(sockets, relay.connection(url === undefined ? {} : { url }), notice, check);
  for (const url of [undefined, `smtp://localhost:${relay.port}`, 'smtp://169.254.169.254:587'])
    expect(await send(createSockets({}), url)).toMatchObject({ kind: 'failed' });
  expect(relay.taken).toEqual([]);
  const allowed = createSockets({ allow: [`smtp://127.0.0.1:${relay.port}`] });
  expect(await send(allowed)).toMatchObject({ kind: 'succeeded' });
});

it.each([
  [{ url: 'relay' }, 'url'],
  [{ url: 'https://relay.example:465' }, 'url'],
  [{ url: 'smtp://relay.example' }, 'url'],
  [{ from: '' }, 'from'],
  [{ user: 'riposte', plain: 'no' }, 'password'],
])('a connection that is not whole says what is wrong with it: %j', async (settings, word) => {
  const relay = await openMailRelay();
  closing.push(() => relay.close());
  expect(await sendMail(free, relay.connection(settings), notice, check)).toMatchObject({
    kind: 'failed',
    failure: { kind: 'terminal', message: expect.stringContaining(`"${word}"`) },
  });
});
