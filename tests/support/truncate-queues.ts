import type { TestDatabase } from './database.ts';

/** Tables of the queue on PostgreSQL, quoted; none before something was queued. */
export async function queueTables({ owner }: TestDatabase): Promise<string[]> {
  const { rows } = await owner.query<{ name: string }>(
    `select format('%I.%I', schemaname, tablename) as name from pg_tables
     where schemaname = 'bullmq' and tablename <> 'migration'`,
  );
  return rows.map((row) => row.name);
}

/** As an operator does by accident. */
export async function truncateQueues(database: TestDatabase): Promise<void> {
  const tables = await queueTables(database);
  if (tables.length === 0) return;
  // It wants all tables at once, each locked by somebody at work: the one who loses a deadlock tries again.
  await database.owner.transaction((tx) => tx.query(`truncate ${tables.join(', ')}`), { retries: 20 });
}
