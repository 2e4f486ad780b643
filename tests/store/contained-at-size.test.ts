import { afterAll, beforeAll, expect, it } from 'vitest';
import { listContained } from '../../engine/runtime/read/list-contained.ts';
import { listUndoRecords } from '../../engine/runtime/read/list-undo-records.ts';
import type { Sql } from '../../engine/runtime/store/sql.ts';
import { defaultTenant } from '../../schemas/ids.ts';
import { addRun } from '../support/corridor-rows.ts';
import { type TestDatabase, useDatabase } from '../support/database.ts';

/* Fifty thousand targets contained at once: a page of them is read from the front of an index. */

const size = 50_000;
let database: TestDatabase;
beforeAll(async () => {
  database = await useDatabase();
  const { owner } = database;
  const runs: string[] = [];
  for (let count = 0; count < 100; count += 1) runs.push(await addRun(owner, { state: 'succeeded' }));
  await owner.query(
    `insert into undo_records (tenant_id, id, run_id, scope_path, step_path, step_name, action, action_key, connection,
       target_kind, target_id, effect, origin, inverse, state, created_at, lease_until, lease_at_end)
     select 'default', 'und_' || lpad(n::text, 6, '0'), ($1::text[])[1 + n % 100], 'run', 'run/each[' || n || ']/isolate', 'Isolate',
       'edr.isolate-host', 'k' || n, 'main', 'host', 'H' || n, 'network-isolated', 'ours', '{"action":"edr.release-host@1"}',
       case when n % 1000 = 0 then 'undo-failed' else 'done' end, '2026-01-01'::timestamptz + n * interval '1 second',
       '2027-01-01', 'ask'
     from generate_series(1, $2::int) n`,
    [runs, size],
  );
  await owner.query(
    `insert into holds (tenant_id, effect, target_kind, target_id, run_id, step_path, state, origin)
     select tenant_id, effect, target_kind, target_id, run_id, step_path,
       case state when 'done' then 'held' else 'unreleased' end, 'ours' from undo_records`,
  );
  await owner.query('analyze undo_records');
  await owner.query('analyze holds');
}, 120_000);
afterAll(() => database.drop());

/** What the database would do, and how many rows it touched doing it. */
async function explained(read: (sql: Sql) => Promise<unknown>): Promise<{ plan: string; rows: number }> {
  let asked: { text: string; values: unknown[] } | null = null;
  const sql = {
    query: async (text: string, values: unknown[]) => {
      asked = { text, values };
      return database.app.query(text, values);
    },
  } as unknown as Sql;
  await read(sql);
  const { text, values } = asked ?? { text: '', values: [] };
  const { rows } = await database.app.query<{ 'QUERY PLAN': [{ Plan: Node }] }>(
    `explain (analyze, format json) ${text}`,
    values,
  );
  const plan = rows[0]?.['QUERY PLAN'][0].Plan;
  if (plan === undefined) throw new Error('no plan');
  return { plan: JSON.stringify(plan), rows: mostRows(plan) };
}

interface Node {
  'Actual Rows': number;
  Plans?: Node[];
}

const mostRows = (node: Node): number => Math.max(node['Actual Rows'], ...(node.Plans ?? []).map(mostRows));

it('the first page touches no more rows than it shows', async () => {
  const { plan, rows } = await explained((sql) => listContained(sql, defaultTenant, {}, { limit: 50 }));
  expect(plan).toContain('undo_records_contained');
  expect(rows).toBeLessThan(200);
});

it('neither does one far behind, and pages neither repeat nor skip', async () => {
  const seen = new Set<string>();
  let cursor: string | undefined;
  for (let pages = 0; pages < 20; pages += 1) {
    const page = await listContained(database.app, defaultTenant, {}, { limit: 200, cursor });
    for (const { id } of page.items) seen.add(id);
    cursor = page.next ?? undefined;
  }
  expect(seen.size).toBe(4_000);
  const { rows } = await explained((sql) => listContained(sql, defaultTenant, {}, { limit: 50, cursor }));
  expect(rows).toBeLessThan(200);
});

it('one target among them is found by itself', async () => {
  const target = { kind: 'host', id: 'H4711' };
  const found = await listContained(database.app, defaultTenant, { target }, { limit: 50 });
  expect(found.items.map(({ id }) => id)).toEqual(['und_004711']);
  const { rows } = await explained((sql) => listContained(sql, defaultTenant, { target }, { limit: 50 }));
  expect(rows).toBeLessThan(200);
});

it('what could not be taken back is read from an index of its own', async () => {
  const { plan, rows } = await explained((sql) => listUndoRecords(sql, defaultTenant, {}, { limit: 20 }));
  expect(plan).toContain('undo_records_trouble');
  expect(rows).toBeLessThan(200);
});
