import { afterAll, beforeAll, expect, it } from 'vitest';
import type { AttemptRow } from '../../engine/runtime/batch.ts';
import { type Database, openDatabase } from '../../engine/runtime/store/database.ts';
import { claimAttempts } from '../../engine/runtime/store/queries/claim-attempts.ts';
import {
  claimedSteps,
  readAborts,
  revokeAttempt,
  winLosses,
  winReports,
} from '../../engine/runtime/store/queries/win-facts.ts';
import { writeAttempts } from '../../engine/runtime/store/queries/write-attempts.ts';
import type { Tx } from '../../engine/runtime/store/sql.ts';
import { type AttemptId, type RunId, defaultTenant as t } from '../../schemas/ids.ts';
import { addAttempt, addRun, claimed } from '../support/corridor-rows.ts';
import { type TestDatabase, useDatabase } from '../support/database.ts';

/*
 * Thousands of attempts were claimed and have ended since the last vacuum, or since the oldest transaction began that
 * could still see them, as that of a backup: their entries are still in the indexes of the claimed ones. What is asked
 * about a few attempts does not read them, also when it was planned before they were there.
 */

const ended = 3_000;
const few = 20;

let database: TestDatabase;
let one: Database;
let run: RunId;
let ids: AttemptId[];
let backup: Promise<void>;
const { promise: over, resolve: endBackup } = Promise.withResolvers<void>();

const addClaims = (from: number, count: number) =>
  database.owner.query(
    `insert into attempts select (jsonb_populate_record(a, jsonb_build_object('id', a.id || '-' || n, 'number', n,
       'action_key', 'key ' || n, 'target_kind', 'host', 'target_id', 'H' || n, 'step_path', 'run/s' || n))).*
     from attempts a, generate_series($1::int, $1::int + $2::int - 1) n where a.number = 0`,
    [from, count],
  );
const endClaims = (from: number) =>
  database.owner.query(`update attempts set state = 'done', lease_until = null where number >= $1`, [from]);

beforeAll(async () => {
  database = await useDatabase();
  const { owner } = database;
  run = (await addRun(owner)) as RunId;
  await addAttempt(owner, run, { ...claimed, fence: 1, number: 0 });
  await addClaims(1, few + 200);
  await endClaims(few + 1);
  await owner.query('vacuum analyze attempts');
  await owner.query('alter table attempts set (autovacuum_enabled = false)');
  const { rows } = await owner.query<{ id: AttemptId }>(
    `select id from attempts where state = 'claimed' order by number`,
  );
  ids = rows.map(({ id }) => id);
  await owner.query(`do $$ begin
    execute format('alter database %I set plan_cache_mode = force_generic_plan', current_database());
  end $$`);
  one = openDatabase(database.url, { role: 'riposte_app', max: 1 });
}, 120_000);
afterAll(async () => {
  endBackup();
  await Promise.all([backup, one.close()]);
  await database.drop();
});

class Undone extends Error {}

/** Asks on one connection, so that it is planned once, and takes everything back, so that it can be asked again. */
async function ask<T>(work: (tx: Tx) => Promise<T>): Promise<T> {
  let answer: T | undefined;
  const asked = one.transaction(async (tx) => {
    answer = await work(tx);
    throw new Undone();
  });
  await expect(asked).rejects.toThrow(Undone);
  return answer as T;
}

async function entriesRead(): Promise<number> {
  await one.query('select pg_stat_force_next_flush()');
  const { rows } = await database.owner.query<{ read: number }>(
    `select sum(idx_tup_read)::int as read from pg_stat_user_indexes
     where indexrelname in ('attempts_claimed', 'attempts_one_claim', 'attempts_one_order')`,
  );
  return rows[0]?.read ?? Number.NaN;
}

/** Everything that is asked about few attempts, and what the answers say. */
async function askAll() {
  const steps = await ask((tx) => claimedSteps(tx, t, run, ['run/s1', 'run/s77']));
  const revoked = await ask((tx) => revokeAttempt(tx, t, run, 'run/s2'));
  const aborts = await ask((tx) => readAborts(tx, t, ids, 'w1'));
  const { rows } = await database.owner.query<{ row: AttemptRow }>(
    `select to_jsonb(a) || jsonb_build_object('id', a.id || '-new', 'number', a.number + 100000, 'action_key', a.id,
       'target_id', a.id, 'revoked', false) as row
     from attempts a where a.id = any($1)`,
    [ids.slice(1)],
  );
  const next = rows.map(({ row }) => row);
  const wanted = new Set(next.map(({ id }) => id));
  const written = await ask((tx) => writeAttempts(tx, t, next, { worker: 'w1', marginMs: 0, wanted }));
  const taken = await ask(async (tx) => {
    await writeAttempts(tx, t, next, null);
    return await claimAttempts(tx, t, [...wanted], 'w2', 0);
  });
  const reports = ids.map((id) => ({ id, fence: 1, outcome: { kind: 'succeeded', outputs: {} } }));
  const won = await ask((tx) => winReports(tx, t, reports));
  const lost = await ask((tx) => winLosses(tx, t, reports));
  return {
    steps: [...steps],
    revoked,
    aborts,
    written: written.size,
    taken: taken.length,
    won: won.length,
    lost,
  };
}

it('what is asked about a few attempts reads a handful of entries for each of them', async () => {
  const answers = {
    steps: ['run/s1'],
    revoked: false,
    aborts: [],
    written: few,
    taken: few,
    won: few + 1,
    lost: [],
  };
  expect(await askAll()).toEqual(answers);
  await new Promise<void>((begun) => {
    backup = database.owner.transaction(async (tx) => {
      await tx.query('set transaction isolation level repeatable read');
      await tx.query('select count(*) from attempts');
      begun();
      await over;
    });
  });
  await addClaims(1_000, ended);
  await endClaims(1_000);
  const before = await entriesRead();
  expect(await askAll()).toEqual(answers);
  expect((await entriesRead()) - before).toBeLessThan(few * 10);
});
