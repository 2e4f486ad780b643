import { readFile } from 'node:fs/promises';
import { createServer, type ServerResponse } from 'node:http';
import { join } from 'node:path';
import { Client } from 'pg';
import {
  type EmbeddedPostgres,
  startEmbeddedPostgres,
} from '../../engine/runtime/store/embedded-postgres.ts';
import { migrate } from '../../engine/runtime/store/migrate.ts';
import { findProgram, type Program } from './find-program.ts';

export const migrationsDir = join(import.meta.dirname, '../../engine/runtime/store/migrations');
export const templateName = 'riposte_template';

export interface PostgresServer {
  /** Login `riposte`, who owns databases and may create roles, on database `riposte`. */
  url: string;
  /** Login `postgres` on database `postgres`. */
  superuserUrl: string;
}

/**
 * What test files share, started when the first one asks: a PostgreSQL with a migrated template, and
 * the look for programs of the distribution. `stop` names the databases that tests forgot to drop.
 */
export async function startServices(folder: string): Promise<{ address: string; stop(): Promise<string[]> }> {
  let running: EmbeddedPostgres | null = null;
  let postgres: Promise<PostgresServer> | null = null;
  const programs = new Map<string, Promise<Program>>();

  const startPostgres = async (): Promise<PostgresServer> => {
    const dataDir = join(folder, 'services');
    running = await startEmbeddedPostgres({ dataDir });
    const server = { url: running.url, superuserUrl: await superuserUrl(dataDir, running.url) };
    await withClient(server.superuserUrl, (client) =>
      client.query(`create database ${templateName} owner riposte`),
    );
    await migrate(databaseUrl(server.url, templateName), migrationsDir);
    return server;
  };
  const program = (name: string, packageName: string): Promise<Program> => {
    const found = programs.get(name) ?? findProgram(name, packageName);
    programs.set(name, found);
    return found;
  };

  const http = createServer((request, response) => {
    const asked = new URL(request.url ?? '/', 'http://services');
    if (asked.pathname === '/postgres') {
      postgres ??= startPostgres();
      return answer(response, postgres);
    }
    const name = asked.searchParams.get('name') ?? '';
    return answer(response, program(name, asked.searchParams.get('package') ?? name));
  });
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  const bound = http.address();
  const port = typeof bound === 'object' && bound !== null ? bound.port : 0;

  return {
    address: `http://127.0.0.1:${port}`,
    async stop() {
      http.close();
      http.closeAllConnections();
      const server = await postgres?.catch(() => null);
      const left = server ? await forgottenDatabases(server.superuserUrl) : [];
      await running?.stop();
      return left;
    },
  };
}

export function databaseUrl(url: string, name: string): string {
  const address = new URL(url);
  address.pathname = `/${name}`;
  return address.href;
}

export async function withClient<T>(url: string, work: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString: url });
  // A server that dies is told by the statement under way; without a listener it would end the test run too.
  client.on('error', () => undefined);
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

export async function superuserUrl(dataDir: string, url: string): Promise<string> {
  const login: unknown = JSON.parse(await readFile(join(dataDir, 'postgres-login.json'), 'utf8'));
  if (typeof login !== 'object' || login === null || !('password' in login))
    throw new Error('no password stored');
  const address = new URL(url);
  address.username = 'postgres';
  address.password = String(login.password);
  address.pathname = '/postgres';
  return address.href;
}

async function forgottenDatabases(url: string): Promise<string[]> {
  const text = String.raw`select datname from pg_database where datname like 'test\_%'`;
  const { rows } = await withClient(url, (client) => client.query<{ datname: string }>(text));
  return rows.map((row) => row.datname);
}

function answer(response: ServerResponse, value: Promise<unknown>): void {
  value.then(
    (body) => response.end(JSON.stringify(body)),
    (error: unknown) => {
      response.statusCode = 500;
      response.end(error instanceof Error ? (error.stack ?? error.message) : String(error));
    },
  );
}
