import type { Database } from '../../engine/runtime/store/database.ts';
import type { Sql, Tx } from '../../engine/runtime/store/sql.ts';

/** What was asked, each text once with the values it came with last, and whether that was in a transaction. */
export type Statements = Map<string, { values: readonly unknown[]; inTransaction: boolean }>;

/** The same database; what it is asked is kept in `statements`. */
export function watchStatements(database: Database, statements: Statements): Database {
  const watched = <Inner extends Sql>(inner: Inner, inTransaction: boolean): Inner => ({
    ...inner,
    query(text: string, values: readonly unknown[] = []) {
      statements.set(text, { values, inTransaction });
      return inner.query(text, values);
    },
  });
  return {
    ...watched(database, false),
    transaction: (work, options) => database.transaction((tx) => work(watched<Tx>(tx, true)), options),
  };
}
