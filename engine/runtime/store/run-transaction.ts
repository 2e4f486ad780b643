import { setTimeout as sleep } from 'node:timers/promises';
import type { Pool, PoolClient, QueryResultRow } from 'pg';
import { invariant } from '../../core/contracts/invariant.ts';
import type { Rows, Tx } from './sql.ts';
import { sqlState } from './sql-state.ts';
import { toRows } from './to-rows.ts';

const repeatable = new Set(['40001', '40P01']);

export async function runTransaction<T>(
  pool: Pool,
  work: (tx: Tx) => Promise<T>,
  retries: number,
): Promise<T> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await runOnce(pool, work);
    } catch (error) {
      if (attempt >= retries || !repeatable.has(sqlState(error) ?? '')) throw error;
      // Two that met once meet again if they start again at the same moment.
      await sleep(Math.random() * 20 * 2 ** Math.min(attempt, 6));
    }
  }
}

async function runOnce<T>(pool: Pool, work: (tx: Tx) => Promise<T>): Promise<T> {
  const client = await pool.connect();
  const broken: Error[] = [];
  const remember = (error: Error): void => {
    broken.push(error);
  };
  client.on('error', remember);
  const { tx, end } = openTx(client);
  try {
    await client.query('begin');
    const result = await work(tx);
    const forgotten = await end();
    invariant(forgotten === 0, `${forgotten} queries of a transaction were not awaited before its end`);
    const { command } = await client.query('commit');
    // After a failed statement that the caller caught, PostgreSQL answers a commit by rolling back, without an error.
    invariant(command === 'COMMIT', 'a transaction went on after one of its statements had failed');
    return result;
  } catch (error) {
    await end();
    await client.query('rollback').catch(remember);
    throw error;
  } finally {
    client.removeListener('error', remember);
    // A connection in an unknown state is closed, not reused.
    client.release(broken[0]);
  }
}

/**
 * Statements run one after the other in the order they were given, also under `Promise.all`.
 * `end` refuses later ones, waits for those under way and says how many there were.
 */
function openTx(client: PoolClient): { tx: Tx; end: () => Promise<number> } {
  let ended = false;
  let underWay = 0;
  let last: Promise<unknown> = Promise.resolve();
  const tx: Tx = {
    __tx: true,
    query<Row>(text: string, values: readonly unknown[] = []): Promise<Rows<Row>> {
      if (ended) {
        const late = new Error('A transaction was used after its end; its statement was not sent.');
        return Promise.reject(late);
      }
      underWay++;
      const answer = last.then(() => client.query(text, [...values]));
      const settled = answer.finally(() => {
        underWay--;
      });
      last = settled.catch(() => undefined);
      return settled.then((result) => toRows<Row & QueryResultRow>(result));
    },
  };
  const end = async (): Promise<number> => {
    ended = true;
    const forgotten = underWay;
    await last;
    return forgotten;
  };
  return { tx, end };
}
