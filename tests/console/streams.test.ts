import { beforeEach, expect, test } from 'vitest';
import { seedStreams } from '../api/seed-streams.ts';
import { startConsole } from './start-console.ts';

const site = await startConsole();
const ops = await site.signIn('Oda', ['operator']);
beforeEach(() => site.useCases.calls.splice(0));

test('nothing is told outside at first, and the page says how to begin', async () => {
  const { text } = await ops.get('/settings/streams');
  expect(text).toContain('Nothing is told outside.');
  expect(text).toContain('riposte streams add');
  expect((await ops.get('/')).text).not.toContain('Needs a look');
});

test('each stream says how far it is, since when it fails and why; the path of a webhook stays inside', async () => {
  await seedStreams(site.db.owner);
  const { text } = await ops.get('/settings/streams');
  for (const words of [
    'siem',
    'Failing',
    '1204',
    'connect ECONNREFUSED &lt;b&gt;',
    '7 tries',
    'Paused',
    'Resume',
  ])
    expect(text).toContain(words);
  expect(text).toContain('https://pager.example.org');
  expect(text).not.toContain('secret-path');
  expect((await ops.get('/')).text).toMatch(/Needs a look.*stream .*siem.*ECONNREFUSED/s);
});

test('pause, resume and remove are forms; a test says what it met', async () => {
  for (const verb of ['pause', 'resume', 'remove']) {
    const sent = await ops.post(`/settings/streams/siem/${verb}`, {});
    expect([sent.status, sent.headers.get('location')]).toEqual([303, '/settings/streams']);
  }
  expect(site.useCases.calls.map(({ input }) => input)).toEqual(
    ['pause', 'resume', 'remove'].map((kind) => ({ kind, id: 'siem' })),
  );
  site.useCases.answer('changeStream', async () => ({ ok: true, error: 'the line was cut' }));
  expect((await ops.post('/settings/streams/siem/test', {})).text).toContain('the line was cut');
  site.useCases.answer('changeStream', async () => ({
    ok: false,
    code: 'request/not-found',
    detail: 'There is no stream siem.',
  }));
  const gone = await ops.post('/settings/streams/siem/pause', {});
  expect(gone.status).toBe(404);
  expect(gone.text).toContain('There is no stream siem.');
});

test('whoever may not manage streams sees neither the page nor the trouble', async () => {
  const ann = await site.signIn('Ann', ['approver']);
  expect((await ann.get('/settings/streams')).status).toBe(403);
  const home = (await ann.get('/')).text;
  expect(home).not.toContain('ECONNREFUSED');
  expect(home).not.toContain('/settings/streams');
});
