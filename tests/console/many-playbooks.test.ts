import { beforeAll, expect, test } from 'vitest';
import { seedPlaybook, seedWaitingRun } from '../api/seed.ts';
import { explainAll } from '../store/explain-all.ts';
import { growPlaybooks } from '../store/grow-playbooks.ts';
import { rowsTouched } from '../store/rows-touched.ts';
import { type Statements, watchStatements } from '../store/watch-statements.ts';
import { useDatabase } from '../support/database.ts';
import { startConsole, type Visitor } from './start-console.ts';

/* Five thousand playbooks: pages stay pages, and one playbook is found without a list of all of them. */

const statements: Statements = new Map();
const database = await useDatabase();
const at = await startConsole({ db: { ...database, app: watchStatements(database.app, statements) } });
let ops: Visitor;

beforeAll(async () => {
  const { owner } = database;
  await seedWaitingRun(owner);
  await seedPlaybook(owner);
  await growPlaybooks(owner, 'isolate-host', 4_999);
  // As the server does by itself, once there are fifty.
  await owner.query('analyze runs');
  ops = await at.signIn('Ola', ['operator']);
}, 60_000);

const titles = (text: string) => [...text.matchAll(/href="\/playbooks\/([\w-]+)"/g)].map(([, id]) => id);

test.each(['/', '/runs', '/runs?playbook=isolate-host', '/playbooks', '/actions', '/settings'])(
  'what a page asks does not grow with them: %s',
  async (path) => {
    statements.clear();
    expect((await ops.get(path)).status).toBe(200);
    expect(await explainAll(database, statements)).toEqual([]);
    const large = [...(await rowsTouched(database.owner, statements))].filter(([, rows]) => rows > 400);
    expect(large).toEqual([]);
  },
);

test('the list of playbooks has pages, and each leads on with its filter', async () => {
  const first = await ops.get('/playbooks?enabled=true');
  expect(titles(first.text)).toHaveLength(50);
  expect(first.text).not.toContain('>First</a>');
  const [, next = ''] = /<a href="([^"]+)" rel="next">Next</.exec(first.text) ?? [];
  expect(next).toContain('enabled=true');
  const second = await ops.get(next.replaceAll('&amp;', '&'));
  expect(titles(second.text)).toHaveLength(50);
  expect(titles(second.text).filter((id) => titles(first.text).includes(id))).toEqual([]);
  expect(second.text).toContain('href="/playbooks?enabled=true">First</a>');
});

test('a search finds titles and ids, and says when there is nothing like it', async () => {
  expect(titles((await ops.get('/playbooks?q=ISOLATE+A+HOST+77')).text)).toHaveLength(11);
  expect(titles((await ops.get('/playbooks?q=host-00420')).text)).toEqual(['isolate-host-00420']);
  const none = await ops.get('/playbooks?q=%25&mode=enforce');
  expect(none.text).toContain('No playbook is like that.');
  expect((await ops.get(`/playbooks?q=${'x'.repeat(900)}`)).status).toBe(200);
});

test('runs of one playbook are found by its id or by words of its title', async () => {
  const all = await ops.get('/runs');
  expect(all.text.match(/<option value="isolate-host/g)).toHaveLength(20);
  for (const typed of ['isolate-host', '%20isolate-host%20']) {
    const { text } = await ops.get(`/runs?playbook=${typed}`);
    expect(text).toContain('href="/runs/');
    expect(text).not.toContain('playbooks fit');
  }
  const other = await ops.get('/runs?playbook=isolate-host-00420');
  expect(other.text).toContain('No runs.');
  const byTitle = await ops.get('/runs?playbook=a+host+4420');
  expect(byTitle.text).toContain('No runs.');
});

test('what fits several is asked back, and what fits none is said', async () => {
  const several = await ops.get('/runs?status=waiting&playbook=host-0042');
  expect(several.text).toContain('Several playbooks fit');
  expect(several.text).toContain('href="/runs?status=waiting&amp;playbook=isolate-host-00420"');
  expect((await ops.get('/runs?playbook=isolate')).text).toContain('Many playbooks fit; the first of them');
  expect((await ops.get('/runs?playbook=%3Cb%3E')).text).toContain('No playbook is called like that');
});
