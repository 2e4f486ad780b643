import { beforeEach, expect, test } from 'vitest';
import { foundDigest } from '../../engine/core/undo/found-digest.ts';
import { seedWaitingRun } from './seed.ts';
import { startApi } from './start-api.ts';

/* Undo records over all runs: paged, filtered, tried again one by one or many at once. */

const api = await startApi();
const { token } = await api.person('ops', ['operator']);
const viewer = (await api.person('vic', ['viewer'])).token;
const { runId } = await seedWaitingRun(api.db.owner);

await api.db.owner.query(
  `insert into undo_records (tenant_id, id, run_id, scope_path, step_path, step_name, action, action_key, connection,
     target_kind, target_id, effect, origin, inverse, state, failure, expected, found, settled_at)
   select 'default', 'und_' || n, $1, 'run', 'run/' || n, 'Isolate', case when n % 2 = 0 then 'edr.isolate-host' else 'mail.x' end,
     'key ' || n, 'main', 'host', 'H' || n, 'network-isolated', 'ours', '{"action":"edr.release-host@1"}',
     case when n = 1 then 'done' when n % 2 = 0 then 'undo-failed' else 'changed-since' end,
     '{"code":"undo/failed","message":"no"}', case when n % 2 = 1 then '{"state":"present"}'::json end,
     case when n % 2 = 1 then '{"state":"absent"}'::json end, '2026-01-01'::timestamptz + n * interval '1 minute'
   from generate_series(1, 9) n`,
  [runId],
);

beforeEach(() => api.useCases.calls.splice(0));

const ids = (body: { items?: unknown }) => (body.items as { id: string }[]).map(({ id }) => id);

test('a viewer sees that it was not taken back, and neither what the target showed nor what a vendor said', async () => {
  const { body } = await api.call('GET', '/v1/undo/und_3', { token: viewer });
  expect(body).toMatchObject({
    failure: { code: 'undo/failed', message: '[masked]' },
    changed: { expected: { state: '[masked]' }, found: { state: '[masked]' } },
  });
  const list = await api.call('GET', '/v1/undo', { token: viewer });
  expect(JSON.stringify(list.body)).not.toMatch(/present|absent|"no"/);
  expect((await api.call('GET', '/v1/undo/und_3', { token })).body.changed.found).toEqual({
    state: 'absent',
  });
});

test('lists what waits for a person, newest first, in pages that neither repeat nor skip', async () => {
  const seen: string[] = [];
  let next: unknown = '';
  for (let pages = 0; next !== null && pages < 9; pages += 1) {
    const { body } = await api.call(
      'GET',
      `/v1/undo?limit=3${next === '' ? '' : `&cursor=${String(next)}`}`,
      { token },
    );
    seen.push(...ids(body));
    next = body.next;
  }
  expect(seen).toEqual(['und_9', 'und_8', 'und_7', 'und_6', 'und_5', 'und_4', 'und_3', 'und_2']);
});

test.each([
  ['state=changed-since', ['und_9', 'und_7', 'und_5', 'und_3']],
  ['state=changed-since,undo-failed&system=edr', ['und_8', 'und_6', 'und_4', 'und_2']],
  ['target=host:H4', ['und_4']],
  ['system=ed', []],
  ['incident=inc_none', []],
])('filters: %s', async (query, expected) => {
  expect(ids((await api.call('GET', `/v1/undo?${query}`, { token })).body)).toEqual(expected);
});

test('a record says what was expected and found, and what may be done about it', async () => {
  const { body } = await api.call('GET', '/v1/undo/und_9', { token });
  const found = { state: 'absent' };
  expect(body).toMatchObject({
    state: 'changed-since',
    changed: { expected: { state: 'present' }, found, digest: foundDigest(found) },
    permissions: ['retry', 'accept', 'overwrite'],
  });
  expect((await api.call('GET', '/v1/undo/und_8', { token })).body.permissions).toEqual(['retry', 'accept']);
  expect((await api.call('GET', '/v1/undo/und_1', { token })).body.permissions).toEqual(['retry']);
  expect((await api.call('GET', '/v1/undo/und_9', { token: viewer })).body.permissions).toEqual([]);
  expect((await api.call('GET', '/v1/undo/und_none', { token })).status).toBe(404);
});

test('one is tried again, taken back knowingly, or accepted; not by everybody', async () => {
  const digest = foundDigest({ state: 'absent' });
  const post = (path: string, body: object, as = token) => api.call('POST', path, { token: as, body });
  expect((await post('/v1/undo/und_9/retry', { reason: 'again' })).status).toBe(202);
  expect((await post('/v1/undo/und_9/retry', { reason: 'knowing', overwrite: digest })).status).toBe(202);
  expect((await post('/v1/undo/und_9/accept', { reason: 'fine' })).body).toEqual({
    id: 'und_9',
    state: 'left-as-is',
  });
  expect(api.useCases.calls.map(({ input }) => input)).toEqual([
    { recordId: 'und_9', reason: 'again', overwrite: null },
    { recordId: 'und_9', reason: 'knowing', overwrite: digest },
    { recordId: 'und_9', reason: 'fine' },
  ]);
  expect((await post('/v1/undo/und_9/retry', { reason: 'again' }, viewer)).status).toBe(403);
  expect((await post('/v1/undo/und_9/retry', { reason: 'x', overwrite: 'yes' })).status).toBe(400);
  expect((await post('/v1/undo/und_9/accept', { reason: '' })).status).toBe(400);
});

test('of many each is answered by itself, in the order in which they were sent', async () => {
  api.useCases.answer('undoRecord', async (_caller, { recordId }) =>
    String(recordId) === 'und_7'
      ? { ok: false, code: 'undo/not-ended', detail: 'it is being taken back already' }
      : { ok: true, runId },
  );
  const records = [{ id: 'und_8' }, { id: 'und_7' }, { id: 'und_6' }];
  const { status, body } = await api.call('POST', '/v1/undo/retry', {
    token,
    body: { reason: 'all', records },
  });
  expect(status).toBe(200);
  expect(body.items).toEqual([
    { id: 'und_8', ok: true, runId },
    { id: 'und_7', ok: false, status: 409, code: 'undo/not-ended', detail: 'it is being taken back already' },
    { id: 'und_6', ok: true, runId },
  ]);
  const many = { reason: 'all', records: Array.from({ length: 101 }, () => ({ id: 'und_8' })) };
  expect((await api.call('POST', '/v1/undo/retry', { token, body: many })).status).toBe(400);
});
