import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { createCountWindow } from '../../api/http/count-window.ts';
import { createLimiter, limitOf } from '../../api/http/limits.ts';
import { assembleDocument } from '../../api/openapi/assemble-document.ts';
import { allRoutes } from '../../api/routes/all-routes.ts';
import { signMessage } from '../../engine/runtime/outward/sign-message.ts';
import { startApi } from './start-api.ts';

const secret = randomBytes(32);
const [api, hooks] = await Promise.all([
  startApi({ limiter: createLimiter({ requests: 5, intake: 3 }) }),
  startApi({
    limiter: createLimiter({ requests: 5, intake: 3 }),
    webhookSecrets: new Map([['phishing/reported', async () => [secret]]]),
  }),
]);

const alert = { source: 'siem', title: 'x' };

test('a caller is told what is left, then to wait, and leaves one entry however often they go on', async () => {
  const token = await api.service('busy', ['viewer']);
  const left: (string | null)[] = [];
  for (let n = 0; n < 5; n++) {
    const { status, headers } = await api.call('GET', '/v1/alerts', { token });
    expect(status).toBe(200);
    expect(headers.get('ratelimit-policy')).toBe('"requests";q=5;w=60');
    left.push(headers.get('ratelimit'));
  }
  expect(left.map((each) => /^"requests";r=(\d);t=\d+$/.exec(each ?? '')?.[1])).toEqual([
    '4',
    '3',
    '2',
    '1',
    '0',
  ]);
  for (let n = 0; n < 3; n++) {
    const over = await api.call('GET', '/v1/alerts', { token });
    expect(over.status).toBe(429);
    expect(over.body).toMatchObject({ code: 'request/rate-limited', status: 429 });
    const wait = over.headers.get('retry-after');
    expect(wait).toMatch(/^[1-9]\d?$/);
    expect(over.headers.get('ratelimit')).toBe(`"requests";r=0;t=${wait}`);
  }
  const noted = (await api.entries()).filter(({ entry }) => entry.code === 'request/rate-limited');
  expect(noted).toHaveLength(1);
  expect(noted[0]?.entry).toMatchObject({ type: 'auth.refused', actor: { kind: 'service' } });
});

test('what is refused for want of rights counts as well, and nobody else is limited by it', async () => {
  const token = await api.service('wild', ['viewer']);
  const body = { name: 'mine', roles: ['admin'], kind: 'service' };
  for (let n = 0; n < 5; n++)
    expect((await api.call('POST', '/v1/tokens', { token, body })).status).toBe(403);
  expect((await api.call('POST', '/v1/tokens', { token, body })).status).toBe(429);
  const other = await api.service('calm', ['viewer']);
  expect((await api.call('GET', '/v1/alerts', { token: other })).status).toBe(200);
});

test('a person whose requests are used up still reads questions, decides, stops and pauses', async () => {
  const { person, token } = await api.person('oda', ['operator']);
  for (let n = 0; n < 6; n++) await api.call('GET', '/v1/alerts', { token });
  expect((await api.call('GET', '/v1/alerts', { token })).status).toBe(429);
  const comment = 'seen';
  expect((await api.call('GET', '/v1/approvals', { token })).status).toBe(200);
  const decision = { decision: 'deny', digest: `sha256:${'0'.repeat(64)}`, comment };
  const decided = await api.call('POST', '/v1/approvals/apr_none/decisions', { token, body: decision });
  expect(decided.status).toBe(200);
  const stop = { scope: 'everything', reason: 'now' };
  expect((await api.call('POST', '/v1/stops', { token, body: stop })).status).toBe(200);
  expect((await api.call('POST', '/v1/pause', { token, body: { reason: 'now' } })).status).toBe(200);
  // Their pages do not suffer from what a script does with their token.
  const headers = await api.session(person);
  expect((await api.call('GET', '/v1/alerts', { headers })).status).toBe(200);
});

test('alerts are counted by their sender and apart from what is asked', async () => {
  const token = await api.service('siem', ['analyst']);
  const sent = [];
  for (let n = 0; n < 4; n++) sent.push(await api.call('POST', '/v1/alerts', { token, body: alert }));
  expect(sent.map(({ status }) => status)).toEqual([202, 202, 202, 429]);
  expect(sent[3]?.headers.get('ratelimit-policy')).toBe('"intake";q=3;w=60');
  expect((await api.call('GET', '/v1/alerts', { token })).status).toBe(200);
  const other = await api.service('edr', ['analyst']);
  expect((await api.call('POST', '/v1/alerts', { token: other, body: alert })).status).toBe(202);
});

test('forged and old messages use nothing up of what the real sender may send', async () => {
  const body = JSON.stringify({ from: 'eve' });
  const send = async (key: Buffer, n: number) => {
    const message = { id: `msg_${n}`, timestamp: Math.floor(Date.now() / 1_000), body };
    const headers = signMessage([key], message);
    return (await hooks.call('POST', '/v1/webhooks/phishing/reported', { body, headers })).status;
  };
  const statuses = [];
  for (let n = 0; n < 6; n++) statuses.push(await send(randomBytes(32), n));
  // Signed well, and sent long ago: somebody plays a recording.
  hooks.useCases.answer('receiveWebhook', async () => ({
    ok: false,
    code: 'auth/stale-message',
    detail: 'It was sent long ago.',
  }));
  for (let n = 0; n < 6; n++) statuses.push(await send(secret, n));
  expect(statuses).toEqual(Array(12).fill(401));
  hooks.useCases.answer('receiveWebhook', async () => ({ ok: true, signalId: 'sig_1', duplicate: false }));
  for (let n = 10; n < 14; n++) statuses.push(await send(secret, n));
  expect(statuses.slice(12)).toEqual([202, 202, 202, 429]);
  const noted = (await hooks.entries()).filter(({ entry }) => entry.code === 'request/rate-limited');
  expect(noted.map(({ entry }) => entry.actor)).toEqual([
    { kind: 'source', id: 'webhook:phishing/reported', channel: 'api' },
  ]);
});

test('an outbreak of 20,000 alerts within a minute from one sender is taken by default', () => {
  const limiter = createLimiter();
  let refused = 0;
  for (let n = 0; n < 20_000; n++) if (limiter.count({ id: 'tok_siem' }, 'intake').wait !== null) refused++;
  expect(refused).toBe(0);
});

test('however many callers there are, the memory for them is bounded: the oldest is forgotten', () => {
  const window = createCountWindow(2, 60_000);
  window.count('first');
  window.count('first');
  for (let n = 0; n < 9_999; n++) window.count(`caller ${n}`);
  expect(window.blockedForSeconds('first')).toBeGreaterThan(0);
  window.count('one more');
  expect(window.blockedForSeconds('first')).toBe(0);
  expect(window.count('one more').count).toBe(2);
});

test('each route is counted under the name that its document says, and every urgent one is apart', () => {
  const { paths } = assembleDocument(allRoutes);
  for (const { method, path, permission, operationId } of allRoutes) {
    const operation = paths[path]?.[method] as { responses: { [status: string]: object } } | undefined;
    const told = JSON.stringify(operation?.responses[429] ?? null);
    expect(told, operationId).toContain(permission === 'public' ? 'null' : `(\`${limitOf(permission)}\`)`);
  }
  const urgent = allRoutes.filter(
    ({ permission }) => permission !== 'public' && limitOf(permission) === 'urgent',
  );
  const names = urgent.map(({ operationId }) => operationId);
  expect(names).toEqual(
    expect.arrayContaining(['readApproval', 'decideApproval', 'decideApprovals', 'setStop', 'setPause']),
  );
});
