import { expect, it } from 'vitest';
import { openDatabase } from '../../engine/runtime/store/database.ts';
import { insideTransaction } from '../../engine/runtime/store/run-transaction.ts';
import { Lastly, type Tx } from '../../engine/runtime/store/sql.ts';
import { useDatabase } from '../support/database.ts';

const { url, owner, app } = await useDatabase();
await owner.query('create table notes (id int primary key, text text)');
await owner.query('grant select, insert, update, delete on notes to riposte_app');

const insert = 'insert into notes values ($1, $2)';
const texts = async (): Promise<unknown[]> =>
  (await app.query<{ text: string }>('select text from notes order by id')).rows.map((row) => row.text);
const clear = (): Promise<unknown> => owner.query('truncate notes');

/** A transaction that writes `first`, looks at it, and ends with what `send` gives. */
function endingWith<T>(send: (tx: Tx) => Promise<T>): Promise<T> {
  return app.transaction(async (tx) => {
    await tx.query(insert, [1, 'first']);
    return new Lastly(() => send(tx));
  });
}

it('commits what is given last together with the rest, and answers it', async () => {
  await clear();
  const found = await endingWith(async (tx) => {
    const [, { rows }] = await Promise.all([
      tx.query(insert, [2, 'last']),
      tx.query<{ n: number }>('select count(*)::int as n from notes'),
    ]);
    return rows[0]?.n;
  });
  expect(found).toBe(2);
  expect(await texts()).toEqual(['first', 'last']);
});

it('commits nothing when one of the last fails in the database', async () => {
  await clear();
  const refused = endingWith((tx) =>
    Promise.all([
      tx.query(insert, [2, 'last']),
      tx.query(insert, [2, 'twice']),
      tx.query(insert, [3, 'behind']),
    ]),
  );
  await expect(refused).rejects.toMatchObject({ code: '23505' });
  expect(await texts()).toEqual([]);
});

it('fails with what failed first, whichever of its statements is heard of first', async () => {
  await clear();
  const later = async (tx: Tx) => {
    await tx.query(insert, [3, 'behind']);
  };
  const nested = (tx: Tx) => Promise.all([Promise.all([tx.query(insert, [1, 'twice'])])]);
  const refused = endingWith((tx) => {
    const [cause, effect] = [nested(tx), later(tx)];
    return Promise.all([effect, cause]);
  });
  await expect(refused).rejects.toMatchObject({ code: '23505' });
  const heard: unknown[] = [];
  await app
    .transaction(async (tx) => {
      const all = await Promise.allSettled([
        tx.query('select 1 / $1::int', [0]),
        tx.query('select 1'),
        later(tx),
      ]);
      heard.push(...all.map((each) => each.status === 'rejected' && each.reason.code));
    })
    .catch(() => undefined);
  expect(heard).toEqual(['22012', '22012', '22012']);
});

it('commits nothing when the failure of one of the last is swallowed', async () => {
  await clear();
  const refused = endingWith((tx) => tx.query(insert, [1, 'twice']).catch(() => 'never mind'));
  await expect(refused).rejects.toThrow('went on after one of its statements had failed');
  expect(await texts()).toEqual([]);
});

const endless = {
  toPostgres: () => {
    throw new Error('cannot be written');
  },
};

it.each<[string, (tx: Tx) => Promise<unknown>]>([
  [
    'between two statements',
    async (tx) => {
      const one = tx.query(insert, [2, 'last']);
      await Promise.resolve();
      if (Date.now() > 0) throw new Error('broke off');
      return one;
    },
  ],
  [
    'at a value that cannot be written',
    (tx) => Promise.all([tx.query(insert, [2, 'last']), tx.query(insert, [3, endless])]),
  ],
])('commits nothing when it breaks off %s', async (_where, send) => {
  await clear();
  await expect(endingWith(send)).rejects.toThrow(/broke off|cannot be written/);
  expect(await texts()).toEqual([]);
  await endingWith((tx) => tx.query(insert, [2, 'last']));
  expect(await texts()).toEqual(['first', 'last']);
});

it('refuses what is given after the first answer, which would no longer be part of it', async () => {
  await clear();
  const late = endingWith(async (tx) => {
    await tx.query(insert, [2, 'last']);
    await tx.query(insert, [3, 'late']);
  });
  await expect(late).rejects.toThrow('used after its end');
  expect(await texts()).not.toContain('late');
});

it('reports a connection that is lost with the commit under way, and goes on with another', async () => {
  await clear();
  const cut = endingWith((tx) => tx.query('select pg_terminate_backend(pg_backend_pid())'));
  await expect(cut).rejects.toThrow();
  expect(await texts()).toEqual([]);
});

it('is repeated whole after a deadlock', async () => {
  await clear();
  let starts = 0;
  await app.transaction(
    async (tx) => {
      starts += 1;
      await tx.query(insert, [1, 'first']);
      const fails = `do $$ begin if ${starts} = 1 then raise exception 'as if' using errcode = '40P01'; end if; end $$`;
      return new Lastly(() => Promise.all([tx.query(insert, [2, 'last']), tx.query(fails)]));
    },
    { retries: 1 },
  );
  expect(starts).toBe(2);
  expect(await texts()).toEqual(['first', 'last']);
});

it('knows in a statement whether it stands in a transaction', async () => {
  await clear();
  const text = `insert into notes select 1, 'within' where ${insideTransaction} returning id`;
  expect((await app.query(text)).rows).toEqual([]);
  // Whatever an operator has set for all sessions.
  const address = new URL(url);
  address.searchParams.set('options', '-c plan_cache_mode=force_generic_plan');
  const other = openDatabase(address.href, { role: 'riposte_app', max: 1 });
  expect((await other.query(text)).rows).toEqual([]);
  await other.transaction(async (tx) => tx.query('select 1'));
  expect((await other.query(text)).rows).toEqual([]);
  await other.close();
  expect((await app.transaction((tx) => tx.query(text))).rows).toEqual([{ id: 1 }]);
});

it('can demand a number of rows where nobody can look any more', async () => {
  const text = `select expect_count($1, 2, 'a row is missing') as n`;
  expect((await app.query(text, [2])).rows).toEqual([{ n: 2 }]);
  await expect(app.query(text, [1])).rejects.toThrow('a row is missing: 1 of 2 rows');
});
