import type { Database } from '../../engine/runtime/store/database.ts';
import type { Tx } from '../../engine/runtime/store/sql.ts';

export interface StatementCount {
  statements: number;
  transactions: number;
  /** Statements by their first words. */
  byText: Map<string, number>;
}

/** The same database, with what it is asked counted. `begin` and `commit` count as a transaction, not as statements. */
export function countStatements(database: Database): { database: Database; count: StatementCount } {
  const count: StatementCount = { statements: 0, transactions: 0, byText: new Map() };
  const note = (text: string): void => {
    count.statements += 1;
    const name = text.replace(/\s+/g, ' ').trim().slice(0, 60);
    count.byText.set(name, (count.byText.get(name) ?? 0) + 1);
  };
  return {
    count,
    database: {
      query(text, values) {
        note(text);
        count.transactions += 1;
        return database.query(text, values);
      },
      transaction(work, options) {
        count.transactions += 1;
        return database.transaction((tx) => {
          const counted: Tx = {
            __tx: true,
            query(text, values) {
              note(text);
              return tx.query(text, values);
            },
          };
          return work(counted);
        }, options);
      },
      close: () => database.close(),
    },
  };
}
