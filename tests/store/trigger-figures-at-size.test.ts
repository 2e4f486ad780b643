import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  createTriggerFigures,
  figuresMost,
  readTriggerFigures,
} from '../../engine/runtime/read/read-trigger-figures.ts';
import type { Sql } from '../../engine/runtime/store/sql.ts';
import { defaultTenant } from '../../schemas/ids.ts';
import { addRun } from '../support/corridor-rows.ts';
import { type TestDatabase, useDatabase } from '../support/database.ts';

/* Figures of one trigger among a hundred thousand events: as many of the newest are read as it says, and no more. */

let database: TestDatabase;
beforeAll(async () => {
  database = await useDatabase();
  const { owner } = database;
  const run = await addRun(owner, { state: 'succeeded', trigger_id: 'busy' });
  await addRun(owner, { state: 'undone', trigger_id: 'rare' });
  await addRun(owner, { state: 'running', trigger_id: 'rare', mode: 'audit' });
  await addRun(owner, { state: 'failed', trigger_id: 'call' });
  await addRun(owner, { state: 'denied', trigger_id: 'rare' });
  const trace = `insert into decision_traces (tenant_id, event_id, seq, playbook_id, trigger_id, outcome, code, at)
     select 'default', 'a' || n, $5, 'isolate', $1, $2, $3, clock_timestamp() - n * interval '1 second'
     from generate_series(1, $4::int) n`;
  await owner.query(trace, ['busy', 'not-matched', 'match/not-true', 50_000, 1]);
  await owner.query(trace, ['old', 'not-matched', 'match/not-true', 50_000, 6]);
  await owner.query(trace, ['rare', 'attached', 'match/duplicate', 7, 2]);
  await owner.query(trace, ['rare', 'skipped', 'match/group-full', 9, 3]);
  await owner.query(trace, ['rare', 'error', 'match/expression-failed', 4, 4]);
  await owner.query(trace, ['rare', 'redelivered', 'match/redelivered', 5, 5]);
  await owner.query(
    `update decision_traces set at = clock_timestamp() - interval '31 days' where event_id = 'a7' and seq = 2`,
  );
  await owner.query(
    `insert into playbook_versions (tenant_id, playbook_id, version, semver, title, source, source_sha256, plan, digest,
       compiler_version, published_by)
     select tenant_id, p, version, semver, title, source, source_sha256, plan, digest, compiler_version, published_by
     from playbook_versions, unnest(array['old', 'other']) p where playbook_id = 'isolate'`,
  );
  await owner.query(
    `insert into runs (tenant_id, id, playbook_id, playbook_version, digest, compiler_version, snapshot_version, run_key,
       trigger_id, mode, priority, state, given, started_by, created_at)
     select tenant_id, p || n || age, p, playbook_version, digest, compiler_version, snapshot_version, p || n || age,
       trigger_id, mode, priority, state, given, started_by, created_at - n * interval '1 second' - age
     from runs, generate_series(1, 10000) n,
       (values ('isolate', interval '0'), ('isolate', interval '31 days'), ('old', interval '31 days'),
         ('other', interval '-1 day'), ('other', interval '-2 days')) as of(p, age)
     where id = $1`,
    [run],
  );
  await owner.query(`update decision_traces set at = at - interval '31 days' where trigger_id = 'old'`);
  await owner.query('analyze decision_traces');
  await owner.query('analyze runs');
}, 120_000);
afterAll(() => database.drop());

/** The database, and what it was asked. */
function watched() {
  const asked: { text: string; values: unknown[] }[] = [];
  const sql = {
    query: async (text: string, values: unknown[]) => {
      asked.push({ text, values });
      return database.app.query(text, values);
    },
  } as unknown as Sql;
  return { sql, asked };
}

interface Node {
  'Actual Rows': number;
  'Rows Removed by Filter'?: number;
  Plans?: Node[];
}

const rowsOf = (node: Node): number =>
  Math.max(node['Actual Rows'] + (node['Rows Removed by Filter'] ?? 0), ...(node.Plans ?? []).map(rowsOf));

it('counts what matched, what was suppressed and why, and what became of the runs', async () => {
  const [rare, call] = await readTriggerFigures(database.app, defaultTenant, 'isolate', ['rare']);
  expect(rare).toEqual({
    triggerId: 'rare',
    ...{ started: 3, audit: 1, succeeded: 0, failed: 0, underWay: 1, undone: 1, other: 1 },
    suppressed: [
      { code: 'match/group-full', count: 9 },
      { code: 'match/duplicate', count: 6 },
    ],
    errors: [{ code: 'match/expression-failed', count: 4 }],
    eventsSince: null,
    runsSince: expect.any(String),
  });
  expect(call).toMatchObject({ triggerId: 'call', started: 1, failed: 1 });
});

it('reads the newest only, by their indexes, and says since when', async () => {
  const { sql, asked } = watched();
  const [busy] = await readTriggerFigures(sql, defaultTenant, 'isolate', ['busy']);
  await readTriggerFigures(sql, defaultTenant, 'isolate', ['old']);
  await readTriggerFigures(sql, defaultTenant, 'old', ['old']);
  expect(busy).toMatchObject({ suppressed: [], errors: [] });
  expect(busy?.started).toBeGreaterThan(figuresMost - 10);
  expect(busy?.eventsSince).toMatch(/^\d{4}-/);
  expect(asked).toHaveLength(6);
  for (const { text, values } of asked) {
    const { rows } = await database.app.query<{ 'QUERY PLAN': [{ Plan: Node }] }>(
      `explain (analyze, format json) ${text}`,
      values,
    );
    const plan = rows[0]?.['QUERY PLAN'][0].Plan;
    expect(JSON.stringify(plan)).toMatch(/decision_traces_by_trigger|runs_of_playbook/);
    expect(rowsOf(plan as Node)).toBeLessThanOrEqual(figuresMost);
  }
});

it('is read once for all who ask meanwhile, and anew for who asks later', async () => {
  const { sql, asked } = watched();
  const read = createTriggerFigures(sql);
  const rare = () => read(defaultTenant, 'isolate', ['rare']);
  const [one, other] = await Promise.all([rare(), rare(), read(defaultTenant, 'isolate', ['busy'])]);
  expect(one).toBe(other);
  expect(asked).toHaveLength(4);
  expect(await rare()).toEqual(one);
  expect(asked).toHaveLength(6);
});
