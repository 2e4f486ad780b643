import { beforeEach, expect, test } from 'vitest';
import { seedWaitingRun } from '../api/seed.ts';
import { startApi } from '../api/start-api.ts';
import { riposte } from './start-cli.ts';

const api = await startApi();
const token = (await api.person('ana', ['analyst'])).token;
const viewer = (await api.person('vic', ['viewer'])).token;
const { incidentId } = await seedWaitingRun(api.db.owner);

const as = (secret: string) => ({ RIPOSTE_URL: api.url, RIPOSTE_TOKEN: secret });
beforeEach(() => api.useCases.calls.splice(0));

test('incidents are a table with their verdicts', async () => {
  const listed = await riposte(['incidents', '--status', 'new'], as(token));
  expect(listed).toMatchObject({ code: 0, stderr: '' });
  expect(listed.stdout).toMatch(/^INCIDENT +SEVERITY +STATUS +VERDICT/);
  expect(listed.stdout).toContain(incidentId);
});

test('an update names the version that was read, and says what it changed', async () => {
  const verdict = ['--status', 'resolved', '--classification', 'false_positive'];
  const changed = await riposte(['incidents', 'update', incidentId, ...verdict], as(token));
  expect(changed).toMatchObject({ code: 0, stderr: '' });
  expect(changed.stdout).toContain('status resolved, classification false_positive');
  const change = { status: 'resolved', classification: 'false_positive' };
  expect(api.useCases.calls).toEqual([
    { name: 'changeIncident', input: { id: incidentId, version: 1, change } },
  ]);
});

test('an update that says nothing, that is not allowed or that is late changes nothing', async () => {
  expect((await riposte(['incidents', 'update', incidentId], as(token))).code).toBe(2);
  const owner = ['incidents', 'update', incidentId, '--owner', 'jo'];
  expect((await riposte(owner, as(viewer))).code).toBe(3);
  expect(api.useCases.calls).toEqual([]);
  api.useCases.answer('changeIncident', async () => ({ ok: false, code: 'request/stale', detail: 'older' }));
  const late = await riposte(owner, as(token));
  expect(late.code).toBe(1);
  expect(late.stderr).toContain('request/stale');
});
