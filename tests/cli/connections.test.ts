import { expect, test } from 'vitest';
import { startApi } from '../api/start-api.ts';
import { seedConnections } from '../connections/seed-connections.ts';
import { riposte } from './start-cli.ts';

const api = await startApi();
const token = (await api.person('oda', ['operator'])).token;
const viewer = (await api.person('vic', ['viewer'])).token;
const as = (secret: string) => ({ RIPOSTE_URL: api.url, RIPOSTE_TOKEN: secret });

test('without any the list says where they come from', async () => {
  const listed = await riposte(['connections'], as(viewer));
  expect(listed.code).toBe(0);
  expect(listed.stderr).toContain('RIPOSTE_CONNECTIONS');
});

test('the list says which fail and what may not be done', async () => {
  await seedConnections(api.db.owner);
  const { code, stdout } = await riposte(['connections'], as(viewer));
  expect(code).toBe(0);
  expect(stdout).toMatch(/edr\.emea +limited +edr\.release-host/);
  expect(stdout).toMatch(/directory\.emea +failing/);
});

test('a test that finds a missing right says which, and is a finding', async () => {
  const tested = await riposte(['connections', 'test', 'edr.emea'], as(token));
  expect(tested.code).toBe(1);
  expect(tested.stdout).toMatch(/edr\.release-host +no +WindowsDefenderATP: Machine\.Isolate/);
  expect(tested.stderr).toContain('Give the application the permissions');
  expect(tested.stdout).toMatch(/client_secret +vault +yes/);
  expect(tested.stdout).toMatch(/certificate +file +later/);
});

test('one that works is none', async () => {
  expect(await riposte(['connections', 'test', 'inventory.emea'], as(token))).toMatchObject({ code: 0 });
});

test('whoever may not test is told who may', async () => {
  const refused = await riposte(['connections', 'test', 'edr.emea'], as(viewer));
  expect(refused.code).toBe(3);
  expect(refused.stderr).toContain('operator');
});
