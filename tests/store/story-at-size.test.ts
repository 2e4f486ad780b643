import { afterAll, beforeAll, expect, it } from 'vitest';
import { openRead } from '../../engine/runtime/read/open-read.ts';
import { defaultTenant as t } from '../../schemas/ids.ts';
import { addApproval, addRun, insertRow } from '../support/corridor-rows.ts';
import { type TestDatabase, useDatabase } from '../support/database.ts';
import { rowsTouched } from './rows-touched.ts';
import { type Statements, watchStatements } from './watch-statements.ts';

/*
 * A campaign: one incident of a hundred thousand alerts, and one of some that came at the same instants. A page of a story
 * reads its own events in the order in which an index has them.
 */

const size = 100_000;
const together = 500;
const statements: Statements = new Map();
let database: TestDatabase;

beforeAll(async () => {
  database = await useDatabase();
  const { owner } = database;
  for (const [id, alerts] of [
    ['inc_campaign', size],
    ['inc_together', together],
  ]) {
    await insertRow(owner, 'incidents', {
      tenant_id: t,
      id,
      source: 'edr',
      source_id: id,
      title: id,
      severity: 'high',
    });
    await addRun(owner, { state: 'succeeded', incident_id: id });
    await owner.query(
      `insert into alerts (tenant_id, id, source, source_id, title, severity, category, alert, raw, incident_id, state, received_at)
       select $1, $2 || n, 'edr', $2 || n, 'Mail ' || n, 'high', 'phishing', '{}', '{}', $2, 'matched',
         '2026-01-01'::timestamptz + (case when $4 then n / 10 else n end) * interval '1 second' from generate_series(1, $3::int) n`,
      [t, id, alerts, id === 'inc_together'],
    );
  }
  await owner.query(
    `insert into alert_targets (tenant_id, alert_id, kind, target_id, name)
     select $1, a.id, 'mail', a.id || k, null from alerts a, generate_series(1, 3) k
     where a.received_at between '2026-01-01 12:00' and '2026-01-01 12:10'`,
    [t],
  );
  // A quiet incident of an hour in between: what runs tell, an index has in the order of time for the whole tenant alone.
  for (const id of ['inc_quiet', 'inc_middle', 'inc_noise'])
    await owner.query(
      `insert into incidents (tenant_id, id, source, source_id, title, severity) values ($1, $2, 'edr', $2, $2, 'high')`,
      [t, id],
    );
  const run = await addRun(owner, { state: 'succeeded', incident_id: 'inc_noise' });
  const approval = await addApproval(owner, run, { state: 'granted', ended_at: new Date('2026-01-01') });
  const when = `'2026-01-01'::timestamptz + n * interval '1 second'`;
  const whose = `case when n % 100 = 0 and n between 9000 and 12000 then 'inc_quiet'
    when n between 12000 and 15000 then 'inc_middle' else 'inc_noise' end`;
  await owner.query(
    `insert into runs select (jsonb_populate_record(r, jsonb_build_object('id', 'run_' || n, 'run_key', 'key_' || n,
       'incident_id', ${whose}, 'created_at', ${when}, 'started_at', ${when}, 'ended_at', ${when}))).*
     from runs r, generate_series(1, 20000) n where r.id = $1`,
    [run],
  );
  await owner.query(
    `insert into approvals select (jsonb_populate_record(p, jsonb_build_object('id', 'apr_' || n, 'run_id', 'run_' || n,
       'requested_at', ${when}, 'ended_at', ${when}))).*
     from approvals p, generate_series(1, 20000) n where p.id = $1`,
    [approval],
  );
  await owner.query('analyze');
}, 120_000);
afterAll(() => database.drop());

it.each(['at', '-at'] as const)('a page in the middle of it reads no other event (%s)', async (sort) => {
  statements.clear();
  const read = openRead(watchStatements(database.app, statements));
  const filter = { sort, [sort === 'at' ? 'since' : 'until']: '2026-01-01T12:05:00Z' };
  const first = await read.listStory(t, 'inc_campaign', filter, { limit: 20 });
  const { items } = await read.listStory(t, 'inc_campaign', filter, { limit: 20, cursor: first.next ?? '' });
  expect(items.map(({ targets }) => targets.length)).toEqual(items.map(() => 3));
  const seconds = items.map(({ at }) => (Date.parse(at) - Date.parse('2026-01-01T12:05:00Z')) / 1_000);
  expect(seconds).toEqual(items.map((_, n) => (sort === 'at' ? 20 + n : -21 - n)));
  const touched = [...(await rowsTouched(database.owner, statements)).values()];
  // The first page and the next.
  expect(touched).toHaveLength(2);
  for (const rows of touched) expect(rows).toBeLessThan(1_000);
});

it.each(['at', '-at'] as const)(
  'a page of a quiet incident reads its own runs and no others (%s)',
  async (sort) => {
    statements.clear();
    const read = openRead(watchStatements(database.app, statements));
    const { items } = await read.listStory(t, 'inc_quiet', { sort }, { limit: 20 });
    expect(items).toHaveLength(20);
    const touched = [...(await rowsTouched(database.owner, statements)).values()];
    expect(touched).toHaveLength(1);
    // Thirty-one runs with a question each, looked at by each kind of event.
    expect(touched[0]).toBeLessThan(1_500);
  },
);

it.each(['at', '-at'] as const)('a page walks through no index of the whole tenant (%s)', async (sort) => {
  statements.clear();
  const read = openRead(watchStatements(database.app, statements));
  await read.listStory(t, 'inc_middle', { sort }, { limit: 20 });
  const [[text, { values }] = ['', { values: [] }]] = [...statements];
  const { rows } = await database.owner.query<{ 'QUERY PLAN': string }>(`explain ${text}`, values);
  const plan = rows.map((row) => row['QUERY PLAN']).join('\n');
  expect(plan).toContain('runs_by_incident');
  expect(plan).not.toMatch(/_newest|_recent/);
});

it.each(['at', '-at'] as const)(
  'what happened at the same instant is told once, page after page (%s)',
  async (sort) => {
    const read = openRead(database.app);
    const told: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await read.listStory(t, 'inc_together', { sort }, { limit: 7, cursor });
      told.push(...page.items.map(({ at, type, ref }) => `${at} ${type} ${ref}`));
      cursor = page.next ?? undefined;
    } while (cursor !== undefined);
    const { items } = await read.listStory(t, 'inc_together', { sort }, { limit: 10_000 });
    expect(told).toEqual(items.map(({ at, type, ref }) => `${at} ${type} ${ref}`));
    expect(new Set(told).size).toBe(told.length);
    expect(told.filter((each) => each.includes(' alert.accepted '))).toHaveLength(together);
  },
);
