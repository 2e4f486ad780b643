import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Pool, PoolClient, QueryResult, QueryResultRow } from 'pg';
import type { Entry } from '../../core/contracts/entry.ts';
import { invariant } from '../../core/contracts/invariant.ts';
import type { PreparedStatements } from './prepare-statements.ts';
import { socketOf } from './silence.ts';
import { Lastly, type Rows, type Tx } from './sql.ts';
import { sqlState } from './sql-state.ts';
import { toRows } from './to-rows.ts';

const repeatable = new Set(['40001', '40P01']);

/** in_failed_sql_transaction: never why anything failed. */
const afterFailure = '25P02';

export interface TransactionOptions {
  retries?: number;
  /**
   * Whatever `work` sends before its first answer only reads or locks, or asks for `insideTransaction`. It then
   * travels together with `begin`, whose failure is noticed at the first answer: a write sent so early would be
   * committed by itself.
   */
  readsFirst?: boolean;
  /** For whoever looks at the database or measures the engine: it stands in a comment of `begin`. */
  station?: Station;
}

/** Where on an alert's way a transaction stands: what happens with every alert, and so is worth telling apart. */
export type Station = 'intake' | 'match' | 'claim' | 'advance' | 'seal';

/** Told of the entries of each transaction that was committed, once: it must neither fail nor wait. */
export type Committed = (entries: readonly Entry[]) => void;

export interface Through {
  pool: Pool;
  prepared: PreparedStatements;
  committed?: Committed | undefined;
}

export async function runTransaction<T>(
  through: Through,
  work: (tx: Tx) => Promise<T | Lastly<T>>,
  options: TransactionOptions,
): Promise<T> {
  const { retries = 0 } = options;
  for (let attempt = 0; ; attempt++) {
    try {
      return await runOnce(through, work, options);
    } catch (error) {
      if (attempt >= retries || !repeatable.has(sqlState(error) ?? '')) throw error;
      // Two that met once meet again if they start again at the same moment.
      await sleep(Math.random() * 20 * 2 ** Math.min(attempt, 6));
    }
  }
}

/*
 * Left to itself the server compares what a plan for all values would cost now with what plans for single values
 * cost when their tables were smaller, and plans a growing installation's statements anew each time.
 */
const plannedOnce = 'set local plan_cache_mode = force_generic_plan';

const saysInside = `set local riposte.inside = 'yes'`;

/** A condition for writes that travel together with `begin`: nobody else sets this. */
export const insideTransaction = `current_setting('riposte.inside', true) = 'yes'`;

/*
 * What happens with every alert finds its few rows by an index, however small the table was when the statement was
 * planned: of a young table all rows are read and hashed, and the plan stays while it grows by the minute. There
 * is an index for each (`tests/store/plans-at-size.test.ts`).
 */
const byIndex =
  'set local enable_seqscan = off; set local enable_hashjoin = off; set local enable_mergejoin = off';

async function runOnce<T>(
  { pool, prepared, committed }: Through,
  work: (tx: Tx) => Promise<T | Lastly<T>>,
  { readsFirst = false, station }: TransactionOptions,
): Promise<T> {
  const client = await pool.connect();
  const broken: Error[] = [];
  const remember = (error: Error): void => {
    broken.push(error);
  };
  client.on('error', remember);
  const begun = Promise.withResolvers<unknown>();
  begun.promise.catch(() => undefined);
  const { tx, close, end } = openTx(client, prepared, begun.promise, remember);
  const written: Entry[] = [];
  if (committed !== undefined) tx.wrote = (entries) => written.push(...entries);
  try {
    if (prepared.areStale(client, performance.now())) await client.query('discard plans');
    gatherWrites(client);
    const settings = [plannedOnce, saysInside, ...(station === undefined ? [] : [byIndex])].join('; ');
    const begin = `begin${station === undefined ? '' : ` /* ${station} */`}; ${settings}`;
    begun.resolve(client.query(begin));
    if (!readsFirst) await begun.promise;
    const worked = await work(tx);
    await begun.promise;
    const { result, commit } = await finish(client, worked, close);
    const forgotten = await end();
    invariant(forgotten === 0, `${forgotten} queries of a transaction were not awaited before its end`);
    const { command } = await (commit ?? client.query('commit'));
    // After a failed statement that the caller caught, PostgreSQL answers a commit by rolling back, without an error.
    invariant(command === 'COMMIT', 'a transaction went on after one of its statements had failed');
    if (written.length > 0) committed?.(written);
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

/** @returns `commit` if it is under way already */
async function finish<T>(
  client: PoolClient,
  worked: T | Lastly<T>,
  close: () => void,
): Promise<{ result: T; commit: Promise<QueryResult> | null }> {
  if (!(worked instanceof Lastly)) return { result: worked, commit: null };
  if (!worked.atOnce) return { result: await worked.send(), commit: null };
  // In one write. What breaks off before it has given all its statements is not followed by a commit.
  const stream = socketOf(client);
  stream.cork();
  let commit: Promise<QueryResult>;
  const answer = worked.send();
  try {
    await orNothingMoreHappens(answer);
    close();
    commit = client.query('commit');
  } finally {
    stream.uncork();
  }
  // Nobody looks at it if something before it has failed.
  commit.catch(() => undefined);
  return { result: await answer, commit };
}

/** Until nothing more happens by itself, without the network. @throws what has broken off until then */
function orNothingMoreHappens(answer: Promise<unknown>): Promise<unknown> {
  return Promise.race([answer, new Promise<void>((resolve) => process.nextTick(resolve))]);
}

/**
 * Statements run one after the other in the order they were given. Those given at once, under
 * `Promise.all`, are sent at once (the pool pipelines): one round trip, and after the first that fails
 * the database refuses the rest; all of these fail with what the first one failed with, so that whoever hears of one hears
 * of that. `close` refuses later ones; `end` also waits for those under way and says how
 * many there were.
 */
function openTx(
  client: PoolClient,
  prepared: PreparedStatements,
  begun: Promise<unknown>,
  remember: (error: Error) => void,
): { tx: Tx; close: () => void; end: () => Promise<number> } {
  let ended = false;
  const underWay = new Set<Promise<unknown>>();
  let cause: unknown;
  const tx: Tx = {
    __tx: true,
    async query<Row>(text: string, values: readonly unknown[] = []): Promise<Rows<Row>> {
      if (ended) throw new Error('A transaction was used after its end; its statement was not sent.');
      const name = values.length === 0 ? undefined : prepared.nameOf(text);
      gatherWrites(client);
      const answer = client.query<Row & QueryResultRow>({
        text,
        values: [...values],
        ...(name !== undefined && { name }),
      });
      underWay.add(answer);
      // Of a statement that broke off on the way the driver and the server remember different things.
      answer.catch((error) => sqlState(error) === null && remember(error));
      try {
        const rows = toRows(await answer);
        await begun;
        return rows;
      } catch (error) {
        if (sqlState(error) === afterFailure) throw cause ?? error;
        cause ??= error;
        throw error;
      } finally {
        underWay.delete(answer);
      }
    },
  };
  const close = (): void => {
    ended = true;
  };
  const end = async (): Promise<number> => {
    close();
    const forgotten = underWay.size;
    await Promise.allSettled(underWay);
    return forgotten;
  };
  return { tx, close, end };
}

/** What is sent in one tick is one write: one system call here, and the server wakes up once. */
function gatherWrites(client: PoolClient): void {
  const stream = socketOf(client);
  if (stream.writableCorked > 0) return;
  stream.cork();
  queueMicrotask(() => stream.uncork());
}
