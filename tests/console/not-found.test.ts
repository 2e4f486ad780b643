import { expect, test } from 'vitest';
import { startConsole } from './start-console.ts';

const site = await startConsole();

test('a page of something that is not there leaves an entry, and a hundred of them two', async () => {
  const guesser = await site.signIn('Gus', ['admin']);
  for (let n = 0; n < 100; n++) expect((await guesser.get(`/runs/run_${n}`)).status).toBe(404);
  await site.identity.settle();
  const { rows } = await site.db.owner.query<{ entry: string }>(
    `select convert_from(entry, 'utf8') as entry from audit_pending order by enqueued_at, id`,
  );
  const entries = rows.map(({ entry }) => JSON.parse(entry));
  const mine = entries.filter(
    ({ type, actor }) => type === 'auth.not-found' && actor.id === guesser.person.id,
  );
  expect(mine.map(({ data }) => data)).toMatchObject([
    { route: 'GET /runs/:id', id: 'run_0', count: 1 },
    { route: 'GET /runs/:id', id: 'run_99', count: 99 },
  ]);
});
