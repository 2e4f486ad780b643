import { expect, it } from 'vitest';
import { letGoOnce } from '../../engine/runtime/keep-retention.ts';
import { defaultTenant, mintId } from '../../schemas/ids.ts';
import { useDatabase } from '../support/database.ts';
import { letGoAll } from './let-go-all.ts';
import { addStory } from './old-rows.ts';

/* Twenty thousand old alerts with their runs go in small commits, each of which reads what it takes (record 0040). */

const { owner, app } = await useDatabase();
const count = 20_000;
const tables = [
  'alerts',
  'alert_targets',
  'decision_traces',
  'runs',
  'scopes',
  'steps',
  'attempts',
  'signals',
  'incidents',
  'undo_records',
  'holds',
  'reservations',
  'approvals',
  'decisions',
  'tasks',
  'notices',
  'deadlines',
  'frames',
  'messages',
];

/** One story, multiplied; every tenth has an incident of its own. */
async function fill(): Promise<void> {
  const { alertId, runId } = await addStory(owner);
  const copied = async (table: string, ids: readonly string[], where: string, id: string): Promise<void> => {
    const { rows } = await owner.query<{ name: string }>(
      `select column_name as name from information_schema.columns
       where table_schema = 'riposte' and table_name = $1 and is_generated = 'NEVER' order by ordinal_position`,
      [table],
    );
    const names = rows.map(({ name }) => name);
    const values = names.map((name) => (ids.includes(name) ? `${name} || '-' || n` : name));
    await owner.query(
      `insert into ${table} (${names.join(', ')}) select ${values.join(', ')} from ${table}, generate_series(1, ${count}) n where ${where} = $1`,
      [id],
    );
  };
  await copied('alerts', ['id', 'source_id'], 'id', alertId);
  await copied('alert_targets', ['alert_id'], 'alert_id', alertId);
  await copied('runs', ['id', 'alert_id', 'run_key'], 'id', runId);
  await copied('scopes', ['run_id'], 'run_id', runId);
  await copied('steps', ['run_id'], 'run_id', runId);
  await copied('decision_traces', ['event_id', 'run_id'], 'event_id', alertId);
}

const scans = async (): Promise<Map<string, number>> => {
  await owner.query('select pg_sleep(1.2)');
  const { rows } = await owner.query<{ table: string; rows: number }>(
    `select relname as table, seq_tup_read::int as rows from pg_stat_user_tables where relname = any($1)`,
    [tables],
  );
  return new Map(rows.map((row) => [row.table, row.rows]));
};

it('lets them go in bounded commits and reads no table whole', async () => {
  await fill();
  await owner.query('analyze');
  const parts = {
    database: app,
    tenant: defaultTenant,
    mint: mintId,
    log: () => undefined,
    days: 31,
    onEntries: () => undefined,
  };
  const before = await scans();
  let largest = 0;
  let went = 0;
  for (let batch = 0; batch < 60; batch++) {
    const answer = await letGoOnce(parts, 31);
    if (!('any' in answer && answer.any)) continue;
    const { alerts, runs } = answer.removed;
    largest = Math.max(largest, alerts + runs);
    went += alerts;
  }
  expect(went).toBeGreaterThan(1_000);
  expect(largest).toBeLessThanOrEqual(102);
  const after = await scans();
  for (const [table, rows] of after) expect(rows - (before.get(table) ?? 0), table).toBe(0);

  await letGoAll(app, 31, 1_000);
  for (const table of ['alerts', 'alert_targets', 'runs', 'scopes', 'steps', 'decision_traces'])
    expect((await owner.query(`select 1 from ${table} limit 1`)).rowCount, table).toBe(0);
  expect((await owner.query('select 1 from gone_names')).rowCount).toBe(count + 1);
}, 240_000);
