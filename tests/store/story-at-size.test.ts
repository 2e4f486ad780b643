import { afterAll, beforeAll, expect, it } from 'vitest';
import { openRead } from '../../engine/runtime/read/open-read.ts';
import { defaultTenant as t } from '../../schemas/ids.ts';
import { addRun, insertRow } from '../support/corridor-rows.ts';
import { type TestDatabase, useDatabase } from '../support/database.ts';
import { rowsTouched } from './rows-touched.ts';
import { type Statements, watchStatements } from './watch-statements.ts';

/*
 * A campaign: one incident of two thousand alerts with three targets each, and ten times as many alerts of another. What orders
 * the story is read of each event, and everything else of the page alone.
 */

const size = 2_000;
/** So many that nobody reads all alerts to find those of one incident. */
const others = 10 * size;
const statements: Statements = new Map();
let database: TestDatabase;

beforeAll(async () => {
  database = await useDatabase();
  const { owner } = database;
  for (const [id, alerts] of [
    ['inc_campaign', size],
    ['inc_next', others],
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
         '2026-01-01'::timestamptz + n * interval '1 second' from generate_series(1, $3::int) n`,
      [t, id, alerts],
    );
  }
  await owner.query(
    `insert into alert_targets (tenant_id, alert_id, kind, target_id, name)
     select $1, a.id, 'mail', a.id || k, null from alerts a, generate_series(1, 3) k`,
    [t],
  );
  await owner.query('analyze');
}, 120_000);
afterAll(() => database.drop());

it('a page of a long story reads the targets of its own alerts, and nothing of another incident', async () => {
  const read = openRead(watchStatements(database.app, statements));
  const first = await read.listStory(t, 'inc_campaign', {}, { limit: 20 });
  const { items } = await read.listStory(t, 'inc_campaign', {}, { limit: 20, cursor: first.next ?? '' });
  expect(items.map(({ targets }) => targets.length)).toEqual(items.map(() => 3));
  const [touched = 0] = (await rowsTouched(database.owner, statements)).values();
  expect(touched).toBeGreaterThan(size);
  expect(touched).toBeLessThan(size + 400);
});
