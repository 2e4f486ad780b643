import type { Database } from '../../engine/runtime/store/database.ts';
import { watchQueries } from './watch-queries.ts';

/** The same database; `count.asked` grows with every statement that it is asked within a transaction. */
export function countAsked(count: { asked: number }): (database: Database) => Database {
  return watchQueries(() => {
    count.asked += 1;
  });
}
