import { afterAll, beforeAll, expect, it } from 'vitest';
import { findQueued } from '../../engine/runtime/admit-runs.ts';
import { defaultTenant as t } from '../../schemas/ids.ts';
import { addRun } from '../support/corridor-rows.ts';
import { type TestDatabase, useDatabase } from '../support/database.ts';
import { explainAll } from './explain-all.ts';
import { multiplyStory } from './multiply-story.ts';
import { rowsTouched } from './rows-touched.ts';
import { type Statements, watchStatements } from './watch-statements.ts';

/* A place became free in a group while thousands of runs wait for places in others. */

const statements: Statements = new Map();
let database: TestDatabase;

beforeAll(async () => {
  database = await useDatabase();
  const { owner } = database;
  await addRun(owner, { state: 'queued', concurrency_group: 'others', concurrency_limit: 1 });
  await multiplyStory(owner, 3_000, 1_000);
  for (const [group, limit] of [
    ['one', 1],
    ['three', 3],
  ] as const)
    for (let n = 0; n < 5; n++)
      await addRun(owner, {
        state: 'queued',
        concurrency_group: group,
        concurrency_limit: limit,
        created_at: new Date(2026, 0, 1, n),
      });
  await owner.query('vacuum analyze');
}, 120_000);
afterAll(() => database.drop());

const firsts = async (group: string, count: number) =>
  (
    await database.owner.query<{ id: string }>(
      `select id from runs where concurrency_group = $1 and state = 'queued' order by created_at limit $2`,
      [group, count],
    )
  ).rows.map(({ id }) => id);

const found = async (groups: string[]) =>
  (await findQueued(watchStatements(database.app, statements), t, groups)).map(({ runId }) => runId);

it('the oldest of the group are found, as many as it has places, and no other run is read', async () => {
  statements.clear();
  expect(await found(['one'])).toEqual(await firsts('one', 1));
  expect(await found(['three', 'one', 'none'])).toEqual(
    expect.arrayContaining([...(await firsts('one', 1)), ...(await firsts('three', 3))]),
  );
  expect(await explainAll(database, statements)).toEqual([]);
  expect([...(await rowsTouched(database.owner, statements)).values()].every((rows) => rows < 50)).toBe(true);
});

it('a place that is taken is taken, and one that was given back for a wait is free', async () => {
  const [first = ''] = await firsts('one', 1);
  const put = (state: string, place: string) =>
    database.owner.query('update runs set state = $2, place = $3 where id = $1', [first, state, place]);
  await put('running', 'held');
  expect(await found(['one'])).toEqual([]);
  await put('waiting', 'away');
  expect(await found(['one'])).toEqual(await firsts('one', 1));
  await put('waiting', 'returning');
  expect(await found(['one'])).toEqual([]);
});

it('the same runs are found among all', async () => {
  const all = (await findQueued(database.app, t, null)).map(({ runId }) => runId);
  expect(all).toEqual(expect.arrayContaining(await firsts('three', 3)));
  expect(all).not.toContain((await firsts('one', 1))[0]);
});

it('none while everything is paused', async () => {
  const pause = (active: boolean) =>
    database.owner.query(
      `update pauses set active = $1, set_by = 'per_test', set_at = clock_timestamp(), reason = 'test'`,
      [active],
    );
  await pause(true);
  expect(await found(['three'])).toEqual([]);
  expect(await findQueued(database.app, t, null)).toEqual([]);
  await pause(false);
  expect(await found(['three'])).toHaveLength(3);
});
