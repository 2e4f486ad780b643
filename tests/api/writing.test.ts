import { beforeEach, describe, expect, test } from 'vitest';
import { startApi } from './start-api.ts';

const api = await startApi();
const { token } = await api.person('ops', ['operator']);
const responder = (await api.person('rey', ['responder'])).token;

beforeEach(() => api.useCases.calls.splice(0));

const inputs = () => api.useCases.calls.map((call) => call.input);

describe('sending an alert', () => {
  test('answers 202 with the address of the alert, and hands the body on as it is', async () => {
    const body = {
      id: 'a1',
      serviceSource: 'microsoftDefenderForEndpoint',
      evidence: [{ deep: { er: true } }],
    };
    const answer = await api.call('POST', '/v1/alerts?source=defender', { token, body });
    expect(answer.status).toBe(202);
    expect(answer.headers.get('location')).toBe(`/v1/alerts/${answer.body.id}`);
    expect(inputs()).toEqual([{ source: 'defender', body }]);
  });

  test.each([
    [{ source: 'edr', title: 'x' }, 'edr'],
    [{ serviceSource: 'microsoftDefenderForEndpoint' }, 'microsoft-graph'],
    [{ title: 'x' }, 'api'],
    [{ source: { not: 'a text' } }, 'api'],
  ])('without a source takes the one it names: %j', async (body, source) => {
    await api.call('POST', '/v1/alerts', { token, body });
    expect(inputs()).toEqual([{ source, body }]);
  });

  test.each(['[]', '"text"', 'null', '{}', '[{"id":1}]'])(
    'that is not an alert is refused: %s',
    async (body) => {
      expect((await api.call('POST', '/v1/alerts', { token, body })).status).toBe(400);
      expect(inputs()).toEqual([]);
    },
  );
});

describe('publishing', () => {
  const path = '/v1/playbooks/isolate-host/versions';

  test('takes YAML as it is, or JSON around it', async () => {
    const yaml = 'title: Größe\n';
    for (const type of ['application/yaml', 'text/yaml; charset=utf-8']) {
      expect(
        (await api.call('PUT', path, { token, body: yaml, headers: { 'content-type': type } })).status,
      ).toBe(200);
    }
    await api.call('PUT', path, { token, body: { source: yaml, file: 'playbooks/x.yaml' } });
    expect(inputs()).toEqual([
      { id: 'isolate-host', source: yaml, file: 'isolate-host.yaml' },
      { id: 'isolate-host', source: yaml, file: 'isolate-host.yaml' },
      { id: 'isolate-host', source: yaml, file: 'playbooks/x.yaml' },
    ]);
  });

  test('that fails names every mistake with its place', async () => {
    const before = api.useCases.publishPlaybook;
    const place = { file: 'x.yaml', line: 14, column: 13, endLine: 14, endColumn: 30 };
    const diagnostic = {
      ...place,
      severity: 'error',
      code: 'compile/unknown-action',
      path: '/steps/0',
      message: 'no',
      snippet: '',
    } as const;
    api.useCases.answer('publishPlaybook', async () => ({
      ok: false,
      code: 'compile/unknown-action',
      detail: 'one error',
      diagnostics: [diagnostic],
    }));
    const answer = await api.call('PUT', path, { token, body: { source: 'x' } });
    api.useCases.answer('publishPlaybook', before);
    expect(answer.status).toBe(422);
    expect(answer.body.errors).toEqual([
      { pointer: '/steps/0', code: 'compile/unknown-action', detail: 'no', line: 14, column: 13 },
    ]);
  });

  test('more than 256 KiB is refused', async () => {
    const body = 'x'.repeat(256 * 1024 + 1);
    const answer = await api.call('PUT', path, {
      token,
      body,
      headers: { 'content-type': 'application/yaml' },
    });
    expect(answer.status).toBe(413);
  });
});

describe('the emergency stop', () => {
  test('is one call for a responder, who cannot lift it', async () => {
    const body = { scope: 'everything', reason: 'odd isolations' };
    expect((await api.call('POST', '/v1/stops', { token: responder, body })).status).toBe(200);
    expect(inputs()).toEqual([{ scope: 'everything', subject: '*', reason: 'odd isolations' }]);
    const lift = { ...body, generation: 1 };
    expect((await api.call('POST', '/v1/stops/clear', { token: responder, body: lift })).status).toBe(403);
    expect((await api.call('POST', '/v1/stops/clear', { token, body: lift })).body.state).toBe(
      'needs-second-person',
    );
    expect(inputs()[1]).toMatchObject({ generation: 1 });
  });

  test.each([
    ['/v1/stops/clear', { scope: 'everything' }],
    ['/v1/pause/lift', {}],
  ])('%s names what was seen', async (path, what) => {
    const body = { ...what, reason: 'over' };
    const unnamed = await api.call('POST', path, { token, body });
    expect([unnamed.status, unnamed.body.code]).toEqual([400, 'request/invalid']);
    expect(inputs()).toEqual([]);
    expect((await api.call('POST', path, { token, body: { ...body, generation: 3 } })).status).toBe(200);
    expect(inputs()).toMatchObject([{ reason: 'over', generation: 3 }]);
  });

  test('of one system names it', async () => {
    const body = { scope: 'system', reason: 'x' };
    expect((await api.call('POST', '/v1/stops', { token, body })).status).toBe(400);
    expect(
      (await api.call('POST', '/v1/stops', { token, body: { ...body, subject: 'edr' } })).body.subject,
    ).toBe('edr');
  });
});

describe('readiness', () => {
  test('looks at store, outbox, audit, the log and its anchors, and says nothing about the inside', async () => {
    const answer = await api.call('GET', '/readyz');
    expect(answer.status).toBe(200);
    expect(answer.body.checks.map((check: { name: string }) => check.name)).toEqual([
      'store',
      'outbox',
      'audit',
      'log',
      'anchors',
    ]);
    expect((await api.call('GET', '/healthz')).body).toEqual({ ok: true });
  });

  test('an audit log that nobody sequences makes it not ready', async () => {
    await api.db.owner.query(`update audit_pack set enqueued_at = clock_timestamp() - interval '10 minutes'`);
    const answer = await api.call('GET', '/readyz');
    expect(answer.status).toBe(503);
    expect(answer.body.checks).toContainEqual({ name: 'audit', ok: false, detail: '600 seconds behind' });
  });
});

describe('starting by hand', () => {
  test('hands on a more careful mode, and knows no other word for one', async () => {
    const body = { playbookId: 'isolate-host', target: { kind: 'host', id: 'H17' }, mode: 'audit' };
    expect((await api.call('POST', '/v1/runs', { token, body })).status).toBe(202);
    expect(inputs()).toEqual([body]);
    const bold = { ...body, mode: 'reckless' };
    expect((await api.call('POST', '/v1/runs', { token, body: bold })).status).toBe(400);
  });
});
