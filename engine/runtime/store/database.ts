import { Pool, type PoolConfig, type QueryResultRow } from 'pg';
import { createPreparedStatements } from './prepare-statements.ts';
import { type Committed, runTransaction, type TransactionOptions } from './run-transaction.ts';
import { keepAlive, leaveSilent } from './silence.ts';
import type { Lastly, Rows, Sql, Tx } from './sql.ts';
import { toRows } from './to-rows.ts';
import { typeParsers } from './type-parsers.ts';
import { watchServer } from './watch-server.ts';

export interface Database extends Sql {
  /**
   * begin … commit. When `work` throws, everything is rolled back and the error goes on.
   * Nothing is repeated unless `retries` says so, and then only after 40001 (serialization, also when the schema finds what was taken for granted otherwise) and
   * 40P01 (deadlock), which roll back whole: `work` must then be free of effects outside the database.
   * A connection lost during commit leaves it unknown whether it happened; that error goes on too.
   */
  transaction<T>(work: (tx: Tx) => Promise<T | Lastly<T>>, options?: TransactionOptions): Promise<T>;
  /**
   * How often another server answered, or the same one after another start. What is kept in memory of rows that never
   * change is kept with this number from before it was read: a database that was put back has other rows.
   */
  turns(): number;
  close(): Promise<void>;
}

export type DatabaseRole = 'riposte_app' | 'riposte_sequencer' | 'owner';

/**
 * A pool on schema `riposte`. Values come back as: int8 → number (an unsafe one fails the query),
 * numeric → string, timestamptz → Date, json → parsed, bytea → Buffer.
 * @param options.role the rights of every connection; `owner` keeps those of the login and has no time limit
 * @param options.max most connections at once; default 10
 * @param options.committed told of the entries that transactions have committed
 * @param options.silentMs how long the database may owe an answer; longer than its own `statement_timeout`
 */
export function openDatabase(
  url: string,
  options: {
    role: DatabaseRole;
    max?: number;
    applicationName?: string;
    silentMs?: number;
    committed?: Committed;
  },
): Database {
  const pool = new Pool(poolConfig(url, options));
  const server = watchServer();
  // A connection that dies while idle is replaced by the next query; without a listener it would end the process.
  pool.on('error', () => undefined);
  // The pool stops listening as it hands a connection out. A new one can be cut in the very packet that says it is
  // ready, before whoever asked for it listens; its first statement fails then.
  pool.on('connect', (client) => {
    client.on('error', () => undefined);
    // The owner's statements, which are migrations, may take as long as they take.
    if (options.role !== 'owner') leaveSilent(client, options.silentMs);
    server.ask(client);
  });
  const prepared = createPreparedStatements();
  const through = { pool, prepared, committed: options.committed };

  return {
    async query<Row>(text: string, values: readonly unknown[] = []): Promise<Rows<Row>> {
      return toRows<Row & QueryResultRow>(await pool.query(text, [...values]));
    },
    transaction: (work, options = {}) => runTransaction(through, work, options),
    turns: server.turns,
    close: () => pool.end(),
  };
}

/**
 * Rights and limits travel in the start packet, so there is no instant at which a connection has the
 * login's rights. A pooler in between must therefore pool sessions, not transactions.
 */
function poolConfig(
  url: string,
  options: { role: DatabaseRole; max?: number; applicationName?: string },
): PoolConfig {
  const settings = [
    // pg_temp last: a temporary table must never hide a real one.
    'search_path=riposte,pg_temp',
    'TimeZone=UTC',
    'idle_in_transaction_session_timeout=10s',
  ];
  // Migrations may take long; everything else that runs half a minute is a mistake and holds locks.
  if (options.role !== 'owner') settings.push(`role=${options.role}`, 'statement_timeout=30s');

  const address = new URL(url);
  const given = address.searchParams.get('options');
  address.searchParams.delete('options');
  return {
    connectionString: address.href,
    options: [...(given === null ? [] : [given]), ...settings.map((each) => `-c ${each}`)].join(' '),
    application_name: options.applicationName ?? `riposte ${options.role}`,
    max: options.max ?? 10,
    connectionTimeoutMillis: 10_000,
    ...keepAlive,
    types: typeParsers,
    // Statements given at once travel at once; see `run-transaction.ts`.
    pipeline: true,
  };
}
