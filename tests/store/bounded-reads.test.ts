import { afterAll, beforeAll, expect, it } from 'vitest';
import { openRead } from '../../engine/runtime/read/open-read.ts';
import { countedMax, readBacklog } from '../../engine/runtime/read/read-backlog.ts';
import type { PageRequest } from '../../engine/runtime/read/read-page.ts';
import { findAlarms, findDue, nextDueMs } from '../../engine/runtime/store/queries/find-due.ts';
import { findEndedLeases, takeWarnings } from '../../engine/runtime/store/queries/leases.ts';
import { defaultTenant as t } from '../../schemas/ids.ts';
import { addApproval, addRun, insertRow } from '../support/corridor-rows.ts';
import { type TestDatabase, useDatabase } from '../support/database.ts';
import { multiplyStory } from './multiply-story.ts';
import { rowsTouched } from './rows-touched.ts';
import { type Statements, watchStatements } from './watch-statements.ts';

/*
 * Four thousand runs that wait, with a question, deadlines and a lease each: what people and timers ask all
 * the time takes out of the tables no more than in proportion to what it answers.
 */

const size = 4_000;
/** A page has twenty items and each is joined with a handful of others. */
const rowsMax = 400;

const statements: Statements = new Map();
let database: TestDatabase;

beforeAll(async () => {
  database = await useDatabase();
  const { owner } = database;
  const run_id = await addRun(owner, { state: 'waiting' });
  await addApproval(owner, run_id);
  for (const kind of ['expiry', 'escalation', 'recheck'])
    await insertRow(owner, 'deadlines', {
      tenant_id: t,
      id: `dl_${kind}`,
      run_id,
      scope_path: 'run',
      ref: 'asked',
      kind,
      due_at: new Date('2100-01-01'),
    });
  const alarm_at = new Date('2100-01-01');
  const due = [{ ref: 'asked', kind: 'run-timeout', seq: 0, atMs: alarm_at.getTime() }];
  await owner.query(
    `insert into scopes (tenant_id, run_id, path, version, snapshot, live, due, alarm_at)
     values ($1, $2, 'run', 1, '{}', 'waiting', $3, $4)`,
    [t, run_id, JSON.stringify(due), alarm_at],
  );
  await owner.query(
    `insert into undo_records (tenant_id, id, run_id, scope_path, step_path, step_name, action, action_key, connection,
       target_kind, target_id, effect, origin, inverse, state, created_at, lease_until, lease_warn_at, lease_at_end)
     select tenant_id, 'und_1', id, 'run', 'run/isolate', 'Isolate', 'edr.isolate-host', 'k', 'main', 'host', 'H1',
       'network-isolated', 'ours', '{"action":"edr.release-host@1"}', 'done', created_at, '2100-01-01', '2099-12-31', 'ask'
     from runs where id = $1`,
    [run_id],
  );
  await owner.query(
    `insert into holds (tenant_id, effect, target_kind, target_id, run_id, step_path, state, origin)
     select tenant_id, effect, target_kind, target_id, run_id, step_path, 'held', 'ours' from undo_records`,
  );
  await multiplyStory(owner, size - 1, 1_000);
  await owner.query('analyze');
}, 180_000);
afterAll(() => database.drop());

async function touched(work: (database: ReturnType<typeof watched>) => Promise<unknown>) {
  statements.clear();
  await work(watched());
  return [...(await rowsTouched(database.owner, statements))].filter(([, rows]) => rows > rowsMax);
}
const watched = () => watchStatements(database.app, statements);

it('there is as much as is said', async () => {
  const { rows } = await database.app.query(
    `select (select count(*)::int from runs where state = 'waiting') as runs,
       (select count(*)::int from approvals where state = 'pending') as approvals,
       (select count(*)::int from deadlines) as deadlines, (select count(alarm_at)::int from scopes) as alarms,
       (select count(*)::int from holds) as holds`,
  );
  expect(rows).toEqual([{ runs: size, approvals: size, deadlines: 3 * size, alarms: size, holds: size }]);
});

it.each([
  ['what is due', (sql) => findDue(sql, t, 200)],
  ['what is due for scopes', (sql) => findAlarms(sql, t, 200)],
  ['when the next is due', (sql) => nextDueMs(sql, t, 1_000)],
  ['leases that ended', (sql) => findEndedLeases(sql, t, 50, [])],
  ['leases to be warned of', (sql) => sql.transaction((tx) => takeWarnings(tx, t, 50))],
] satisfies [string, (sql: ReturnType<typeof watched>) => Promise<unknown>][])(
  'a timer with nothing to do reads nearly nothing: %s',
  async (_name, look) => {
    expect(await touched(look)).toEqual([]);
  },
);

type List = (read: ReturnType<typeof openRead>, page: PageRequest) => Promise<{ next: string | null }>;

it.each([
  ['runs', (read, page) => read.listRuns(t, {}, page)],
  ['runs that wait', (read, page) => read.listRuns(t, { status: ['waiting'] }, page)],
  ['questions', (read, page) => read.listApprovals(t, { status: ['pending'] }, page)],
  [
    'questions that end soonest',
    (read, page) => read.listApprovals(t, { status: ['pending'], sort: 'expiresAt' }, page),
  ],
  ['leases', (read, page) => read.listLeases(t, {}, page)],
  ['what is contained', (read, page) => read.listContained(t, {}, page)],
  ['what could not be taken back', (read, page) => read.listUndoRecords(t, {}, page)],
  ['actions', (read, page) => read.listActions(t, {}, page)],
  ['open tasks', (read, page) => read.listTasks(t, { state: ['open'] }, page)],
  ['alerts', (read, page) => read.listAlerts(t, {}, page)],
  ['incidents', (read, page) => read.listIncidents(t, {}, page)],
] satisfies [string, List][])('a page and the one after it read what they show: %s', async (_name, list) => {
  const large = await touched(async (sql) => {
    const read = openRead(sql);
    const first = await list(read, { limit: 20 });
    if (first.next !== null) await list(read, { limit: 20, cursor: first.next });
  });
  expect(large).toEqual([]);
});

it('what waits and what stands is counted up to a bound, for whoever watches', async () => {
  statements.clear();
  const backlog = await readBacklog(watched(), t);
  expect(backlog).toMatchObject({
    approvalsPending: countedMax,
    contained: countedMax,
    runs: { waiting: countedMax },
  });
  expect([...(await rowsTouched(database.owner, statements)).values()]).toEqual([
    expect.toSatisfy((rows: number) => rows <= 3 * countedMax + 20, 'three thousand of twelve'),
  ]);
});
