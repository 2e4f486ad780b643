import { Client } from 'pg';
import { sqlState } from '../sql-state.ts';
import { StartError } from '../start-error.ts';

// Any constant. Held in database `postgres` for as long as a process of ours uses the data.
const lockKey = 0x5249504f;

/** The connection that says "this data is ours". It ends with the process, however that dies, and the claim with it. */
export interface Claim {
  client: Client;
}

/** `not-yet`: nobody listens, or the server is still starting, recovering or stopping. */
export type ClaimAnswer =
  | { kind: 'claimed'; claim: Claim }
  | { kind: 'taken'; by: string }
  | { kind: 'not-yet' };

/**
 * Connects as the cluster's superuser and takes the claim if it is free.
 * Throws `StartError` when the server is not the one that the login belongs to.
 */
export async function claimData(data: string, port: number, password: string): Promise<ClaimAnswer> {
  const client = new Client({
    host: '127.0.0.1',
    port,
    user: 'postgres',
    database: 'postgres',
    password,
    application_name: `riposte pid ${process.pid}`,
    connectionTimeoutMillis: 5_000,
    keepAlive: true,
  });
  // Whoever holds the claim listens for its end; before that, the errors come back from the calls.
  client.on('error', () => undefined);
  try {
    await client.connect();
    const { rows } = await client.query<{ folder: string; claimed: boolean }>(
      `select current_setting('data_directory') as folder, pg_try_advisory_lock($1) as claimed`,
      [lockKey],
    );
    if (rows[0]?.folder !== data) {
      throw new StartError('start/no-database', `Port ${port} is another PostgreSQL, of ${rows[0]?.folder}.`);
    }
    if (rows[0].claimed) return { kind: 'claimed', claim: { client } };
    const by = await holder(client);
    await client.end();
    return { kind: 'taken', by };
  } catch (error) {
    client.end().catch(() => undefined);
    return notYet(error, data);
  }
}

async function holder(client: Client): Promise<string> {
  const { rows } = await client.query<{ name: string }>(
    `select a.application_name as name from pg_locks l join pg_stat_activity a using (pid)
    where l.locktype = 'advisory' and l.granted and l.objid = $1 and l.classid = 0`,
    [lockKey],
  );
  return rows[0]?.name.replace(/^riposte /, '') ?? 'unknown';
}

function notYet(error: unknown, data: string): ClaimAnswer {
  if (error instanceof StartError) throw error;
  const state = sqlState(error);
  // 28P01, 28000: wrong password or login.
  if (state === '28P01' || state === '28000') {
    throw new StartError('start/data-damaged', `The password beside ${data} is not that of the database.`, {
      cause: error,
    });
  }
  return { kind: 'not-yet' };
}
