import { afterAll, beforeAll, expect, it } from 'vitest';
import { openRead } from '../../engine/runtime/read/open-read.ts';
import { defaultTenant as t } from '../../schemas/ids.ts';
import { addApproval, addRun } from '../support/corridor-rows.ts';
import { type TestDatabase, useDatabase } from '../support/database.ts';
import { explainAll } from './explain-all.ts';
import { multiplyStory } from './multiply-story.ts';
import { rowsTouched } from './rows-touched.ts';
import { type Statements, watchStatements } from './watch-statements.ts';

/*
 * Six thousand questions that wait: four thousand of them under one budget, three hundred under another, nine under
 * three rules, one alone under a rule, and the rest under none.
 */

const size = 6_000;
const statements: Statements = new Map();
let database: TestDatabase;

beforeAll(async () => {
  database = await useDatabase();
  const { owner } = database;
  await addApproval(owner, await addRun(owner, { state: 'waiting' }));
  await multiplyStory(owner, size - 1, 1_000);
  await owner.query(
    `with numbered as (select id, row_number() over (order by requested_at, id) as n from approvals)
     update approvals a set held_reason = 'Too many', held_by = case
         when n <= 4000 then 'guardrails:large' when n <= 4300 then 'guardrails:small'
         when n <= 4309 then 'rule:ask noise run/' || n % 3 when n = 4310 then 'rule:ask noise run/alone' end
     from numbered where numbered.id = a.id and n <= 4310`,
  );
  await owner.query('vacuum analyze');
}, 120_000);
afterAll(() => database.drop());

it('one line for each budget and each rule that asks about several, page by page', async () => {
  const read = openRead(database.app);
  const seen: [string, number, number][] = [];
  let cursor: string | undefined;
  do {
    const page = await read.listHeld(t, { limit: 2, cursor });
    seen.push(
      ...page.items.map(
        ({ budget, waiting, targets }) => [budget, waiting, targets] as [string, number, number],
      ),
    );
    cursor = page.next ?? undefined;
  } while (cursor !== undefined);
  expect(seen).toEqual([
    ['guardrails:large', 4_000, expect.any(Number)],
    ['guardrails:small', 300, expect.any(Number)],
    ...['0', '1', '2'].map((n) =>
      [expect.stringMatching(/^rule:ask noise run\/[012]$/), 3, expect.any(Number), n].slice(0, 3),
    ),
  ]);
  expect(await read.readHeld(t, 'rule:ask noise run/alone')).toMatchObject({ kind: 'rule', waiting: 1 });
  expect(await read.readHeld(t, 'guardrails:nothing')).toBeNull();
});

it('what waits is counted by an index, and no more of it read than is told', async () => {
  statements.clear();
  const read = openRead(watchStatements(database.app, statements));
  await read.listHeld(t, { limit: 20 });
  expect(await explainAll(database, statements)).toEqual([]);
  const [touched = 0] = [...(await rowsTouched(database.owner, statements)).values()];
  // The thousand oldest of the large one with their runs, the small ones whole, and two counts over the index.
  expect(touched).toBeLessThan(2 * 4_310 + 2 * 1_400);
});

it.each(['expiresAt', '-expiresAt'] as const)(
  'what nothing holds is found behind all that is held, by %s',
  async (sort) => {
    const filter = { status: ['pending'], held: 'none' as const, sort };
    const seen: string[] = [];
    let cursor: string | undefined;
    const read = openRead(watchStatements(database.app, statements));
    do {
      statements.clear();
      const page = await read.listApprovals(t, filter, { limit: 200, cursor });
      seen.push(...page.items.map(({ id }) => id));
      cursor = page.next ?? undefined;
    } while (cursor !== undefined);
    const { rows } = await database.app.query<{ id: string }>(
      `select id from approvals where held_by is null or held_by = 'rule:ask noise run/alone' order by approve_before, id`,
    );
    expect(rows).toHaveLength(size - 4_309);
    const expected = rows.map(({ id }) => id);
    expect(seen).toEqual(sort === 'expiresAt' ? expected : expected.reverse());
    statements.clear();
    await read.listApprovals(t, filter, { limit: 20 });
    expect(await explainAll(database, statements)).toEqual([]);
    const [first = 0] = [...(await rowsTouched(database.owner, statements)).values()];
    expect(first).toBeLessThan(300);
    await read.listApprovals(
      t,
      { ...filter, mine: { personId: 'per_1', names: ['group:soc'] } },
      { limit: 5 },
    );
    // Whoever may decide none has all of them looked at, whatever the order: then at once, by way of a bitmap.
    const atOnce = 'Bitmap Index Scan over all of approvals_alone';
    expect((await explainAll(database, statements)).filter(({ how }) => how !== atOnce)).toEqual([]);
  },
);
