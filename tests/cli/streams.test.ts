import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { beforeEach, expect, test } from 'vitest';
import { startApi } from '../api/start-api.ts';
import { riposte } from './start-cli.ts';

const api = await startApi();
const token = (await api.person('oda', ['operator'])).token;
const viewer = (await api.person('vic', ['viewer'])).token;

const as = (secret: string) => ({ RIPOSTE_URL: api.url, RIPOSTE_TOKEN: secret });
beforeEach(() => api.useCases.calls.splice(0));

test('nothing is told outside at first, and the list says how to begin', async () => {
  const listed = await riposte(['streams'], as(token));
  expect(listed.code).toBe(0);
  expect(`${listed.stdout}${listed.stderr}`).toContain('riposte streams add');
});

test('a stream is added with the name of its secret, and changed by its own', async () => {
  const url = 'https://siem.example.org/hook';
  const types = ['--types', 'approval.*,stop.set'];
  const added = await riposte(
    ['streams', 'add', 'siem', url, '--secret', 'STREAM_SECRET_SIEM', ...types],
    as(token),
  );
  expect(added).toMatchObject({ code: 0, stderr: '' });
  for (const verb of ['pause', 'resume', 'remove']) {
    expect(await riposte(['streams', verb, 'siem'], as(token))).toMatchObject({ code: 0, stderr: '' });
  }
  const stream = {
    kind: 'webhook',
    id: 'siem',
    url,
    types: ['approval.*', 'stop.set'],
    secretName: 'STREAM_SECRET_SIEM',
  };
  expect(api.useCases.calls.map(({ input }) => input)).toEqual([
    { kind: 'create', stream },
    { kind: 'pause', id: 'siem' },
    { kind: 'resume', id: 'siem' },
    { kind: 'remove', id: 'siem' },
  ]);
});

test('whoever may not manage streams changes none', async () => {
  expect((await riposte(['streams', 'pause', 'siem'], as(viewer))).code).toBe(3);
  expect(api.useCases.calls).toEqual([]);
});

test('a line has a kind and the certificates of its authority, and no secret', async () => {
  const file = fileURLToPath(new URL('../outward/test-authority.ts', import.meta.url));
  const url = 'tls://siem.example.org:6514';
  const added = await riposte(
    ['streams', 'add', 'soc', url, '--kind', 'syslog', '--authority', file],
    as(token),
  );
  expect(added).toMatchObject({ code: 0, stderr: '' });
  const stream = { kind: 'syslog', id: 'soc', url, types: [], authority: readFileSync(file, 'utf8') };
  expect(api.useCases.calls.map(({ input }) => input)).toEqual([{ kind: 'create', stream }]);
  expect((await riposte(['streams', 'add', 'soc', url, '--authority', '/none'], as(token))).code).toBe(2);
});

test('a webhook without a secret, and a line with one, are refused before anything is asked', async () => {
  const url = 'https://siem.example.org/hook';
  expect((await riposte(['streams', 'add', 'siem', url], as(token))).stderr).toContain('secretName');
  const line = ['streams', 'add', 'siem', 'tls://a.example:6514', '--kind', 'syslog'];
  expect((await riposte([...line, '--secret', 'STREAM_SECRET_A'], as(token))).stderr).toContain('secretName');
  expect(api.useCases.calls).toEqual([]);
});

test('a receiver that does not take the test is a finding', async () => {
  api.useCases.answer('changeStream', async () => ({ ok: true, error: 'the receiver answered 500' }));
  const tried = await riposte(['streams', 'test', 'siem'], as(token));
  expect(tried.code).toBe(1);
  expect(tried.stderr).toContain('the receiver answered 500');
});
