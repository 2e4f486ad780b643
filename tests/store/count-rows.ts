import type { Database } from '../../engine/runtime/store/database.ts';
import type { Sql } from '../../engine/runtime/store/sql.ts';

/** The same database; what each of its transactions has read is in PostgreSQL's statistics once it is committed. */
export function tellReads(database: Database): Database {
  return {
    ...database,
    transaction: (work, options) =>
      database.transaction(async (tx) => {
        const result = await work(tx);
        await tx.query('select pg_stat_force_next_flush()');
        return result;
      }, options),
  };
}

/**
 * A connection may still hold what it read long ago, and would tell it in the middle of a measurement: each of them
 * tells it now.
 */
export async function settleReads(database: Database, connections = 10): Promise<void> {
  const flush = () =>
    database.transaction((tx) => tx.query('select pg_stat_force_next_flush(), pg_sleep(0.05)'));
  await Promise.all(Array.from({ length: connections }, flush));
}

/** Rows read so far, by table: by an index, and from end to end. */
export type RowsRead = { [table: string]: { byIndex: number; byScan: number } };

const text = `
select relname as table, coalesce(idx_tup_fetch, 0)::int as "byIndex", seq_tup_read::int as "byScan"
from pg_stat_user_tables where schemaname = 'riposte'`;

async function readSoFar(owner: Sql): Promise<RowsRead> {
  await owner.query('select pg_stat_clear_snapshot()');
  const { rows } = await owner.query<{ table: string; byIndex: number; byScan: number }>(text);
  return Object.fromEntries(rows.map(({ table, ...read }) => [table, read]));
}

/**
 * What `work` reads in transactions of a database that `tellReads` made, checks of foreign keys included, while
 * nobody else is at work. Tables that it did not read are left out.
 */
export async function rowsReadBy(owner: Sql, work: () => Promise<unknown>): Promise<RowsRead> {
  const before = await readSoFar(owner);
  await work();
  const after = Object.entries(await readSoFar(owner)).map(([table, { byIndex, byScan }]) => {
    const { byIndex: index = 0, byScan: scan = 0 } = before[table] ?? {};
    return [table, { byIndex: byIndex - index, byScan: byScan - scan }] as const;
  });
  return Object.fromEntries(after.filter(([, { byIndex, byScan }]) => byIndex + byScan > 0));
}
