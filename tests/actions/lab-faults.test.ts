import { afterEach, describe, expect, test } from 'vitest';
import { labClient } from '../../examples/lab/scenario.ts';
import type { JsonObject } from '../../schemas/json.ts';
import { type Bench, openLab } from './support/open-lab.ts';
import { check, perform, performToTheEnd } from './support/perform.ts';

/*
 * What can go wrong between an action and its target, once for every action, over real HTTP. What
 * counts is what happened to the estate, which the lab's ledger knows.
 */

const host = 'a0716faee06f3d46eff2077c3a0fd899b6484731';
const mail = 'bdac2a9b-0174-5c32-acbf-a93dc5a2cbaf-1363827335374423-1';
const mailbox = 'maria.lind@contoso.com';
const maria = 'cdaa57eb-2d99-57e7-9a18-bfe9267d9594';
const analyzed = '/graph/v1.0/security/collaboration/analyzedEmails';

interface Case {
  key: string;
  input: JsonObject;
  /** An input that names something that does not exist. */
  missing: JsonObject;
  /** The first request, before anything changes. */
  read?: { method: string; path: string };
  /** The request that changes the world. */
  write?: { method: string; path: string };
  /** How many times the world was changed or ordered to. */
  happened(bench: Bench): number;
  /** Brings the estate into a state in which there is something to do. */
  prepare?(bench: Bench): Promise<void>;
  /** The permission without which the first request is refused. */
  role: string;
}

const ledger =
  (effect: string, target: string, counter: 'orders' | 'releaseOrders' | 'applied' | 'released') =>
  (bench: Bench) =>
    bench.estate.effect(effect, target)[counter];

async function reach(bench: Bench, key: string, input: JsonObject): Promise<void> {
  const advance = () => bench.estate.advance(400);
  const outcome = await performToTheEnd(
    bench.action(key),
    bench.context({ actionKey: 'prepared' }),
    input,
    advance,
  );
  if (outcome.kind !== 'succeeded') throw new Error(`${key}: ${JSON.stringify(outcome)}`);
}

const cases: Case[] = [
  {
    key: 'edr.isolate-host',
    input: { host_id: host, scope: 'full', comment: 'Case 4711' },
    missing: { host_id: 'f'.repeat(40) },
    read: { method: 'GET', path: '/mde/api/machineactions' },
    write: { method: 'POST', path: `/mde/api/machines/${host}/isolate` },
    happened: ledger('network-isolated', `host:${host}`, 'orders'),
    role: 'Machine.Read.All',
  },
  {
    key: 'edr.release-host',
    input: { host_id: host },
    missing: { host_id: 'f'.repeat(40) },
    read: { method: 'GET', path: '/mde/api/machineactions' },
    write: { method: 'POST', path: `/mde/api/machines/${host}/unisolate` },
    happened: ledger('network-isolated', `host:${host}`, 'releaseOrders'),
    prepare: (bench) => reach(bench, 'edr.isolate-host', { host_id: host }),
    role: 'Machine.Read.All',
  },
  {
    key: 'directory.disable-user',
    input: { user_id: maria, comment: 'Case 4711' },
    missing: { user_id: 'nobody@contoso.com' },
    read: { method: 'GET', path: `/graph/v1.0/users/${maria}` },
    write: { method: 'PATCH', path: `/graph/v1.0/users/${maria}` },
    happened: ledger('sign-in-blocked', `user:${maria}`, 'applied'),
    role: 'User.Read.All',
  },
  {
    key: 'directory.enable-user',
    input: { user_id: maria },
    missing: { user_id: 'nobody@contoso.com' },
    read: { method: 'GET', path: `/graph/v1.0/users/${maria}` },
    write: { method: 'PATCH', path: `/graph/v1.0/users/${maria}` },
    happened: ledger('sign-in-blocked', `user:${maria}`, 'released'),
    prepare: (bench) => reach(bench, 'directory.disable-user', { user_id: maria }),
    role: 'User.Read.All',
  },
  {
    key: 'directory.revoke-sessions',
    input: { user_id: maria },
    missing: { user_id: 'nobody@contoso.com' },
    write: { method: 'POST', path: `/graph/v1.0/users/${maria}/revokeSignInSessions` },
    happened: ledger('sessions-revoked', `user:${maria}`, 'applied'),
    role: 'User.RevokeSessions.All',
  },
  {
    key: 'directory.get-user',
    input: { user_id: maria },
    missing: { user_id: 'nobody@contoso.com' },
    read: { method: 'GET', path: `/graph/v1.0/users/${maria}` },
    happened: () => 0,
    role: 'User.Read.All',
  },
  {
    key: 'mail.search-messages',
    input: { sender: 'billing@invoices.example.com' },
    missing: { sender: 'nobody@nowhere.example' },
    read: { method: 'GET', path: analyzed },
    happened: () => 0,
    role: 'SecurityAnalyzedMessage.Read.All',
  },
  {
    key: 'mail.quarantine-message',
    input: { message_id: mail, mailbox, comment: 'Case 4711' },
    missing: { message_id: '00000000-0000-4000-8000-000000000000-1-1', mailbox },
    read: { method: 'GET', path: `${analyzed}/${mail}` },
    write: { method: 'POST', path: `${analyzed}/remediate` },
    happened: ledger('quarantined', `mail:${mail}`, 'orders'),
    role: 'SecurityAnalyzedMessage.Read.All',
  },
  {
    key: 'mail.release-message',
    input: { message_id: mail, mailbox },
    missing: { message_id: '00000000-0000-4000-8000-000000000000-1-1', mailbox },
    read: { method: 'GET', path: `${analyzed}/${mail}` },
    write: { method: 'POST', path: `${analyzed}/remediate` },
    happened: ledger('quarantined', `mail:${mail}`, 'releaseOrders'),
    prepare: (bench) => reach(bench, 'mail.quarantine-message', { message_id: mail, mailbox }),
    role: 'SecurityAnalyzedMessage.Read.All',
  },
  {
    key: 'inventory.get-host',
    input: { host_id: host },
    missing: { host_id: 'f'.repeat(40) },
    read: { method: 'GET', path: `/mde/api/machines/${host}` },
    happened: () => 0,
    role: 'Machine.Read.All',
  },
  {
    key: 'chat.post-message',
    input: { channel: 'soc', text: 'Host is isolated.' },
    missing: { channel: 'no-such-channel', text: 'x' },
    write: { method: 'POST', path: '/chat/webhook/soc' },
    happened: (bench) => bench.estate.messages('soc').length,
    role: '',
  },
  {
    key: 'incident.add-comment',
    input: { incident_id: '2972399', text: 'Contained.' },
    missing: { incident_id: '999', text: 'x' },
    read: { method: 'GET', path: '/graph/v1.0/security/incidents/2972399' },
    write: { method: 'POST', path: '/graph/v1.0/security/incidents/2972399/comments' },
    happened: (bench) => commentsOf(bench, '2972399').length,
    role: 'SecurityIncident.Read.All',
  },
];

function commentsOf(bench: Bench, id: string): unknown[] {
  const incident = bench.estate.state().incidents.find((one) => one.id === id);
  return Array.isArray(incident?.comments) ? incident.comments : [];
}

const open: Bench[] = [];
afterEach(async () => {
  for (const bench of open.splice(0)) await bench.close();
});

async function start(one: Case): Promise<Bench> {
  const bench = await openLab();
  open.push(bench);
  await one.prepare?.(bench);
  return bench;
}

const writers = cases.filter((one) => one.write !== undefined);
const readers = cases.filter((one) => one.read !== undefined);
const writeOf = (one: Case) => one.write ?? { method: '', path: '' };
const readOf = (one: Case) => one.read ?? { method: '', path: '' };
const advancing = (bench: Bench) => () => bench.estate.advance(400);

describe.each(writers)('$key, at the request that changes the world', (one) => {
  test('does it once when all is well', async () => {
    const bench = await start(one);
    const before = one.happened(bench);
    const outcome = await performToTheEnd(
      bench.action(one.key),
      bench.context(),
      one.input,
      advancing(bench),
    );
    expect(outcome).toMatchObject({ kind: 'succeeded', changed: true });
    expect(one.happened(bench) - before).toBe(1);
  });

  test('reports throttling with the wait that the target asked for, and has done nothing', async () => {
    const bench = await start(one);
    const before = one.happened(bench);
    bench.estate.addFault({ ...writeOf(one), does: { kind: 'throttle', retryAfterSeconds: 7 } });
    const outcome = await perform(bench.action(one.key), bench.context(), one.input);
    expect(outcome).toMatchObject({
      kind: 'failed',
      failure: { code: 'throttled', kind: 'retryable', retryAfterMs: 7000 },
    });
    expect(one.happened(bench) - before).toBe(0);
  });

  test('calls a 503 unknown, and check tells that nothing happened', async () => {
    const bench = await start(one);
    const before = one.happened(bench);
    bench.estate.addFault({ ...writeOf(one), does: { kind: 'fail-before', status: 503 } });
    const action = bench.action(one.key);
    expect((await perform(action, bench.context(), one.input)).kind).toBe('unknown');
    expect(one.happened(bench) - before).toBe(0);
    if (action.check !== undefined)
      expect(await check(action, bench.context(), one.input)).toMatchObject({ kind: 'absent' });
  });

  test.each([
    { kind: 'apply-then-drop' },
    { kind: 'apply-then-fail', status: 500 },
    { kind: 'apply-then-hang' },
  ] as const)('calls it unknown when it happened and the answer was lost ($kind)', async (does) => {
    const bench = await start(one);
    const before = one.happened(bench);
    bench.estate.addFault({ ...writeOf(one), does });
    const action = bench.action(one.key);
    const { manifest } = action;
    const abort = new AbortController();
    const performing = perform(action, bench.context({ signal: abort.signal }), one.input);
    if (does.kind === 'apply-then-hang') {
      while (one.happened(bench) === before) await new Promise((done) => setImmediate(done));
      abort.abort(new DOMException('too late', 'TimeoutError'));
    }
    expect((await performing).kind).toBe('unknown');
    expect(one.happened(bench) - before).toBe(1);
    if (action.check === undefined) return;

    // the mail is still moving: only its place can be read, so let it arrive
    if (manifest.key.startsWith('mail.')) bench.estate.advance(400);
    const now = await check(action, bench.context(), one.input);
    expect(['present', 'in-transition']).toContain(now.kind);

    // a retry by mistake changes nothing: the state is read before acting
    const again = await performToTheEnd(action, bench.context(), one.input, advancing(bench));
    expect(again.kind).toBe('succeeded');
    expect(one.happened(bench) - before).toBe(1);
  });

  test('that is repeated in the same state says that nothing changed', async () => {
    const bench = await start(one);
    const action = bench.action(one.key);
    const first = await performToTheEnd(action, bench.context(), one.input, advancing(bench));
    expect(first.kind).toBe('succeeded');
    const count = one.happened(bench);
    if (action.manifest.idempotent !== 'check-then-act') return;
    // Where the order that stands carries the key of this attempt, it says that it was ours.
    const says = ['edr.isolate-host', 'edr.release-host'].includes(one.key);
    expect(await perform(action, bench.context(), one.input)).toMatchObject({
      kind: 'succeeded',
      changed: says,
    });
    expect(one.happened(bench)).toBe(count);
    expect(await check(action, bench.context(), one.input)).toMatchObject({ kind: 'present' });
  });
});

describe.each(readers)('$key, while it only reads', (one) => {
  test.each([500, 502, 503, 504] as const)(
    'calls %i a failure that may pass, and has changed nothing',
    async (status) => {
      const bench = await start(one);
      const before = one.happened(bench);
      bench.estate.addFault({ ...readOf(one), does: { kind: 'fail-before', status } });
      const outcome = await perform(bench.action(one.key), bench.context(), one.input);
      expect(outcome).toMatchObject({ kind: 'failed', failure: { code: 'unavailable', kind: 'retryable' } });
      expect(one.happened(bench)).toBe(before);
    },
  );

  test('calls a lost answer a failure that may pass', async () => {
    const bench = await start(one);
    bench.estate.addFault({ ...readOf(one), does: { kind: 'drop-before' } });
    const outcome = await perform(bench.action(one.key), bench.context(), one.input);
    expect(outcome).toMatchObject({ kind: 'failed', failure: { code: 'timeout', kind: 'retryable' } });
  });

  test('reports throttling without a wait when the target names none', async () => {
    const bench = await start(one);
    bench.estate.addFault({ ...readOf(one), does: { kind: 'throttle', retryAfterSeconds: null } });
    const outcome = await perform(bench.action(one.key), bench.context(), one.input);
    expect(outcome).toMatchObject({ kind: 'failed', failure: { code: 'throttled', kind: 'retryable' } });
    expect(outcome.kind === 'failed' && 'retryAfterMs' in outcome.failure).toBe(false);
  });

  test('renews a token that the target calls expired', async () => {
    const bench = await start(one);
    bench.estate.addFault({ ...readOf(one), does: { kind: 'expire-token' } });
    const outcome = await performToTheEnd(
      bench.action(one.key),
      bench.context(),
      one.input,
      advancing(bench),
    );
    expect(outcome.kind).toBe('succeeded');
  });

  test('outlives its token', async () => {
    const bench = await start(one);
    const action = bench.action(one.key);
    await performToTheEnd(action, bench.context(), one.input, advancing(bench));
    bench.estate.advance(2 * 60 * 60 * 1000);
    expect((await performToTheEnd(action, bench.context(), one.input, advancing(bench))).kind).toBe(
      'succeeded',
    );
  });
});

describe.each(cases)('$key', (one) => {
  test('ends with not-found for what does not exist, or finds nothing', async () => {
    const bench = await start(one);
    const outcome = await perform(bench.action(one.key), bench.context(), one.missing);
    if (one.key === 'mail.search-messages') {
      expect(outcome).toMatchObject({
        kind: 'succeeded',
        outputs: { messages: [], mailbox_count: 0, complete: true },
      });
    } else {
      expect(outcome).toMatchObject({ kind: 'failed', failure: { code: 'not-found', kind: 'terminal' } });
    }
  });

  test('fails before sending when nobody listens, and may be tried again', async () => {
    const bench = await start(one);
    const elsewhere = 'http://127.0.0.1:1';
    const settings = {
      graphUrl: `${elsewhere}/graph/v1.0`,
      mdeUrl: `${elsewhere}/mde`,
      webhookBase: `${elsewhere}/chat/webhook`,
    };
    const outcome = await perform(bench.action(one.key), bench.context({ settings }), one.input);
    expect(outcome).toMatchObject({ kind: 'failed', failure: { code: 'unavailable', kind: 'retryable' } });
  });
});

describe.each(cases.filter((one) => one.role !== ''))('$key, signing in', (one) => {
  test('names a missing permission as forbidden', async () => {
    const without = (roles: string[]) =>
      roles.filter((role) => !role.startsWith(one.role.split('.')[0] ?? '') && role !== 'Directory.Read.All');
    const bench = await openLab({
      clients: [
        { ...labClient, graphRoles: without(labClient.graphRoles), mdeRoles: without(labClient.mdeRoles) },
      ],
    });
    open.push(bench);
    const outcome = await perform(bench.action(one.key), bench.context(), one.input);
    expect(outcome).toMatchObject({ kind: 'failed', failure: { code: 'forbidden', kind: 'terminal' } });
  });

  test('names a wrong secret as unauthorized, and does not show it', async () => {
    const bench = await start(one);
    const context = bench.context({ secrets: { client_secret: 'wrong-s3cr3t' }, connectionId: 'another' });
    const outcome = await perform(bench.action(one.key), context, one.input);
    expect(outcome).toMatchObject({ kind: 'failed', failure: { code: 'unauthorized', kind: 'terminal' } });
  });
});

describe.each(writers.filter((one) => one.role !== ''))('$key, with a token that expires', (one) => {
  test('renews an expired token once and goes on', async () => {
    const bench = await start(one);
    const before = one.happened(bench);
    bench.estate.addFault({ ...writeOf(one), does: { kind: 'expire-token' } });
    const outcome = await performToTheEnd(
      bench.action(one.key),
      bench.context(),
      one.input,
      advancing(bench),
    );
    expect(outcome.kind).toBe('succeeded');
    expect(one.happened(bench) - before).toBe(1);
  });
});
