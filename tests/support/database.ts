import { randomBytes } from 'node:crypto';
import { type Database, openDatabase } from '../../engine/runtime/store/database.ts';
import { askServices } from './ask-services.ts';
import { releaseAfter } from './release-after.ts';
import { databaseUrl, type PostgresServer, templateName, withClient } from './services.ts';

export interface TestDatabase {
  /** The owner's address; the roles are taken from there. */
  url: string;
  owner: Database;
  app: Database;
  sequencer: Database;
  /** Runs by itself after the file's tests. Fails when somebody is still connected. */
  drop(): Promise<void>;
}

/** The PostgreSQL that this run's test files share. */
export function postgresServer(): Promise<PostgresServer> {
  return askServices<PostgresServer>('/postgres');
}

/**
 * A fresh database of its own: `const database = await useDatabase();` at the top of a test file or
 * in a `beforeAll`.
 * @param options.migrated false for one that has nothing in it yet
 */
export async function useDatabase(options: { migrated?: boolean } = {}): Promise<TestDatabase> {
  const server = await postgresServer();
  const name = `test_${randomBytes(6).toString('hex')}`;
  const template = options.migrated === false ? 'template1' : templateName;
  await withClient(server.superuserUrl, (client) =>
    client.query(`create database ${name} template ${template} owner riposte`),
  );
  const url = databaseUrl(server.url, name);
  const open = (role: 'owner' | 'riposte_app' | 'riposte_sequencer'): Database =>
    openDatabase(url, { role, max: 5 });
  const [owner, app, sequencer] = [open('owner'), open('riposte_app'), open('riposte_sequencer')];
  let dropped = false;
  const drop = async (): Promise<void> => {
    if (dropped) return;
    dropped = true;
    await Promise.all([owner.close(), app.close(), sequencer.close()]);
    const left = await dropDatabase(server.superuserUrl, name);
    if (left.length > 0) throw new Error(`Connections left open: ${left.join(', ')}`);
  };
  releaseAfter(drop);
  return { url, owner, app, sequencer, drop };
}

/** Drops it in any case and names who was still connected. */
async function dropDatabase(superuserUrl: string, name: string): Promise<string[]> {
  return await withClient(superuserUrl, async (client) => {
    const connected = async (): Promise<string[]> => {
      const text =
        'select application_name as name from pg_stat_activity where datname = $1 and backend_type = $2';
      const { rows } = await client.query<{ name: string }>(text, [name, 'client backend']);
      return rows.map((row) => row.name);
    };
    // A connection that was closed just now takes the server a moment to take off its list.
    let left = await connected();
    for (let looked = 0; left.length > 0 && looked < 40; looked++) {
      await new Promise((resolve) => setTimeout(resolve, 50));
      left = await connected();
    }
    await client.query(`drop database ${name} with (force)`);
    return left;
  });
}
