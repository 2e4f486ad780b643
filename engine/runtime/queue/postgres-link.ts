import {
  isPgPool,
  type PgPool,
  type PgQueryResult,
  PostgresConnection,
  type PostgresConnectionOptions,
  PostgresQueueBackend,
  Queue,
  runMigrations,
} from 'bullmq';
import { Pool, type PoolClient } from 'pg';
import { bearSilence, keepAlive, leaveSilent } from '../store/silence.ts';
import type { LotData } from './lot.ts';
import { PacedWorker } from './paced-worker.ts';
import { type QueueLink, type RecoveryTimes, streams, workerOptions } from './queue-link.ts';
import type { CourierLog } from './quiet-log.ts';
import { settleWithin } from './settle-within.ts';

export const queueSchema = 'bullmq';

/** More do not make it faster (the database's CPU is the limit); one of them listens for all queues. */
const connectionsMax = 8;
const connectMsMax = 5_000;
const answerMsMax = 3_000;

export interface PostgresLink extends QueueLink {
  pool: Pool;
}

/** Rejects when the database cannot be reached or its queue schema is newer than this BullMQ. */
export async function openPostgresLink(
  url: string,
  times: RecoveryTimes,
  log: CourierLog,
): Promise<PostgresLink> {
  const pool = openPool(url);
  pool.on('error', (error) => log('warn', 'a connection to the queue was lost', { error: error.message }));
  pool.on('connect', (client) => {
    // Every idle worker listens on the one shared connection.
    client.setMaxListeners(0);
    // The pool stops listening as it hands a connection out, and whoever takes it begins an instant later. One that is
    // cut in between would end the process; its first statement fails instead.
    client.on('error', () => undefined);
    leaveSilent(client);
  });
  try {
    await migrate(pool);
  } catch (error) {
    await pool.end();
    throw error;
  }
  const shared = asShared(pool);
  const connection = new SharedConnection(shared);
  connection.setMaxListeners(0);
  // BullMQ keeps a failed first contact for ever, so it happens here and once.
  await connection.waitUntilReady();
  const backend = (name: string, options: SharedBackendOptions): SharedBackend =>
    new SharedBackend(connection, name, options);

  return {
    pool,
    openQueue(name) {
      const queue = new Queue<
        LotData,
        void,
        'lot',
        LotData,
        void,
        'lot',
        SharedBackend,
        PostgresConnectionOptions
      >(name, { connection: shared, streams }, backend);
      queue.on('error', (error) =>
        log('warn', 'the queue reported an error', { queue: name, error: error.message }),
      );
      return queue;
    },
    openWorker(name, concurrency, take) {
      const { lockMs, stalledCheckMs } = times;
      const options = {
        ...workerOptions,
        connection: shared,
        concurrency,
        lockDuration: lockMs,
        stalledInterval: stalledCheckMs,
      };
      const worker = new PacedWorker<SharedBackend, PostgresConnectionOptions>(name, take, options, backend);
      worker.on('error', (error) =>
        log('warn', 'the queue reported an error', { queue: name, error: error.message }),
      );
      return worker;
    },
    async check() {
      await settleWithin(pool.query('select 1 from meta limit 1'), answerMsMax, 'the queue database');
    },
    async close() {
      // Waits for queries under way, which a database that hangs never answers.
      const closed = connection.close().then(() => pool.end());
      await settleWithin(closed, answerMsMax, 'closing connections').catch(() => undefined);
    },
  };
}

function openPool(url: string): Pool {
  const address = new URL(url);
  const given = address.searchParams.get('options');
  address.searchParams.delete('options');
  const settings = [`-c search_path=${queueSchema},pg_temp`, '-c statement_timeout=30s'];
  return new Pool({
    connectionString: address.href,
    options: [...(given === null ? [] : [given]), ...settings].join(' '),
    application_name: 'riposte queue',
    max: connectionsMax,
    connectionTimeoutMillis: connectMsMax,
    ...keepAlive,
  });
}

/** BullMQ declares a pool's type by itself and asks at run time whether it was given one. */
function asShared(pool: Pool): PgPool {
  if (!isPgPool(pool)) throw new TypeError('BullMQ does not recognise this pg as its own');
  return pool;
}

/** Takes BullMQ's own advisory lock for the transaction: processes that start together wait for each other. */
async function migrate(pool: Pool): Promise<void> {
  const client = await pool.connect();
  try {
    await runMigrations(client, queueSchema);
  } finally {
    client.release();
  }
}

/** Backends that share a listening connection also subscribe on it at the same moment; `pg` takes one query at a time. */
class SharedConnection extends PostgresConnection {
  readonly #inTurn = new WeakSet<object>();

  override async getListenClient(): Promise<Awaited<ReturnType<PostgresConnection['getListenClient']>>> {
    const client = await super.getListenClient();
    if (this.#inTurn.has(client)) return client;
    this.#inTurn.add(client);
    bearSilence(client as unknown as PoolClient);
    const { query } = client;
    let last: Promise<unknown> = Promise.resolve();
    client.query = <R>(text: string, values?: readonly unknown[]): Promise<PgQueryResult<R>> => {
      const turn = last.then(() => query.call(client, text, values) as Promise<PgQueryResult<R>>);
      last = turn.catch(() => undefined);
      return turn;
    };
    return client;
  }
}

type SharedBackendOptions = ConstructorParameters<typeof PostgresQueueBackend>[2];

/**
 * A queue's view of the one connection. BullMQ's own factory opens a pool and a listening connection
 * per queue and per worker, thirty of each for fifteen systems; a PostgreSQL has a hundred in all.
 */
class SharedBackend extends PostgresQueueBackend {
  constructor(connection: PostgresConnection, name: string, options: SharedBackendOptions) {
    // As owner it hears of a lost listening connection; closing is overridden instead.
    super(connection, name, options, true);
  }

  /** After an error BullMQ waits for a wake-up up to this long, in seconds; its own bound is an hour. */
  override get maximumBlockTimeout(): number {
    return workerOptions.drainDelay;
  }

  override close(): Promise<void> {
    this.closing ??= Promise.resolve();
    return this.closing;
  }

  override disconnect(): Promise<void> {
    return this.disconnectBlocking();
  }
}
