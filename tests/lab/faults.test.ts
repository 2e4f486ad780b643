import { describe, expect, test } from 'vitest';
import { call, mariasInvoice, mdeScope, tokenFor, useLab, ws0117 } from './lab-client.ts';

const isolate = `/api/machines/${ws0117}/isolate`;
const path = '/mde/api/machines/*/isolate';
const comment = { Comment: 'x' };
const target = `host:${ws0117}`;

describe('a fault', () => {
  test('that applies and drops the connection leaves the effect and no answer', async () => {
    const { mde, lab } = await useLab();
    lab.estate.addFault({ method: 'POST', path, does: { kind: 'apply-then-drop' } });
    await expect(mde('POST', isolate, comment)).rejects.toThrow('fetch failed');
    expect(lab.estate.host(ws0117).actions).toHaveLength(1);
    expect(lab.estate.calls().at(-1)).toMatchObject({ status: null, faults: ['apply-then-drop'] });
    lab.estate.advance(1000);
    expect(lab.estate.host(ws0117).isolation).toBe('Full');
  });

  test('that drops the connection before leaves nothing', async () => {
    const { mde, lab } = await useLab();
    lab.estate.addFault({ path, does: { kind: 'drop-before' } });
    await expect(mde('POST', isolate, comment)).rejects.toThrow('fetch failed');
    expect(lab.estate.effects().journal).toEqual([]);
  });

  test('that applies and hangs never answers, and does not keep the lab from closing', async () => {
    const { lab } = await useLab();
    lab.estate.addFault({ path, does: { kind: 'apply-then-hang' } });
    const token = await tokenFor(lab, mdeScope);
    const signal = AbortSignal.timeout(200);
    const asking = fetch(`${lab.url}/mde${isolate}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify(comment),
      signal,
    });
    await expect(asking).rejects.toThrow();
    expect(lab.estate.effect('network-isolated', target).orders).toBe(1);
  });

  test.each([
    ['fail-before', 0],
    ['apply-then-fail', 1],
  ] as const)('%s answers 5xx with %i orders', async (kind, orders) => {
    const { mde, lab } = await useLab();
    lab.estate.addFault({ path, does: { kind, status: 503 } });
    const reply = await mde('POST', isolate, comment);
    expect([reply.status, reply.code]).toEqual([503, 'InternalServerError']);
    expect(lab.estate.effect('network-isolated', target).orders).toBe(orders);
  });

  test('throttles with or without Retry-After', async () => {
    const { mde, lab } = await useLab();
    lab.estate.addFault({ path, does: { kind: 'throttle', retryAfterSeconds: 7 } });
    lab.estate.addFault({ path, skip: 1, does: { kind: 'throttle', retryAfterSeconds: null } });
    const [first, second] = [await mde('POST', isolate, comment), await mde('POST', isolate, comment)];
    expect([first.status, first.headers.get('retry-after')]).toEqual([429, '7']);
    expect([second.status, second.headers.get('retry-after')]).toEqual([429, null]);
    await mde('POST', isolate, comment);
    expect(lab.estate.state().throttling.mde).toEqual({ throttled: 2, cameBackEarly: 0 });
  });

  test('expires a token once', async () => {
    const { mde, lab } = await useLab();
    lab.estate.addFault({ path: '/mde/*', does: { kind: 'expire-token' } });
    expect((await mde('GET', '/api/machines')).code).toBe('Unauthorized');
    expect((await mde('GET', '/api/machines')).status).toBe(200);
  });

  test('that delays applies late even when the client has gone', async () => {
    const { lab } = await useLab();
    const token = await tokenFor(lab, mdeScope);
    lab.estate.addFault({ path, does: { kind: 'delay', ms: 150 } });
    const asking = fetch(`${lab.url}/mde${isolate}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify(comment),
      signal: AbortSignal.timeout(50),
    });
    await expect(asking).rejects.toThrow();
    await expect.poll(() => lab.estate.effect('network-isolated', target).orders).toBe(1);
  });

  test.each([
    ['Failed', 'Failed', 1],
    ['TimeOut', 'TimeOut', 1],
    ['never', 'Pending', 0],
  ] as const)('lets a machine action end as %s', async (as, status, failed) => {
    const { mde, lab } = await useLab();
    lab.estate.addFault({ path, does: { kind: 'end-machine-action', as } });
    await mde('POST', isolate, comment);
    lab.estate.advance(86_400_000);
    expect(lab.estate.host(ws0117).actions).toMatchObject([{ status }]);
    expect(lab.estate.host(ws0117).isolation).toBe('none');
    expect(lab.estate.effect('network-isolated', target)).toMatchObject({ applied: 0, failed });
  });

  test('strikes as often as it says, after the matches it lets through, and only what it names', async () => {
    const { graph, mde, lab } = await useLab();
    const mail = '/security/collaboration/analyzedEmails';
    lab.estate.addFault({
      method: 'GET',
      path: `/graph/v1.0${mail}/*`,
      skip: 1,
      times: 2,
      does: { kind: 'fail-before', status: 500 },
    });
    const statuses: number[] = [];
    for (let n = 0; n < 5; n += 1) statuses.push((await graph('GET', `${mail}/${mariasInvoice}`)).status);
    expect(statuses).toEqual([200, 500, 500, 200, 200]);
    expect((await mde('GET', '/api/machines')).status).toBe(200);
    expect(lab.estate.faults()).toMatchObject([{ struck: 2, left: 0 }]);
  });

  test('can name a target by the body', async () => {
    const { graph, lab } = await useLab();
    lab.estate.addFault({
      path: '/graph/*',
      bodyIncludes: 'second',
      times: null,
      does: { kind: 'fail-before', status: 502 },
    });
    const comments = '/security/incidents/2972399/comments';
    const type = { '@odata.type': 'microsoft.graph.security.alertComment' };
    expect((await graph('POST', comments, { ...type, comment: 'first' })).status).toBe(200);
    expect((await graph('POST', comments, { ...type, comment: 'second' })).code).toBe('generalException');
    lab.estate.clearFaults();
    expect((await graph('POST', comments, { ...type, comment: 'second' })).status).toBe(200);
  });

  test('strikes the token endpoint and the webhooks too', async () => {
    const { lab } = await useLab();
    lab.estate.addFault({ path: '/login/*', does: { kind: 'fail-before', status: 503 } });
    lab.estate.addFault({ path: '/chat/*', does: { kind: 'apply-then-fail', status: 500 } });
    const login = await call(`${lab.url}/login/x/oauth2/v2.0/token`, { method: 'POST' });
    expect([login.status, login.body.error]).toEqual([503, 'server_error']);
    const body = [{ type: 'TextBlock', text: 'posted' }];
    const content = { type: 'AdaptiveCard', version: '1.4', body };
    const attachments = [{ contentType: 'application/vnd.microsoft.card.adaptive', content }];
    const chat = await call(`${lab.url}/chat/webhook/soc`, {
      method: 'POST',
      body: { type: 'message', attachments },
    });
    expect([chat.status, lab.estate.messages('soc').length]).toEqual([500, 1]);
  });
});
