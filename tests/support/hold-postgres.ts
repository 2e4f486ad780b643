import { join, resolve } from 'node:path';
import { findPostmaster } from '../../engine/runtime/store/embedded/postmaster-file.ts';
import { startEmbeddedPostgres } from '../../engine/runtime/store/embedded-postgres.ts';
import { StartError } from '../../engine/runtime/store/start-error.ts';

/* Program: holds the embedded PostgreSQL of the folder it is given until SIGTERM or SIGINT. */

const dataDir = resolve(process.argv[2] ?? '.riposte');
try {
  const { url, stop } = await startEmbeddedPostgres({ dataDir });
  const end = async (): Promise<void> => {
    const server = await findPostmaster(join(dataDir, 'postgres'));
    console.log(`server ${server?.pid} ran until we were done`);
    await stop();
    process.exit(0);
  };
  process.once('SIGTERM', end);
  process.once('SIGINT', end);
  console.log(`listening ${url}`);
  setInterval(() => undefined, 60_000);
} catch (error) {
  console.error(error instanceof StartError ? `${error.code}: ${error.message}` : error);
  process.exit(1);
}
