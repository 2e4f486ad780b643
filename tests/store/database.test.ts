import { Writable } from 'node:stream';
import type { Pool } from 'pg';
import { describe, expect, it } from 'vitest';
import { InvariantBroken } from '../../engine/core/contracts/invariant.ts';
import { recordAudit } from '../../engine/runtime/record-audit.ts';
import { openDatabase } from '../../engine/runtime/store/database.ts';
import { createPreparedStatements } from '../../engine/runtime/store/prepare-statements.ts';
import { runTransaction } from '../../engine/runtime/store/run-transaction.ts';
import { Lastly, type Tx } from '../../engine/runtime/store/sql.ts';
import { defaultTenant, mintId } from '../../schemas/ids.ts';
import { draft } from '../audit/draft-entry.ts';
import { useDatabase } from '../support/database.ts';

const { url, owner, app, sequencer } = await useDatabase();
await owner.query('create table notes (id int primary key, text text)');
await owner.query('grant select, insert, update, delete on notes to riposte_app');

const texts = async (): Promise<unknown[]> =>
  (await app.query<{ text: string }>('select text from notes order by id')).rows.map((row) => row.text);
const clear = (): Promise<unknown> => owner.query('truncate notes');

describe('a pool', () => {
  it('has the rights of its role from the first statement on, and keeps them after a reset', async () => {
    const who = "select current_user as who, current_setting('search_path') as path";
    expect((await app.query(who)).rows).toEqual([{ who: 'riposte_app', path: 'riposte,pg_temp' }]);
    expect((await sequencer.query(who)).rows[0]).toMatchObject({ who: 'riposte_sequencer' });
    expect((await owner.query(who)).rows[0]).toMatchObject({ who: 'riposte' });
    await app.query('reset all; reset role');
    expect((await app.query(who)).rows[0]).toMatchObject({ who: 'riposte_app' });
  });

  it('keeps options that stand in the address', async () => {
    const address = new URL(url);
    address.searchParams.set('options', '-c lock_timeout=1234ms');
    const other = openDatabase(address.href, { role: 'riposte_app', max: 1 });
    const text = "select current_setting('lock_timeout') as timeout, current_user as who";
    expect((await other.query(text)).rows).toEqual([{ timeout: '1234ms', who: 'riposte_app' }]);
    await other.close();
  });

  it('hands out whole numbers as numbers, instants as dates and JSON as values', async () => {
    const { rows } = await app.query(
      `select 9007199254740991::bigint as idx, array[1, null, 3]::bigint[] as many, 1.10::numeric as exact,
        timestamptz '2026-01-02 03:04:05.678+01' as at, '{"b":[1,null]}'::json as json, null::bigint as nothing`,
    );
    expect(rows).toEqual([
      {
        idx: 9007199254740991,
        many: [1, null, 3],
        exact: '1.10',
        at: new Date('2026-01-02T02:04:05.678Z'),
        json: { b: [1, null] },
        nothing: null,
      },
    ]);
  });

  it('fails a query whose whole number a number cannot hold, and goes on', async () => {
    await expect(app.query('select 9007199254740993::bigint')).rejects.toThrow(RangeError);
    expect((await app.query('select 1 as one')).rows).toEqual([{ one: 1 }]);
  });

  it('outlives the end of an idle connection', async () => {
    const { rows } = await app.query<{ pid: number }>('select pg_backend_pid() as pid');
    // The login may end its own sessions, whatever role they have taken.
    await owner.query('select pg_terminate_backend($1, 10000)', [rows[0]?.pid]);
    const after = await app.query<{ pid: number }>('select pg_backend_pid() as pid');
    expect(after.rows[0]?.pid).not.toBe(rows[0]?.pid);
  });
});

describe('a transaction', () => {
  it('keeps all of its changes', async () => {
    await clear();
    const result = await app.transaction(async (tx) => {
      await tx.query('insert into notes values (1, $1)', ['a']);
      await tx.query('insert into notes values (2, $1)', ['b']);
      return 'done';
    });
    expect(result).toBe('done');
    expect(await texts()).toEqual(['a', 'b']);
  });

  it('keeps none of them when the work throws, and hands the error on', async () => {
    await clear();
    const refused = app.transaction(async (tx) => {
      await tx.query('insert into notes values (1, $1)', ['a']);
      throw new Error('changed my mind');
    });
    await expect(refused).rejects.toThrow('changed my mind');
    expect(await texts()).toEqual([]);
  });

  it('is refused when the work swallows the failure of a statement', async () => {
    await clear();
    const refused = app.transaction(async (tx) => {
      await tx.query('insert into notes values (1, $1)', ['a']);
      await tx.query('insert into notes values (1, $1)', ['twice']).catch(() => undefined);
    });
    await expect(refused).rejects.toThrow(InvariantBroken);
    expect(await texts()).toEqual([]);
  });

  it('is refused when a statement was not awaited', async () => {
    await clear();
    const refused = app.transaction(async (tx) => {
      void tx.query('insert into notes values (1, $1)', ['a']);
    });
    await expect(refused).rejects.toThrow('not awaited');
    expect(await texts()).toEqual([]);
  });

  it('plans its statements once for all values, and nothing else does', async () => {
    const mode = 'show plan_cache_mode';
    const inside = await app.transaction((tx) => tx.query<{ plan_cache_mode: string }>(mode));
    const outside = await app.query<{ plan_cache_mode: string }>(mode);
    expect([inside, outside].map(({ rows }) => rows[0]?.plan_cache_mode)).toEqual([
      'force_generic_plan',
      'auto',
    ]);
  });

  it('sends nothing that writes when its begin failed, also if it opens with a read', async () => {
    const sent: string[] = [];
    const client = {
      connection: { stream: new Writable() },
      on: () => undefined,
      removeListener: () => undefined,
      release: () => undefined,
      query(given: string | { text: string }) {
        const text = typeof given === 'string' ? given : given.text;
        sent.push(text.split(';')[0] ?? '');
        return text.startsWith('begin')
          ? Promise.reject(new Error('canceling statement due to user request'))
          : Promise.resolve({ rows: [], rowCount: 0, command: 'SELECT' });
      },
    };
    const pool = { connect: async () => client } as unknown as Pool;
    const work = async (tx: Tx) => {
      await tx.query('select 1 for update');
      await tx.query('update notes set text = 1');
    };
    for (const readsFirst of [false, true]) {
      const failed = runTransaction({ pool, prepared: createPreparedStatements() }, work, { readsFirst });
      await expect(failed).rejects.toThrow('user request');
    }
    expect(sent).toEqual(['begin', 'rollback', 'begin', 'select 1 for update', 'rollback']);
  });

  it('tells of entries that it has written once they are committed, and of no others', async () => {
    const told: string[][] = [];
    const counting = openDatabase(url, {
      role: 'riposte_app',
      max: 2,
      committed: (entries) => told.push(entries.map(({ reason = '' }) => reason)),
    });
    const write = (tx: Tx, reason: string) =>
      recordAudit(tx, defaultTenant, 0, [draft({ type: 'alert.accepted', reason })], mintId);
    await counting.transaction(async (tx) => {
      await write(tx, 'one');
      await write(tx, 'two');
      expect(told).toEqual([]);
    });
    await expect(
      counting.transaction(async (tx) => {
        await write(tx, 'rolled back');
        throw new Error('after all not');
      }),
    ).rejects.toThrow('after all not');
    let tries = 0;
    await counting.transaction(
      async (tx) => {
        tries += 1;
        await write(tx, `try ${tries}`);
        if (tries === 1)
          await tx.query(`do $$ begin raise exception 'again' using errcode = '40001'; end $$`);
        return new Lastly(() => write(tx, 'last'));
      },
      { retries: 1 },
    );
    await counting.close();
    expect(told).toEqual([
      ['one', 'two'],
      ['try 2', 'last'],
    ]);
  });

  it('cannot be used after its end', async () => {
    await clear();
    const escaped = await app.transaction(async (tx) => ({ tx }));
    await expect(escaped.tx.query('insert into notes values (1, $1)', ['late'])).rejects.toThrow(
      'after its end',
    );
    expect(await texts()).toEqual([]);
  });

  it('runs statements in the order given, also when they are asked for at once', async () => {
    await clear();
    await app.transaction(async (tx) => {
      await Promise.all([
        tx.query('insert into notes values (1, $1)', ['a']),
        tx.query('update notes set text = text || $1', ['b']),
        tx.query('update notes set text = text || $1', ['c']),
      ]);
    });
    expect(await texts()).toEqual(['abc']);
  });

  it('reports the loss of its connection and leaves the pool usable', async () => {
    await clear();
    const cut = app.transaction(async (tx) => {
      await tx.query('insert into notes values (1, $1)', ['a']);
      const { rows } = await tx.query<{ pid: number }>('select pg_backend_pid() as pid');
      await owner.query('select pg_terminate_backend($1, 10000)', [rows[0]?.pid]);
      await tx.query('select 1');
    });
    await expect(cut).rejects.toThrow();
    expect(await texts()).toEqual([]);
  });

  /** Two transactions that each wait for the other's row; PostgreSQL ends one of them with 40P01. */
  async function embrace(
    retries: number,
  ): Promise<{ settled: PromiseSettledResult<void>[]; starts: number }> {
    await clear();
    await owner.query(`insert into notes values (1, ''), (2, '')`);
    let starts = 0;
    let meet = (): void => undefined;
    const met = new Promise<void>((resolve) => {
      meet = resolve;
    });
    const half = (first: number, second: number): Promise<void> =>
      app.transaction(
        async (tx) => {
          await tx.query('update notes set text = text || $2 where id = $1', [first, 'x']);
          if (++starts === 2) meet();
          await met;
          await tx.query('update notes set text = text || $2 where id = $1', [second, 'y']);
        },
        { retries },
      );
    return { settled: await Promise.allSettled([half(1, 2), half(2, 1)]), starts };
  }

  it('is not repeated by itself after a deadlock', async () => {
    const { settled, starts } = await embrace(0);
    expect(settled.filter((each) => each.status === 'rejected')).toMatchObject([
      { reason: { code: '40P01' } },
    ]);
    expect(starts).toBe(2);
  });

  it('is repeated after a deadlock when asked, and then both take effect once', async () => {
    const { settled, starts } = await embrace(3);
    expect(settled.map((each) => each.status)).toEqual(['fulfilled', 'fulfilled']);
    expect(starts).toBe(3);
    expect((await texts()).map((text) => String(text).length)).toEqual([2, 2]);
  });
});
