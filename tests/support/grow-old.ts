import type { Database } from '../../engine/runtime/store/database.ts';

/** As if everything that is stored now had happened so many days before. Only the owner can: triggers keep it from everybody else. */
export async function growOld(owner: Database, days: number): Promise<void> {
  const { rows } = await owner.query<{ table: string; columns: string[] }>(
    `select c.table_name as table, array_agg(c.column_name::text) as columns from information_schema.columns c
     join information_schema.tables t using (table_schema, table_name)
     where c.table_schema = 'riposte' and t.table_type = 'BASE TABLE' and c.data_type = 'timestamp with time zone'
       and c.table_name not like 'audit%' and c.table_name not in ('migrations', 'retention')
     group by c.table_name order by c.table_name`,
  );
  await withoutTriggers(
    owner,
    rows.map(({ table }) => table),
    async (query) => {
      for (const { table, columns } of rows) {
        const set = columns.map((column) => `${column} = ${column} - make_interval(days => $1)`);
        await query(`update ${table} set ${set.join(', ')}`, [days]);
      }
    },
  );
}

/** What no way of the engine's own leads to, or only one that takes months. */
export async function withoutTriggers(
  owner: Database,
  tables: readonly string[],
  work: (query: (text: string, values?: readonly unknown[]) => Promise<unknown>) => Promise<void>,
): Promise<void> {
  await owner.transaction(async (tx) => {
    for (const table of tables) await tx.query(`alter table ${table} disable trigger user`);
    await work((text, values) => tx.query(text, values));
    // Checks that wait for the end of the transaction would keep the tables from being altered once more.
    await tx.query('set constraints all immediate');
    for (const table of tables) await tx.query(`alter table ${table} enable trigger user`);
  });
}
