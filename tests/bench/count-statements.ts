import type { Database } from '../../engine/runtime/store/database.ts';
import { Lastly, type Tx } from '../../engine/runtime/store/sql.ts';
import { newMeters, type StationMeters, type StationName, TransactionMeter } from './meter-stations.ts';

export interface StatementCount {
  statements: number;
  transactions: number;
  /** Statements by their whole text. */
  byText: Map<string, number>;
  stations: StationMeters;
}

/**
 * The same database, with what it is asked counted. `begin` and `commit` count as a transaction, not as statements.
 * @param otherwise whose that is what says nothing about itself
 */
export function countStatements(
  database: Database,
  otherwise: StationName,
): { database: Database; count: StatementCount } {
  const count: StatementCount = {
    statements: 0,
    transactions: 0,
    byText: new Map(),
    stations: newMeters(),
  };
  const note = (text: string): void => {
    count.statements += 1;
    count.byText.set(text, (count.byText.get(text) ?? 0) + 1);
  };
  return {
    count,
    database: {
      query(text, values) {
        note(text);
        count.transactions += 1;
        count.stations[otherwise].asks += 1;
        count.stations[otherwise].turns += 1;
        return database.query(text, values);
      },
      async transaction(work, options) {
        count.transactions += 1;
        const meter = new TransactionMeter();
        let joined = options?.readsFirst === true ? 1 : 0;
        const beganAt = performance.now();
        try {
          return await database.transaction(async (tx) => {
            const counted: Tx = {
              __tx: true,
              query(text, values) {
                note(text);
                return meter.ask(text, () => tx.query(text, values));
              },
            };
            const worked = await work(counted);
            if (worked instanceof Lastly && worked.atOnce) joined += 1;
            return worked;
          }, options);
        } finally {
          meter.end(count.stations, options?.station ?? otherwise, performance.now() - beganAt, joined);
        }
      },
      turns: database.turns,
      close: () => database.close(),
    },
  };
}
