import type { Database } from '../../engine/runtime/store/database.ts';
import type { Tx } from '../../engine/runtime/store/sql.ts';

/** The same database; `seen` hears of every statement that it is asked within a transaction, before it is, and may throw. */
export function watchQueries(
  seen: (...asked: Parameters<Tx['query']>) => void,
): (database: Database) => Database {
  return (database) => ({
    ...database,
    transaction: (work, options) =>
      database.transaction(
        (tx) =>
          work({
            ...tx,
            async query(text, values) {
              seen(text, values);
              return tx.query(text, values);
            },
          }),
        options,
      ),
  });
}
