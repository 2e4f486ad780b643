import { describe, expect, onTestFinished, test } from 'vitest';
import type { Refusal } from '../../api/http/use-cases.ts';
import { startApi } from './start-api.ts';

const api = await startApi();
const { token } = await api.person('ops', ['operator']);
const other = (await api.person('kim', ['analyst'])).token;

const start = (key: string, body: unknown = { playbookId: 'p' }, as = token) =>
  api.call('POST', '/v1/runs', { token: as, body, headers: { 'idempotency-key': key } });
const started = () => api.useCases.calls.filter((call) => call.name === 'startRun').length;

/** A start that has begun and gives its answer when it is told to; the ones after it are answered at once. */
async function holdStart(key: string, refusal?: Refusal) {
  const go = Promise.withResolvers<void>();
  const begun = Promise.withResolvers<void>();
  const names: unknown[] = [];
  const { startRun } = api.useCases;
  let first = true;
  api.useCases.answer('startRun', async (caller, input) => {
    names.push(input.once);
    if (!first) return startRun(caller, input);
    first = false;
    begun.resolve();
    await go.promise;
    return refusal ?? startRun(caller, input);
  });
  onTestFinished(() => {
    api.useCases.answer('startRun', startRun);
  });
  const answer = start(key);
  await begun.promise;
  return { answer, go: go.resolve, names: () => names };
}

const age = (key: string, seconds: number) =>
  api.db.owner.query(
    `update idempotency_keys set claimed_at = clock_timestamp() - $2 * interval '1 second'
     where key = $1`,
    [key, seconds],
  );

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
    const first = await holdStart('k4');
    const second = await start('k4');
    expect(second.status).toBe(409);
    expect(second.body.code).toBe('request/in-progress');
    first.go();
    expect((await first.answer).status).toBe(202);
    expect((await start('k4')).body).toEqual((await first.answer).body);
  });

  test('is free again after a refusal, because nothing was done', async () => {
    const before = api.useCases.startRun;
    api.useCases.answer('startRun', async () => ({ ok: false, code: 'request/conflict', detail: 'no' }));
    expect((await start('k5')).status).toBe(409);
    api.useCases.answer('startRun', before);
    expect((await start('k5')).status).toBe(202);
  });

  test('of a start that failed midway is judged again under the same name, because the run may be there', async () => {
    const before = api.useCases.startRun;
    const names: unknown[] = [];
    api.useCases.answer('startRun', async (_, input) => {
      names.push(input.once);
      throw new Error('lost after the commit');
    });
    expect((await start('k8')).status).toBe(500);
    expect((await start('k8', { playbookId: 'q' })).body.code).toBe('request/idempotency-mismatch');
    api.useCases.answer('startRun', (caller, input) => {
      names.push(input.once);
      return before(caller, input);
    });
    expect((await start('k8')).status).toBe(202);
    expect(await start('k8', undefined, other)).toMatchObject({ status: 202 });
    api.useCases.answer('startRun', before);
    expect(names[0]).toEqual(expect.any(String));
    expect(names[1]).toBe(names[0]);
    expect(names[2]).not.toBe(names[0]);
  });

  test('whose process died is held for a minute, and then taken over', async () => {
    const held = await holdStart('k10');
    await age('k10', 55);
    expect((await start('k10')).body.code).toBe('request/in-progress');
    await age('k10', 65);
    const second = await start('k10');
    expect(second.status).toBe(202);
    // It was only slow. What it did is done, and the answer that was given stands.
    held.go();
    expect((await held.answer).status).toBe(202);
    expect((await start('k10')).body).toEqual(second.body);
    expect(held.names()).toHaveLength(2);
    expect(new Set(held.names()).size).toBe(1);
  });

  test('that was taken over is not freed by a refusal of the slow one', async () => {
    const slow = await holdStart('k11', { ok: false, code: 'request/conflict', detail: 'no' });
    await age('k11', 65);
    const second = await holdStart('k11');
    slow.go();
    expect((await slow.answer).status).toBe(409);
    expect((await start('k11')).body.code).toBe('request/in-progress');
    second.go();
    expect((await second.answer).status).toBe(202);
    expect((await start('k11')).headers.get('idempotency-replayed')).toBe('true');
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
      (await api.identity.listTokens({ personId: null }, { limit: 50 })).items.filter(
        (one) => one.name === 'ci',
      ),
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
