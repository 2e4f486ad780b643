import { constants } from 'node:fs';
import { access, chmod, mkdir, realpath, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createCluster, readClusterMajor } from './embedded/create-cluster.ts';
import { endPostmaster } from './embedded/end-postmaster.ts';
import { type Binaries, findBinaries } from './embedded/find-binaries.ts';
import { type Cluster, type Held, holdCluster } from './embedded/hold-cluster.ts';
import { freePort } from './embedded/pick-port.ts';
import { findPostmaster } from './embedded/postmaster-file.ts';
import { prepareDatabase } from './embedded/prepare-database.ts';
import { chooseUser, prepareRunAs } from './embedded/run-as.ts';
import { loadLogin, type StoredLogin, saveLogin } from './embedded/stored-login.ts';
import { StartError } from './start-error.ts';

export interface EmbeddedPostgres {
  /** Address of database `riposte` with its owner, who is no superuser. Stays the same while this runs. */
  url: string;
  /** Ends the server in good order. Connections that are still open are cut. */
  stop(): Promise<void>;
}

const betweenTriesMs = 2_000;

/**
 * A real PostgreSQL for a machine that has none: data in `<dataDir>/postgres`, address and password in
 * `<dataDir>/postgres-login.json`, log in `<dataDir>/postgres.log`. A server that dies is started again
 * on the same port, for as long as it takes: a full disk is freed by somebody sooner or later, and whoever
 * waits for the database then goes on. One that runs and stands still is ended first. When this process is
 * killed the server stays, and the next start takes it over.
 * Throws `StartError`: `start/bad-config`, `start/data-in-use`, `start/data-newer`, `start/data-damaged`, `start/port-in-use`
 * or `start/no-database`.
 * @param options.port wanted port; without it the stored one or a free one
 * @param options.onTrouble the server stood still, or died and cannot be brought back yet; told at each try
 * @param options.onLost the data is another's by now; without it the error ends the process
 */
export async function startEmbeddedPostgres(options: {
  dataDir: string;
  port?: number;
  onTrouble?: (error: StartError) => void;
  onLost?: (error: unknown) => void;
}): Promise<EmbeddedPostgres> {
  const binaries = findBinaries();
  const dataDir = await prepareFolder(options.dataDir);
  const { cluster, login } = await prepareCluster(dataDir, binaries);
  const tell = (error: StartError): void => options.onTrouble?.(error);
  const first = await holdCluster(cluster, () => choosePort(options.port, login.port), tell);
  if (first.port !== login.port) await saveLogin(dataDir, { ...login, port: first.port });
  await prepareDatabase(first.claim.client, login.password);

  let held = first;
  let stopping = false;
  let recovery: Promise<void> = Promise.resolve();
  const lost = options.onLost ?? throwOutside;
  const watch = (): void => {
    held.claim.client.once('end', () => {
      if (!stopping) recovery = recover().catch(lost);
    });
  };
  const recover = async (): Promise<void> => {
    for (;;) {
      try {
        held = await holdCluster(cluster, () => Promise.resolve(first.port), tell);
        return watch();
      } catch (error) {
        if (!(error instanceof StartError) || error.code !== 'start/no-database') throw error;
        if (stopping) return;
        tell(error);
        await sleep(betweenTriesMs);
      }
    }
  };
  watch();

  return {
    url: `postgres://riposte:${login.password}@127.0.0.1:${first.port}/riposte`,
    async stop() {
      stopping = true;
      await recovery;
      await stopCluster(cluster, held);
    },
  };
}

/** Others may pass through but not look, because the database's user must reach its own folder in it. */
async function prepareFolder(given: string): Promise<string> {
  const path = resolve(given);
  try {
    await mkdir(path, { recursive: true });
    const { uid } = await stat(path);
    if (uid === process.geteuid?.()) await chmod(path, uid === 0 ? 0o711 : 0o700);
    await access(path, constants.W_OK | constants.X_OK);
    return await realpath(path);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new StartError(
      'start/bad-config',
      `RIPOSTE_DATA: nothing can be kept in ${path} (${why}). Let this user write there, or set it to another folder.`,
      { cause: error },
    );
  }
}

async function prepareCluster(
  dataDir: string,
  binaries: Binaries,
): Promise<{ cluster: Cluster; login: StoredLogin }> {
  const data = join(dataDir, 'postgres');
  const before = await readClusterMajor(data);
  const login = await loadLogin(dataDir, before !== null);
  if (before === null) await createCluster(dataDir, binaries, login.password);
  const major = before ?? binaries.major;
  if (major !== binaries.major) {
    throw new StartError(
      major > binaries.major ? 'start/data-newer' : 'start/data-damaged',
      `${data} was written by PostgreSQL ${major}; this version has ${binaries.major}. Start the version of Riposte that wrote it, or set DATABASE_URL to a PostgreSQL ${major}.`,
    );
  }
  const runAs = await prepareRunAs(await chooseUser(data), binaries.postgres, [
    '-C',
    'data_directory',
    '-D',
    data,
  ]);
  const logPath = join(dataDir, 'postgres.log');
  return { cluster: { binaries, runAs, data, logPath, password: login.password }, login };
}

async function choosePort(wanted: number | undefined, stored: number | null): Promise<number> {
  if (wanted !== undefined) {
    const port = await freePort(wanted);
    if (port !== null) return port;
    throw new StartError('start/port-in-use', `Port ${wanted} for the database is taken.`);
  }
  const port = (stored === null ? null : await freePort(stored)) ?? (await freePort(0));
  if (port !== null) return port;
  throw new StartError('start/port-in-use', 'No port on 127.0.0.1 is free for the database.');
}

async function stopCluster(cluster: Cluster, held: Held): Promise<void> {
  const running = await findPostmaster(cluster.data);
  // Fast, which cuts connections and writes a checkpoint; after half a minute immediate.
  if (running !== null) {
    await endPostmaster(cluster.data, running.pid, [
      ['SIGINT', 30_000],
      ['SIGQUIT', 30_000],
    ]);
  }
  await held.claim.client.end().catch(() => undefined);
}

function throwOutside(error: unknown): void {
  queueMicrotask(() => {
    throw error;
  });
}
