import { describe, expect, test } from 'vitest';
import { startApi } from './start-api.ts';

const api = await startApi();
const { token } = await api.person('ops', ['operator']);
const other = (await api.person('kim', ['analyst'])).token;

const start = (key: string, body: unknown = { playbookId: 'p' }, as = token) =>
  api.call('POST', '/v1/runs', { token: as, body, headers: { 'idempotency-key': key } });
const started = () => api.useCases.calls.filter((call) => call.name === 'startRun').length;

describe('an idempotency key', () => {
  test('gives a repeat the first answer and does nothing twice', async () => {
    const first = await start('k1');
    const again = await start('k1');
    expect(again.status).toBe(202);
    expect(again.body).toEqual(first.body);
    expect(again.headers.get('location')).toBe(first.headers.get('location'));
    expect(again.headers.get('idempotency-replayed')).toBe('true');
    expect(started()).toBe(1);
  });

  test('with another body is refused', async () => {
    await start('k2');
    const answer = await start('k2', { playbookId: 'q' });
    expect(answer.status).toBe(422);
    expect(answer.body.code).toBe('request/idempotency-mismatch');
  });

  test('belongs to its caller', async () => {
    const first = await start('k3');
    const second = await start('k3', { playbookId: 'p' }, other);
    expect(second.status).toBe(202);
    expect(second.body.id).not.toBe(first.body.id);
  });

  test('of a request that is still being answered gets 409', async () => {
    let go: () => void = () => undefined;
    let begun: () => void = () => undefined;
    const waiting = new Promise<void>((resolve) => (go = resolve));
    const inside = new Promise<void>((resolve) => (begun = resolve));
    const before = api.useCases.startRun;
    api.useCases.answer('startRun', async (caller, input) => {
      begun();
      await waiting;
      return before(caller, input);
    });
    const first = start('k4');
    await inside;
    const second = await start('k4');
    api.useCases.answer('startRun', before);
    go();
    expect(second.status).toBe(409);
    expect(second.body.code).toBe('request/in-progress');
    expect((await first).status).toBe(202);
    expect((await start('k4')).body).toEqual((await first).body);
  });

  test('is free again after a refusal, because nothing was done', async () => {
    const before = api.useCases.startRun;
    api.useCases.answer('startRun', async () => ({ ok: false, code: 'request/conflict', detail: 'no' }));
    expect((await start('k5')).status).toBe(409);
    api.useCases.answer('startRun', before);
    expect((await start('k5')).status).toBe(202);
  });

  test('stays taken when a start fails midway, because the run may be there', async () => {
    const before = api.useCases.startRun;
    api.useCases.answer('startRun', async () => {
      throw new Error('lost after the commit');
    });
    expect((await start('k8')).status).toBe(500);
    api.useCases.answer('startRun', before);
    expect((await start('k8')).body.code).toBe('request/in-progress');
  });

  test('of a decision stands for what was seen as well', async () => {
    const { token: approver } = await api.person('ada', ['approver']);
    const decide = (etag: string) =>
      api.call('POST', '/v1/approvals/apr_1/decisions', {
        token: approver,
        body: { decision: 'approve' },
        headers: { 'idempotency-key': 'k9', 'if-match': `"sha256:${etag.repeat(64)}"` },
      });
    expect((await decide('0')).status).toBe(200);
    expect((await decide('0')).headers.get('idempotency-replayed')).toBe('true');
    expect((await decide('1')).body.code).toBe('request/idempotency-mismatch');
  });

  test('never keeps a secret: the repeat is told that it was shown once', async () => {
    const body = { name: 'ci', kind: 'service', roles: ['analyst'] };
    const make = () => api.call('POST', '/v1/tokens', { token, body, headers: { 'idempotency-key': 'k6' } });
    const first = await make();
    expect(first.status).toBe(201);
    const { rows } = await api.db.owner.query(
      `select response::text as response from idempotency_keys where key = 'k6'`,
    );
    expect(JSON.stringify(rows)).not.toContain(first.body.secret);
    const again = await make();
    expect(again.status).toBe(409);
    expect(
      (await api.identity.listTokens(null, { limit: 50 })).items.filter((one) => one.name === 'ci'),
    ).toHaveLength(1);
  });

  test('is forgotten after a day', async () => {
    const first = await start('k7');
    await api.db.owner.query(
      `update idempotency_keys set created_at = clock_timestamp() - interval '25 hours' where key = 'k7'`,
    );
    expect((await start('k7')).body.id).not.toBe(first.body.id);
  });

  test('that could break a header is refused', async () => {
    expect((await start('x'.repeat(256))).status).toBe(400);
  });
});
