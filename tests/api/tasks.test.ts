import { beforeAll, describe, expect, test } from 'vitest';
import { seedTask, settleTask } from './seed-task.ts';
import { type Api, startApi } from './start-api.ts';

const api = await startApi();
let approver: Awaited<ReturnType<Api['person']>>;
let viewer: string;
let analyst: string;
let service: string;
let seeded: Awaited<ReturnType<typeof seedTask>>;

beforeAll(async () => {
  approver = await api.person('ann', ['approver']);
  viewer = (await api.person('vic', ['viewer'])).token;
  analyst = (await api.person('ana', ['analyst'])).token;
  service = await api.service('siem', ['operator']);
  seeded = await seedTask(api.db.owner);
});

const answer = (id: string, body: object, token: string, headers = {}) =>
  api.call('POST', `/v1/tasks/${id}/answers`, { token, body, headers });

describe('a task', () => {
  test('is listed with what the caller may do', async () => {
    const mine = await api.call('GET', '/v1/tasks?state=open', { token: approver.token });
    expect(mine.status).toBe(200);
    expect(mine.body.items).toMatchObject([{ id: seeded.taskId, permissions: ['answer', 'ask'] }]);
    const theirs = await api.call('GET', '/v1/tasks', { token: viewer });
    expect(theirs.body.items[0]).toMatchObject({
      permissions: [],
      refusals: { answer: { code: 'auth/forbidden' } },
    });
    const machine = await api.call('GET', '/v1/tasks', { token: service });
    expect(machine.body.items[0].refusals.answer.code).toBe('task/needs-person');
  });

  test('shows every exchange, where to look and what follows, under the digest as its tag', async () => {
    const shown = await api.call('GET', `/v1/tasks/${seeded.taskId}`, { token: approver.token });
    expect(shown.headers.get('etag')).toBe(`"${seeded.digest}"`);
    expect(shown.body).toMatchObject({
      byHand: { words: expect.stringContaining('Defender portal') },
      handle: { machine_action_id: '7a1f4b7e' },
      follows: { silence: expect.stringContaining('action/outcome-unknown') },
      exchanges: [
        { purpose: 'perform', outcome: 'unknown', says: expect.stringContaining('may have arrived') },
        { purpose: 'check', says: expect.stringContaining('correlation 7eaa8cf7') },
      ],
    });
  });

  test('hides values from whoever may not read them', async () => {
    const shown = await api.call('GET', `/v1/tasks/${seeded.taskId}`, { token: viewer });
    expect(JSON.stringify(shown.body)).not.toContain('secret words');
    expect(JSON.stringify(shown.body)).not.toContain('7eaa8cf7');
  });

  test('pages, and tells a cursor of another question', async () => {
    await seedTask(api.db.owner);
    const first = await api.call('GET', '/v1/tasks?limit=1&sort=answerBefore', { token: viewer });
    expect(first.body.items).toHaveLength(1);
    const next = encodeURIComponent(first.body.next);
    const second = await api.call('GET', `/v1/tasks?limit=1&sort=answerBefore&cursor=${next}`, {
      token: viewer,
    });
    expect(second.body.items[0].id).not.toBe(first.body.items[0].id);
    const other = await api.call('GET', `/v1/tasks?limit=1&state=happened&cursor=${next}`, { token: viewer });
    expect(other).toMatchObject({ status: 400, body: { code: 'request/bad-cursor' } });
  });

  test('that a target contradicted can be found', async () => {
    const { taskId } = await seedTask(api.db.owner);
    await settleTask(api.db.owner, taskId, approver.person.id, true);
    const found = await api.call('GET', '/v1/tasks?contradicted=true', { token: viewer });
    expect(found.body.items).toMatchObject([
      { id: taskId, state: 'did-not-happen', answeredBy: { name: 'ann' }, contradicted: true },
    ]);
    const path = `/v1/tasks/${taskId}`;
    const shown = (await api.call('GET', path, { token: analyst })).body;
    expect(shown.late).toMatchObject([{ outcome: 'present', says: 'isolated, correlation 9b1c2d3e' }]);
    const masked = (await api.call('GET', path, { token: viewer })).body;
    expect(masked.late).toMatchObject([{ outcome: 'present', says: '[masked]' }]);
  });

  test('that is not there is not found', async () => {
    expect((await api.call('GET', '/v1/tasks/tsk_none', { token: viewer })).status).toBe(404);
  });
});

describe('an answer', () => {
  test('is handed on with the digest that was seen', async () => {
    const { taskId, digest } = seeded;
    const told = await answer(taskId, { answer: 'happened', proof: 'isolated since 03:12' }, approver.token, {
      'if-match': `"${digest}"`,
    });
    expect(told).toMatchObject({ status: 200, body: { id: taskId, state: 'happened' } });
    expect(api.useCases.calls.at(-1)).toEqual({
      name: 'answerTask',
      input: { taskId, answer: 'happened', proof: 'isolated since 03:12', digest },
    });
  });

  test.each([
    ['without a digest', { answer: 'ask' }, 428, 'task/precondition-required'],
    [
      'of a word that is none',
      { answer: 'maybe', digest: `sha256:${'0'.repeat(64)}` },
      400,
      'request/invalid',
    ],
    [
      'with a field too many',
      { answer: 'ask', digest: `sha256:${'0'.repeat(64)}`, x: 1 },
      400,
      'request/invalid',
    ],
    [
      'with a proof as long as a book',
      { answer: 'happened', proof: 'x'.repeat(2_001), digest: `sha256:${'0'.repeat(64)}` },
      400,
      'request/invalid',
    ],
  ])('%s is refused', async (_what, body, status, code) => {
    const told = await answer(seeded.taskId, body, approver.token);
    expect(told).toMatchObject({ status, body: { code } });
  });

  test.each([
    ['a viewer', () => viewer, 'auth/forbidden'],
    ['an analyst', () => analyst, 'auth/forbidden'],
    ['a service', () => service, 'task/needs-person'],
  ])('of %s is none, and is written down', async (_who, token, code) => {
    const before = api.useCases.calls.length;
    const told = await answer(
      seeded.taskId,
      { answer: 'happened', proof: 'x', digest: seeded.digest },
      token(),
    );
    expect(told).toMatchObject({ status: 403, body: { code } });
    expect(api.useCases.calls).toHaveLength(before);
    expect((await api.entries()).at(-1)?.type).toBe('auth.refused');
  });

  test.each([
    ['task/closed', 409],
    ['task/proof-required', 422],
    ['task/digest-mismatch', 412],
    ['task/being-asked', 409],
    ['auth/fresh-sign-in', 403],
  ] as const)('that the engine refuses with %s is a %s', async (code, status) => {
    api.useCases.answer('answerTask', async () => ({ ok: false, code, detail: 'because' }));
    const told = await answer(
      seeded.taskId,
      { answer: 'happened', proof: 'x', digest: seeded.digest },
      approver.token,
    );
    expect(told).toMatchObject({ status, body: { code } });
  });
});
