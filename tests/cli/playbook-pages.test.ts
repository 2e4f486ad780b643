import { beforeAll, expect, test } from 'vitest';
import { seedPlaybook } from '../api/seed.ts';
import { startApi } from '../api/start-api.ts';
import { growPlaybooks } from '../store/grow-playbooks.ts';
import { riposte } from './start-cli.ts';

/* More playbooks than a page of the server holds. */

const api = await startApi();
const token = (await api.person('ops', ['operator'])).token;
const env = { RIPOSTE_URL: api.url, RIPOSTE_TOKEN: token };
const ids = (stdout: string) => JSON.parse(stdout).items.map(({ id }: { id: string }) => id);

beforeAll(async () => {
  await seedPlaybook(api.db.owner);
  await growPlaybooks(api.db.owner, 'isolate-host', 450);
});

test('riposte playbooks lists all of them, page by page', async () => {
  const { stdout, stderr, code } = await riposte(['playbooks'], env);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  const lines = stdout.trim().split('\n').slice(1);
  expect(lines).toHaveLength(451);
  expect(new Set(lines.map((line) => line.split(' ')[0])).size).toBe(451);
  expect(ids((await riposte(['playbooks', '--json'], env)).stdout)).toHaveLength(451);
});

test('one page of them when that is asked for', async () => {
  const first = JSON.parse((await riposte(['playbooks', '--limit', '3', '--json'], env)).stdout);
  expect(first.items).toHaveLength(3);
  const second = await riposte(['playbooks', '--limit', '3', '--cursor', first.next, '--json'], env);
  expect(ids(second.stdout)).toEqual(['isolate-host-00003', 'isolate-host-00004', 'isolate-host-00005']);
});

test('only what is looked for', async () => {
  const found = await riposte(['playbooks', '--search', 'HOST-0044', '--off', '--json'], env);
  expect(ids(found.stdout)).toEqual(['isolate-host-00440']);
  expect((await riposte(['playbooks', '--mode', 'audit'], env)).stderr).toContain('No playbooks.');
  expect(await riposte(['playbooks', '--on', '--off'], env)).toMatchObject({ code: 2 });
});
