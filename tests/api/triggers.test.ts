import { beforeEach, describe, expect, test } from 'vitest';
import { seedWaitingRun } from './seed.ts';
import { startApi } from './start-api.ts';

const api = await startApi();
const { token } = await api.person('ana', ['analyst']);
const operator = (await api.person('ops', ['operator'])).token;
const viewer = (await api.person('vic', ['viewer'])).token;

beforeEach(() => api.useCases.calls.splice(0));

const inputs = () => api.useCases.calls.map((call) => call.input);

describe('an incident', () => {
  test('is read with its version as ETag, and says who may change it', async () => {
    const { incidentId } = await seedWaitingRun(api.db.app);
    const mine = await api.call('GET', `/v1/incidents/${incidentId}`, { token });
    expect(mine.headers.get('etag')).toBe('"1"');
    expect(mine.body).toMatchObject({ version: 1, classification: 'unknown', permissions: ['update'] });
    const seen = await api.call('GET', `/v1/incidents/${incidentId}`, { token: viewer });
    expect(seen.body).toMatchObject({ permissions: [], refusals: { update: { code: 'auth/forbidden' } } });
  });

  test('is changed only by whoever says what they saw', async () => {
    const body = { status: 'resolved', classification: 'false_positive' };
    const answer = await api.call('PATCH', '/v1/incidents/inc_1', {
      token,
      body,
      headers: { 'if-match': '"3"' },
    });
    expect(answer).toMatchObject({ status: 200, body: { id: 'inc_1', version: 4 } });
    expect(answer.headers.get('etag')).toBe('"4"');
    expect(inputs()).toEqual([{ id: 'inc_1', version: 3, change: body }]);
  });

  test.each([[undefined], ['*'], ['W/"3"'], ['"a"']])('If-Match %s is no such word', async (tag) => {
    const headers = tag === undefined ? {} : { 'if-match': tag };
    const answer = await api.call('PATCH', '/v1/incidents/inc_1', { token, body: { owner: 'jo' }, headers });
    expect(answer).toMatchObject({ status: 428, body: { code: 'request/precondition-required' } });
    expect(inputs()).toEqual([]);
  });

  test.each([{}, { status: 'closed' }, { classification: 'maybe' }, { severity: 'low' }, { owner: null }])(
    'takes no other change: %j',
    async (body) => {
      const headers = { 'if-match': '"1"' };
      expect((await api.call('PATCH', '/v1/incidents/inc_1', { token, body, headers })).status).toBe(400);
      expect(inputs()).toEqual([]);
    },
  );

  test('that changed meanwhile answers 412', async () => {
    api.useCases.answer('changeIncident', async () => ({
      ok: false,
      code: 'request/stale',
      detail: 'older',
    }));
    const call = { token, body: { owner: 'jo' }, headers: { 'if-match': '"1"' } };
    expect((await api.call('PATCH', '/v1/incidents/inc_1', call)).status).toBe(412);
  });
});

describe('a webhook', () => {
  const path = '/v1/webhooks/isolate-host/from_scanner';

  test('hands on any JSON and the name of the message, and answers 202', async () => {
    for (const body of [{ any: ['thing'] }, [1, 2]]) {
      const answer = await api.call('POST', path, { token, body, headers: { 'webhook-id': 'msg_1' } });
      expect(answer).toMatchObject({ status: 202, body: { duplicate: false } });
      const [input] = inputs().splice(-1);
      expect(input).toEqual({
        playbookId: 'isolate-host',
        triggerId: 'from_scanner',
        body,
        messageId: 'msg_1',
        sentAtMs: null,
        signed: false,
      });
    }
  });

  test('is refused from strangers, in other forms, too large, or with a name that is none', async () => {
    const body = { x: 1 };
    expect((await api.call('POST', path, { body })).status).toBe(401);
    expect((await api.call('POST', path, { token: viewer, body })).status).toBe(403);
    expect((await api.call('POST', path, { token, body: { x: 'x'.repeat(300_000) } })).status).toBe(413);
    const type = { 'content-type': 'text/plain' };
    expect((await api.call('POST', path, { token, body: 'x', headers: type })).status).toBe(415);
    const name = { 'webhook-id': 'two words' };
    expect((await api.call('POST', path, { token, body, headers: name })).status).toBe(400);
    expect(inputs()).toEqual([]);
  });
});

describe('the trace of a signal', () => {
  test('says what became of it, and 404 of one that is none', async () => {
    await api.db.app.query(
      `insert into signals (tenant_id, id, type, data, alert, state)
       values ('default', 'sig_1', 'webhook', '{}', '{}', 'matched')`,
    );
    await api.db.app.query(
      `insert into decision_traces (tenant_id, event_id, seq, playbook_id, trigger_id, outcome, code)
       values ('default', 'sig_1', 1, 'isolate-host', 'from_scanner', 'not-matched', 'match/not-true')`,
    );
    const told = await api.call('GET', '/v1/signals/sig_1/trace', { token: viewer });
    expect(told).toMatchObject({
      status: 200,
      body: { items: [{ triggerId: 'from_scanner', outcome: 'not-matched', code: 'match/not-true' }] },
    });
    expect((await api.call('GET', '/v1/signals/sig_2/trace', { token: viewer })).status).toBe(404);
  });
});

describe('the routing file', () => {
  const path = '/v1/settings/routing';

  test('that was never published is version 0', async () => {
    const answer = await api.call('GET', path, { token });
    expect(answer.body).toMatchObject({ version: 0, source: '', publishedBy: null, permissions: [] });
    expect(answer.headers.get('etag')).toBe('"0"');
  });

  test('is published as YAML by an operator who saw the one in force', async () => {
    const source = 'kind: routing/v1\nplaybooks: []\n';
    const headers = { 'if-match': '"0"', 'content-type': 'application/yaml' };
    const answer = await api.call('PUT', path, { token: operator, body: source, headers });
    expect(answer).toMatchObject({ status: 200, body: { version: 1, unchanged: false } });
    expect(inputs()).toEqual([{ source, file: 'routing.yaml', version: 0 }]);
    expect((await api.call('PUT', path, { token, body: source, headers })).status).toBe(403);
    const blind = { 'content-type': 'application/yaml' };
    expect((await api.call('PUT', path, { token: operator, body: source, headers: blind })).status).toBe(428);
  });

  test('with a mistake answers 422 and says where', async () => {
    api.useCases.answer('publishRouting', async () => ({
      ok: false,
      code: 'match/unknown-playbook',
      detail: 'no',
      errors: [
        { pointer: '/playbooks/0/id', code: 'match/unknown-playbook', detail: 'no', line: 3, column: 9 },
      ],
      diagnostics: [],
    }));
    const call = { token: operator, body: { source: 'x' }, headers: { 'if-match': '"0"' } };
    const answer = await api.call('PUT', path, call);
    expect(answer).toMatchObject({
      status: 422,
      body: { errors: [{ pointer: '/playbooks/0/id', line: 3 }] },
    });
  });
});

describe('guardrails', () => {
  const path = '/v1/settings/guardrails';

  test('are none until somebody proposes the first', async () => {
    const answer = await api.call('GET', path, { token });
    expect(answer.body).toMatchObject({ version: 0, source: '', proposal: null, permissions: [] });
    expect(answer.headers.get('etag')).toBe('"0"');
  });

  test('are proposed by an operator who saw those in force, and confirmed by their digest', async () => {
    const source = 'kind: guardrails/v1\n';
    const headers = { 'if-match': '"1"', 'content-type': 'application/yaml' };
    const answer = await api.call('PUT', path, { token: operator, body: source, headers });
    expect(answer).toMatchObject({ status: 200, body: { version: 2, state: 'proposed' } });
    expect((await api.call('PUT', path, { token, body: source, headers })).status).toBe(403);
    const digest = `sha256:${'0'.repeat(64)}`;
    const confirmed = await api.call('POST', `${path}/confirm`, { token: operator, body: { digest } });
    expect(confirmed).toMatchObject({ status: 200, body: { state: 'in-force', digest } });
    expect(
      (await api.call('POST', `${path}/confirm`, { token: operator, body: { digest: '*' } })).status,
    ).toBe(400);
  });
});
