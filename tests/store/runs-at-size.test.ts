import { afterAll, beforeAll, expect, it } from 'vitest';
import type { RunFilter } from '../../engine/runtime/read/list-runs.ts';
import { openRead } from '../../engine/runtime/read/open-read.ts';
import { defaultTenant as t } from '../../schemas/ids.ts';
import { addRun } from '../support/corridor-rows.ts';
import { type TestDatabase, useDatabase } from '../support/database.ts';
import { explainAll } from './explain-all.ts';
import { multiplyStory } from './multiply-story.ts';
import { rowsTouched } from './rows-touched.ts';
import { type Statements, watchStatements } from './watch-statements.ts';

/* Eight thousand runs that wait, all newer than the few that failed, succeeded or are under way otherwise. */

const size = 8_000;
const rowsMax = 400;
const few = { failed: 12, succeeded: 15, denied: 3, running: 5 };
const ended = ['succeeded', 'failed', 'denied', 'cancelled', 'timed-out', 'undone', 'undo-incomplete'];

const statements: Statements = new Map();
let database: TestDatabase;

beforeAll(async () => {
  database = await useDatabase();
  const { owner } = database;
  await addRun(owner, { state: 'waiting' });
  await multiplyStory(owner, size - 1, 1_000);
  let place = 0;
  for (const [state, count] of Object.entries(few)) {
    await owner.query(
      `update runs set state = $1, ended_at = case when $1 <> 'running' then created_at end where id in
         (select id from runs where state = 'waiting' order by created_at offset $2 limit $3)`,
      [state, place, count],
    );
    place += 5;
  }
  await owner.query(
    `insert into playbook_versions select (jsonb_populate_record(v, '{"playbook_id": "rare"}')).* from playbook_versions v`,
  );
  for (let n = 0; n < 7; n++)
    await addRun(owner, { playbook_id: 'rare', state: 'waiting', created_at: new Date(2026, 0, 1 + n) });
  await owner.query('vacuum analyze');
}, 180_000);
afterAll(() => database.drop());

async function whole(filter: RunFilter, limit: number): Promise<string[]> {
  const read = openRead(database.app);
  const seen: string[] = [];
  let cursor: string | undefined;
  do {
    const page = await read.listRuns(t, filter, { limit, cursor });
    seen.push(...page.items.map(({ id }) => id));
    cursor = page.next ?? undefined;
  } while (cursor !== undefined);
  return seen;
}

it.each([
  ['that ended', { status: ended }, 30],
  ['that failed', { status: ['failed'] }, 12],
  ['that failed or are at work, oldest first', { status: ['failed', 'running'], sort: 'createdAt' }, 17],
  ['of a state named twice', { status: ['denied', 'denied'] }, 3],
  ['of a playbook', { playbook: 'rare' }, 7],
  ['of a playbook, under way', { playbook: 'rare', status: ['queued', 'running', 'waiting', 'undoing'] }, 7],
  ['of a playbook that ended', { playbook: 'rare', status: ended }, 0],
  ['of a playbook that never ran', { playbook: 'never' }, 0],
] satisfies [string, RunFilter, number][])(
  'the few among thousands are read alone, and each once: runs %s',
  async (_name, filter, count) => {
    const { rows } = await database.app.query<{ id: string }>(
      `select id from runs where ($1::text[] is null or state = any($1)) and ($2::text is null or playbook_id = $2)
     order by created_at desc, id desc`,
      ['status' in filter ? filter.status : null, 'playbook' in filter ? filter.playbook : null],
    );
    const expected = rows.map(({ id }) => id);
    expect(expected).toHaveLength(count);
    expect(await whole(filter, 4)).toEqual('sort' in filter ? expected.reverse() : expected);
    statements.clear();
    const read = openRead(watchStatements(database.app, statements));
    const first = await read.listRuns(t, filter, { limit: 4 });
    if (first.next !== null) await read.listRuns(t, filter, { limit: 4, cursor: first.next });
    expect(Math.max(...(await rowsTouched(database.owner, statements)).values())).toBeLessThanOrEqual(
      rowsMax,
    );
    expect(await explainAll(database, statements)).toEqual([]);
  },
);
