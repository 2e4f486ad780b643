import type { Database } from '../../engine/runtime/store/database.ts';

/** Until so many of this database's transactions wait for a lock, or long enough. */
export async function waitingForLock(database: Database, count: number): Promise<void> {
  const text = `select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`;
  for (let looked = 0; looked < 500; looked++) {
    if ((await database.query(text)).rows.length >= count) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
