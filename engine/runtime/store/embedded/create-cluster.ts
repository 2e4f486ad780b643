import { execFile } from 'node:child_process';
import { chown, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { sqlState } from '../sql-state.ts';
import { StartError } from '../start-error.ts';
import type { Binaries } from './find-binaries.ts';
import { chooseUser, prepareRunAs } from './run-as.ts';
import { syncFolder } from './stored-login.ts';

const run = promisify(execFile);

/**
 * Makes an empty cluster at `<dataDir>/postgres`. It grows beside that name and is renamed when whole,
 * so a kill leaves nothing half made, and of two first starts at once one wins.
 */
export async function createCluster(dataDir: string, binaries: Binaries, password: string): Promise<void> {
  await removeDrafts(dataDir);
  const draft = join(dataDir, `postgres.new-${process.pid}`);
  const data = join(draft, 'data');
  const passwordFile = join(draft, 'password');
  const user = await chooseUser(join(dataDir, 'postgres'));
  try {
    await mkdir(draft, { mode: 0o700 });
    await writeFile(passwordFile, `${password}\n`, { mode: 0o600 });
    if (user !== null) for (const path of [draft, passwordFile]) await chown(path, user.uid, user.gid);
    const runAs = await prepareRunAs(user, '/bin/sh', [
      '-c',
      // Finds its programs, and can open what it will read.
      '"$0" --show --pgdata="$1" && : < "$2"',
      binaries.initdb,
      data,
      passwordFile,
    ]);
    const initdb = runAs.wrap(binaries.initdb, [
      `--pgdata=${data}`,
      '--username=postgres',
      `--pwfile=${passwordFile}`,
      '--auth=scram-sha-256',
      '--encoding=UTF8',
      // Sorting that does not change with the machine's C library: an index stays valid after an upgrade.
      '--locale=C',
      '--locale-provider=builtin',
      '--builtin-locale=C.UTF-8',
      '--data-checksums',
    ]);
    await run(initdb.command, initdb.args, {
      ...initdb.user,
      cwd: '/',
      env: { PATH: '/usr/bin:/bin', TZ: 'UTC' },
    });
    await rename(data, join(dataDir, 'postgres'));
    await syncFolder(dataDir);
  } catch (error) {
    // Another first start was quicker; its cluster has the same password.
    if (['ENOTEMPTY', 'EEXIST'].includes(sqlState(error) ?? '')) return;
    if (error instanceof StartError) throw error;
    const said = error instanceof Error && 'stderr' in error ? String(error.stderr).trim() : '';
    throw new StartError('start/no-database', `The embedded database could not be created. ${said}`.trim(), {
      cause: error,
    });
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
}

/** What killed first starts left behind. */
async function removeDrafts(dataDir: string): Promise<void> {
  for (const name of await readdir(dataDir)) {
    const pid = Number(/^postgres\.new-(\d+)$/.exec(name)?.[1]);
    if (pid > 0 && (pid === process.pid || !isAlive(pid))) {
      await rm(join(dataDir, name), { recursive: true, force: true });
    }
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return sqlState(error) !== 'ESRCH';
  }
}

/** The major version that wrote a cluster, or null where there is none. Throws `StartError` on a folder that is neither. */
export async function readClusterMajor(data: string): Promise<number | null> {
  try {
    const version = (await readFile(join(data, 'PG_VERSION'), 'utf8')).trim();
    if (/^\d+$/.test(version)) return Number(version);
    throw new StartError('start/data-damaged', `${data}/PG_VERSION says "${version}".`);
  } catch (error) {
    const state = sqlState(error);
    if (state === 'EACCES') {
      throw new StartError(
        'start/data-damaged',
        `${data} belongs to another user. Start as the user who started it first, or give the folder to this one.`,
        { cause: error },
      );
    }
    if (state !== 'ENOENT') throw error;
  }
  const found = await readdir(data).catch(() => []);
  if (found.length === 0) return null;
  throw new StartError(
    'start/data-damaged',
    `${data} holds files but no PG_VERSION, so it is no whole database.`,
  );
}
