import { beforeEach, expect, test } from 'vitest';
import { seedWaitingRun } from '../api/seed.ts';
import { startApi } from '../api/start-api.ts';
import { riposte } from './start-cli.ts';

const api = await startApi();
const ops = (await api.person('ops', ['operator'])).token;
const analyst = (await api.person('ann', ['analyst'])).token;
const seeded = await seedWaitingRun(api.db.owner);
const as = (token: string) => ({ RIPOSTE_URL: api.url, RIPOSTE_TOKEN: token });
beforeEach(() => api.useCases.calls.splice(0));

test('riposte undo sends the reason and the steps, and none means all', async () => {
  const some = ['undo', seeded.runId, '--step', 'isolate', 'run/tell', '--reason', 'clean', '--yes'];
  expect(await riposte(some, as(ops))).toMatchObject({ code: 0, stdout: `${seeded.runId}  undoing\n` });
  expect(await riposte(['undo', seeded.runId, '--reason', 'clean', '--yes'], as(ops))).toMatchObject({
    code: 0,
  });
  expect(api.useCases.calls.map(({ input }) => input)).toEqual([
    { runId: seeded.runId, reason: 'clean', steps: ['run/isolate', 'run/tell'] },
    { runId: seeded.runId, reason: 'clean', steps: null },
  ]);
});

test('riposte undo asks first, wants a reason, and is not for everybody', async () => {
  expect(await riposte(['undo', seeded.runId, '--reason', 'clean'], as(ops))).toMatchObject({ code: 2 });
  expect(await riposte(['undo', seeded.runId, '--yes'], as(ops))).toMatchObject({ code: 2 });
  const refused = await riposte(['undo', seeded.runId, '--reason', 'clean', '--yes'], as(analyst));
  expect(refused.code).toBe(3);
  expect(refused.stderr).toContain('auth/forbidden');
  expect(api.useCases.calls).toEqual([]);
});

test('riposte undo of a run that is under way says what to do', async () => {
  api.useCases.answer('undoRun', async () => ({
    ok: false,
    code: 'undo/not-ended',
    detail: 'the run is waiting; cancel it with undo to take back what it did',
  }));
  const refused = await riposte(['undo', seeded.runId, '--reason', 'clean', '--yes'], as(ops));
  expect(refused.code).toBe(1);
  expect(refused.stderr).toContain('cancel it with undo');
});
