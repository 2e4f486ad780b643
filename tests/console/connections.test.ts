import { expect, test } from 'vitest';
import { seedConnections } from '../connections/seed-connections.ts';
import { startConsole } from './start-console.ts';

const riposte = await startConsole();
const oda = await riposte.signIn('Oda', ['operator']);
const vic = await riposte.signIn('Vic', ['viewer']);

test('without any the page says where they come from, and home is quiet', async () => {
  expect((await vic.get('/settings/connections')).text).toContain('RIPOSTE_CONNECTIONS');
  expect((await vic.get('/')).text).not.toContain('not work');
  await seedConnections(riposte.db.owner);
});

test('home says that one does not work, and leads to it', async () => {
  const { text } = await vic.get('/');
  expect(text).toContain('One connection does not work');
  expect(text).toContain('href="/settings/connections/directory.emea"');
  expect(text).not.toContain('href="/settings/connections/edr.emea"');
});

test('the list says in a word what each may, and settings lead there', async () => {
  const { text } = await vic.get('/settings/connections');
  expect(text).toContain('may not: Release a host');
  expect(text).toContain('Failing');
  expect((await vic.get('/settings')).text).toContain('href="/settings/connections"');
});

test('one of them: action by action, what it lacks and what to do; addresses for those who may test', async () => {
  const { text } = await oda.get('/settings/connections/edr.emea');
  expect(text).toContain('<code>WindowsDefenderATP: Machine.Isolate</code>');
  expect(text).toContain('Give the application the permissions');
  expect(text).toContain('https://api.example.org:8443');
  expect(text.replace(/<[^>]+>/g, ' ')).toMatch(/client_secret\s+Kept in\s+Vault\s+Can be read\s+Yes/);
  expect(text.replace(/<[^>]+>/g, ' ')).toMatch(
    /certificate\s+Kept in\s+a file of the worker\s+Can be read\s+Not now/,
  );
  const seen = await vic.get('/settings/connections/edr.emea');
  expect(seen.text).not.toContain('client_secret');
  expect(seen.text).toContain('May not');
  expect(seen.text).not.toContain('api.example.org');
  expect(seen.text).not.toContain('Test now');
  expect(seen.text).toContain('Your roles cannot test it.');
});

test('what a vendor said is shown as data', async () => {
  const { text } = await oda.get('/settings/connections/directory.emea');
  expect(text).toContain('&lt;b&gt;invalid_client');
  expect(text).not.toContain('<b>invalid_client');
});

test('one that is not there is not found', async () => {
  expect((await vic.get('/settings/connections/edr.none')).status).toBe(404);
});

test('a test leads back to what it found; one that may not be is said, and nothing is asked', async () => {
  const path = '/settings/connections/edr.emea';
  const done = await oda.post(`${path}/test`);
  expect([done.status, done.headers.get('location')]).toEqual([303, path]);
  expect((await vic.post(`${path}/test`)).status).toBe(403);
  expect(riposte.useCases.calls.filter(({ name }) => name === 'testConnection')).toHaveLength(1);
});

test('no answer yet, and a refusal, are said on the page', async () => {
  const path = '/settings/connections/edr.emea/test';
  riposte.useCases.answer('testConnection', async () => ({ ok: true, state: 'asked' }));
  expect((await oda.post(path)).text).toContain('No worker has answered yet.');
  riposte.useCases.answer('testConnection', async () => ({
    ok: false,
    code: 'pause/active',
    detail: 'Everything is paused.',
  }));
  const refused = await oda.post(path);
  expect(refused.status).toBe(409);
  expect(refused.text).toContain('Everything is paused.');
});
