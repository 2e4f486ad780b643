import { afterAll, beforeAll, expect, it } from 'vitest';
import { openIdentity } from '../../engine/runtime/identity/open-identity.ts';
import { openRead } from '../../engine/runtime/read/open-read.ts';
import type { PageRequest } from '../../engine/runtime/read/read-page.ts';
import { mintId, type PersonId, defaultTenant as t } from '../../schemas/ids.ts';
import { type TestDatabase, useDatabase } from '../support/database.ts';
import { explainAll } from './explain-all.ts';
import { rowsTouched } from './rows-touched.ts';
import { type Statements, watchStatements } from './watch-statements.ts';

/* Four thousand people, each with tokens, some of whom bear the same name. */

const size = 4_000;
const rowsMax = 100;

const statements: Statements = new Map();
let database: TestDatabase;
let identity: ReturnType<typeof openIdentity>;

beforeAll(async () => {
  database = await useDatabase();
  const { owner, app } = database;
  identity = openIdentity({ database: watchStatements(app, statements), tenant: t, mint: mintId });
  await owner.query(
    `insert into people (tenant_id, id, name, email, active)
     select $1, 'psn_' || n, case when n % 3 = 0 then 'Kim' else 'Énora ' || n end, n || '@example.org', n % 10 <> 0
     from generate_series(1, $2::int) n`,
    [t, size],
  );
  await owner.query(
    `insert into tokens (tenant_id, id, hash, kind, person_id, name, created_by, created_at, expires_at)
     select $1, 'tok_' || n, sha256(n::text::bytea), 'person', 'psn_' || (n % $2::int + 1), 'cli', 'test',
       clock_timestamp() - interval '80 days' + (n % 500) * interval '1 hour', clock_timestamp() + interval '10 days'
     from generate_series(1, $2::int * 2) n`,
    [t, size],
  );
  await owner.query('analyze');
}, 60_000);
afterAll(() => database.drop());

const ofOne = 'psn_17' as PersonId;

it.each([
  ['people', (page) => identity.listPeople({}, page), size],
  ['people who may sign in', (page) => identity.listPeople({ active: true }, page), size * 0.9],
  ['tokens', (page) => identity.listTokens({ personId: null }, page), size * 2],
  ['tokens of one', (page) => identity.listTokens({ personId: ofOne }, page), 2],
] satisfies [
  string,
  (page: PageRequest) => Promise<{ items: { id: string }[]; next: string | null }>,
  number,
][])('each is on one page, and a page reads what it shows: %s', async (_name, list, count) => {
  const seen: string[] = [];
  let cursor: string | undefined;
  do {
    const page = await list({ limit: 200, cursor });
    seen.push(...page.items.map(({ id }) => id));
    cursor = page.next ?? undefined;
  } while (cursor !== undefined);
  expect(new Set(seen).size).toBe(seen.length);
  expect(seen).toHaveLength(count);
  statements.clear();
  const first = await list({ limit: 20 });
  if (first.next !== null) await list({ limit: 20, cursor: first.next });
  expect(Math.max(...(await rowsTouched(database.owner, statements)).values())).toBeLessThanOrEqual(rowsMax);
  expect(await explainAll(database, statements)).toEqual([]);
});

it('people are found by name and address, and named by id', async () => {
  const found = await identity.listPeople({ q: 'énora 3999' }, { limit: 5 });
  expect(found).toMatchObject({ items: [], next: null });
  expect((await identity.listPeople({ q: '3998@EXAMPLE' }, { limit: 5 })).items).toMatchObject([
    { id: 'psn_3998' },
  ]);
  expect(await identity.findByEmail('3998@Example.Org')).toMatchObject({ id: 'psn_3998' });
  expect(await identity.findByEmail('nobody@example.org')).toBeNull();
  statements.clear();
  const nameOf = await openRead(watchStatements(database.app, statements)).nameOfPeople(t, [
    'psn_3',
    'psn_5',
    'gone',
  ]);
  expect(['psn_3', 'psn_5', 'gone', 'psn_1'].map(nameOf)).toEqual(['Kim', 'Énora 5', 'gone', 'psn_1']);
  expect(Math.max(...(await rowsTouched(database.owner, statements)).values())).toBeLessThanOrEqual(3);
});
