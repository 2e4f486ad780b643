import type { Database } from './database.ts';
import { sqlState } from './sql-state.ts';
import { StartError } from './start-error.ts';

interface Server {
  version: string;
  version_number: number;
  encoding: string;
  standby: boolean;
  fsync: string;
  full_page_writes: string;
  synchronous_commit: string;
}

const text = `
select current_setting('server_version') as version,
  current_setting('server_version_num')::int as version_number,
  current_setting('server_encoding') as encoding,
  pg_is_in_recovery() as standby,
  current_setting('fsync') as fsync,
  current_setting('full_page_writes') as full_page_writes,
  current_setting('synchronous_commit') as synchronous_commit`;

/**
 * Refuses a server on which a committed journal entry could be lost or mangled: "audit before effect"
 * is worth nothing when the commit is not on disk. Throws `StartError`.
 */
export async function checkServer(database: Database): Promise<void> {
  const server = await ask(database);
  if (server.version_number < 140_000) {
    throw new StartError('start/no-database', `PostgreSQL ${server.version} is too old: use 14 or newer.`);
  }
  if (server.standby) {
    throw new StartError(
      'start/no-database',
      'DATABASE_URL names a standby: use the address of the primary.',
    );
  }
  if (server.encoding !== 'UTF8') {
    throw new StartError(
      'start/bad-config',
      `The database stores ${server.encoding}: create one with "create database riposte encoding 'UTF8' template template0".`,
    );
  }
  for (const name of ['fsync', 'full_page_writes', 'synchronous_commit'] as const) {
    if (server[name] !== 'off') continue;
    throw new StartError(
      'start/bad-config',
      `PostgreSQL runs with ${name} = off: a crash could forget what was done. Set ${name} = on.`,
    );
  }
}

async function ask(database: Database): Promise<Server> {
  try {
    const { rows } = await database.query<Server>(text);
    const server = rows[0];
    if (server !== undefined) return server;
  } catch (error) {
    throw new StartError(
      'start/no-database',
      `The database does not answer (${wordsOf(error)}). Check DATABASE_URL and that the server runs.`,
      { cause: error },
    );
  }
  throw new StartError('start/no-database', 'The database answered nothing.');
}

/** Where a name has several addresses, each failed for itself and the whole says nothing. */
function wordsOf(error: unknown): string {
  const first = error instanceof AggregateError ? error.errors[0] : error;
  const code = sqlState(error);
  const said = first instanceof Error ? first.message : String(first);
  return code === null || said.includes(code) ? said : `${code}: ${said}`;
}
