import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Database, openDatabase } from '../../engine/runtime/store/database.ts';
import { reserveTargets } from '../../engine/runtime/store/queries/reserve-targets.ts';
import { expectEffectsStay, writeHolds } from '../../engine/runtime/store/queries/write-holds.ts';
import type { Tx } from '../../engine/runtime/store/sql.ts';
import { type RunId, defaultTenant as t } from '../../schemas/ids.ts';
import { addRun, insertRow } from '../support/corridor-rows.ts';
import { type TestDatabase, useDatabase } from '../support/database.ts';

/*
 * What a crowd of containments asks and writes, where tens of thousands of targets count against its budget, as many
 * hosts are held for the same reason, and many are just being given back: it reads its own rows and no others.
 */

const lived = 20_000;
const few = 30;
const effect = 'network-isolated';
const budget = 'guardrails:hosts_day';

let database: TestDatabase;
let one: Database;
let run: RunId;

beforeAll(async () => {
  database = await useDatabase();
  const { owner } = database;
  run = (await addRun(owner)) as RunId;
  one = openDatabase(database.url, { role: 'riposte_app', max: 1 });
  // Planned while the tables are empty, and once more when they are full.
  await contain(0);
  await owner.query(
    `insert into reservations (tenant_id, budget, target, run_id, step_path, ordinal)
     select $1, $2, 'host:' || n, $3, 'run/s' || n, 1000 + n from generate_series(1, $4::int) n`,
    [t, budget, run, lived],
  );
  await owner.query(
    `insert into holds (tenant_id, effect, target_kind, target_id, run_id, step_path, state, origin)
     select $1, $2, 'host', n::text, $3, 'run/s' || n, 'held', 'ours' from generate_series(1, $4::int) n`,
    [t, effect, run, lived],
  );
  await insertRow(owner, 'undo_records', {
    tenant_id: t,
    id: 'und_first',
    run_id: run,
    scope_path: 'run',
    step_path: 'run/isolate',
    step_name: 'Isolate',
    action: 'edr.isolate-host@1',
    action_key: 'key',
    connection: 'lab',
    target_kind: 'host',
    target_id: 'first',
    effect,
    origin: 'ours',
    inverse: '{"action":"edr.release-host@1","arguments":{}}',
  });
  await owner.query(
    `insert into undo_records overriding user value select (jsonb_populate_record(u, jsonb_build_object('id', 'und_' || n, 'action_key', 'key ' || n,
       'target_id', n::text, 'seq', u.seq + n, 'state', case when n % 10 = 0 then 'undoing' else 'done' end,
       'released_at', case when n % 10 = 0 then now() end))).*
     from undo_records u, generate_series(1, $1::int) n`,
    [lived],
  );
}, 120_000);
afterAll(async () => {
  await one.close();
  await database.drop();
});

const contain = (from: number) =>
  one.transaction(
    async (tx: Tx) => {
      const targets = Array.from({ length: few }, (_, n) => `new-${from + n}`);
      const row = {
        run_id: run,
        effect,
        target_kind: 'host',
        state: 'held' as const,
        origin: 'found' as const,
      };
      await expectEffectsStay(
        tx,
        t,
        targets.map((id) => ({ effect, kind: 'host', id })),
      );
      await writeHolds(
        tx,
        t,
        targets.map((id) => ({ ...row, target_id: id, step_path: `run/${id}-${randomUUID()}` })),
      );
      await reserveTargets(
        tx,
        t,
        targets.map((id) => ({
          budget,
          target: `host:${id}`,
          run_id: run,
          step_path: `run/${id}`,
          most: 1_000_000,
          per_ms: 86_400_000,
        })),
      );
    },
    { station: 'advance' },
  );

async function rowsRead(): Promise<number> {
  await one.query('select pg_stat_force_next_flush()');
  await one.query('select 1');
  const { rows } = await database.owner.query<{ read: number }>(
    `select (select sum(seq_tup_read) from pg_stat_user_tables where relname in ('reservations', 'holds', 'undo_records'))::int
       + (select sum(idx_tup_read) from pg_stat_user_indexes where relname in ('reservations', 'holds', 'undo_records'))::int as read`,
  );
  return rows[0]?.read ?? Number.NaN;
}

it.each(['before statistics', 'after them', 'on a new connection'])('reads few rows, %s', async (when) => {
  if (when === 'after them') await database.owner.query('analyze');
  if (when === 'on a new connection') {
    await one.close();
    one = openDatabase(database.url, { role: 'riposte_app', max: 1 });
  }
  const before = await rowsRead();
  await contain(1_000 * when.length);
  expect((await rowsRead()) - before).toBeLessThan(20 * few);
});
