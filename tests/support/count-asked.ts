import type { Database } from '../../engine/runtime/store/database.ts';

/** The same database; `count.asked` grows with every statement that it is asked within a transaction. */
export function countAsked(count: { asked: number }): (database: Database) => Database {
  return (database) => ({
    ...database,
    transaction: (work, options) =>
      database.transaction(
        (tx) =>
          work({
            ...tx,
            query(text, values) {
              count.asked += 1;
              return tx.query(text, values);
            },
          }),
        options,
      ),
  });
}
