import { beforeEach, expect, test } from 'vitest';
import { seedConnections } from '../connections/seed-connections.ts';
import { startApi } from './start-api.ts';

const api = await startApi({ validateAnswers: true });
await seedConnections(api.db.owner);
const operator = (await api.person('oda', ['operator'])).token;
const viewer = (await api.person('vic', ['viewer'])).token;
const path = '/v1/settings/connections';
beforeEach(() => api.useCases.calls.splice(0));

test('everybody sees which connections work and what may go over them', async () => {
  const { status, body } = await api.call('GET', path, { token: viewer });
  expect(status).toBe(200);
  expect(body.items.map(({ id, health }: { id: string; health: string }) => `${id} ${health}`)).toEqual([
    'chat.emea works',
    'directory.emea failing',
    'edr.emea limited',
    'inventory.emea works',
  ]);
  const [, directory, edr] = body.items;
  expect(edr.test.actions).toEqual([
    { action: 'edr.isolate-host', title: 'Isolate a host', may: 'yes', lacks: [] },
    {
      action: 'edr.release-host',
      title: 'Release a host',
      may: 'no',
      lacks: ['WindowsDefenderATP: Machine.Isolate'],
    },
  ]);
  expect(directory.trouble).toMatchObject([{ code: 'unauthorized', says: 'The sign-in was refused.' }]);
});

test('pages follow each other', async () => {
  const first = await api.call('GET', `${path}?limit=3`, { token: viewer });
  expect(first.body.items).toHaveLength(3);
  const second = await api.call('GET', `${path}?limit=3&cursor=${first.body.next}`, { token: viewer });
  expect(second.body.items.map(({ id }: { id: string }) => id)).toEqual(['inventory.emea']);
});

test('where it is reached is for those who may test', async () => {
  const seen = async (token: string) => (await api.call('GET', `${path}/edr.emea`, { token })).body;
  expect((await seen(viewer)).addresses).toBeNull();
  expect((await seen(viewer)).refusals.test.code).toBe('auth/forbidden');
  expect((await seen(operator)).addresses).toMatchObject({ apiUrl: 'https://api.example.org:8443' });
  expect((await seen(operator)).permissions).toEqual(['test']);
  expect((await seen(viewer)).test.secrets).toEqual([]);
  expect((await seen(operator)).test.secrets).toEqual([
    { name: 'client_secret', from: 'vault', readable: 'yes' },
    { name: 'certificate', from: 'file', readable: 'later' },
  ]);
  const said = async (token: string) =>
    (await api.call('GET', `${path}/directory.emea`, { token })).body.test.looks[0];
  expect(await said(viewer)).toMatchObject({ code: 'unauthorized', text: null });
  expect((await said(operator)).text).toContain('401');
});

test('one that is not there is not found', async () => {
  for (const id of ['edr.none', 'edr', 'none'])
    expect((await api.call('GET', `${path}/${id}`, { token: viewer })).body.code).toBe('request/not-found');
});

test('what no name can be is no failure of ours', async () => {
  for (const id of ['%00', 'edr%00.emea', 'edr.emea%20', '..%2Fedr.emea', '%F0%9F%98%80', 'x'.repeat(500)])
    expect((await api.call('GET', `${path}/${id}`, { token: viewer })).status).toBeLessThan(500);
});

test('a test is for operators, and answers with the connection', async () => {
  const refused = await api.call('POST', `${path}/edr.emea/test`, { token: viewer });
  expect([refused.status, refused.body.code]).toEqual([403, 'auth/forbidden']);
  expect(api.useCases.calls).toEqual([]);
  const tested = await api.call('POST', `${path}/edr.emea/test`, { token: operator });
  expect([tested.status, tested.body.id]).toEqual([200, 'edr.emea']);
  expect(api.useCases.calls).toMatchObject([{ name: 'testConnection', input: { id: 'edr.emea' } }]);
});

test('no worker has answered: 202; too soon: 429 with the seconds to wait', async () => {
  api.useCases.answer('testConnection', async () => ({ ok: true, state: 'asked' }));
  expect((await api.call('POST', `${path}/edr.emea/test`, { token: operator })).status).toBe(202);
  api.useCases.answer('testConnection', async () => ({
    ok: false,
    code: 'request/rate-limited',
    detail: 'It was tested just now.',
    waitSeconds: 7,
  }));
  const soon = await api.call('POST', `${path}/edr.emea/test`, { token: operator });
  expect([soon.status, soon.headers.get('retry-after')]).toEqual([429, '7']);
});
