import { startEmbeddedPostgres } from '../../engine/runtime/store/embedded-postgres.ts';
import { releaseAfter } from '../support/release-after.ts';
import { databaseUrl, superuserUrl, withClient } from '../support/services.ts';
import { temporaryFolder } from '../support/temp-folder.ts';
import { readFile } from './compose.ts';

const name = 'fleet';

/**
 * A server of its own with what database.sql makes on a new one. The embedded server has a login and a database
 * `riposte` from the start, so here both are called otherwise.
 * @returns host, port and database as they stand in an address
 */
export async function makeDatabase(password: string): Promise<{ url: string; place: string }> {
  const dataDir = await temporaryFolder();
  const server = await startEmbeddedPostgres({ dataDir });
  releaseAfter(() => server.stop());
  const statements = readFile('database.sql')
    .replace(/^(--|\\).*$/gm, '')
    .replaceAll(":'password'", `'${password}'`)
    .replace(/\briposte\b/g, name)
    .split(';')
    .filter((statement) => statement.trim() !== '');
  await withClient(await superuserUrl(dataDir, server.url), async (client) => {
    for (const statement of statements) await client.query(statement);
  });
  const url = new URL(databaseUrl(server.url, name));
  url.username = name;
  url.password = password;
  return { url: url.href, place: `${url.host}/${name}` };
}
