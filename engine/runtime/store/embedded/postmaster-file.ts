import { link, readdir, readFile, readlink, realpath, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { sqlState } from '../sql-state.ts';
import { StartError } from '../start-error.ts';

/** What a running server says of itself in `postmaster.pid`: its first, fourth and eighth line. */
export interface Postmaster {
  pid: number;
  port: number;
  /** It was told to end, and writes down what it has in memory. */
  stopping: boolean;
}

/** The server that runs on this data, or null. A file that a killed server left does not count. */
export async function findPostmaster(data: string): Promise<Postmaster | null> {
  let text: string;
  try {
    text = await readFile(join(data, 'postmaster.pid'), 'utf8');
  } catch (error) {
    if (sqlState(error) === 'ENOENT') return null;
    throw error;
  }
  const lines = text.split('\n');
  const pid = Number(lines[0]);
  if (!(pid > 0) || !(await runsOn(pid, data))) return null;
  return { pid, port: Number(lines[3]) || 0, stopping: lines[7]?.trim() === 'stopping' };
}

/**
 * Process numbers are used again after a reboot, so a living one proves nothing. Every process of a
 * server has the data as its working folder; where that cannot be seen (macOS), living has to do.
 */
export async function runsOn(pid: number, data: string): Promise<boolean> {
  if (process.platform !== 'linux') return answersSignal(pid);
  const folder = await readlink(`/proc/${pid}/cwd`).catch(() => null);
  return folder !== null && folder === (await realpath(data));
}

/**
 * Clears the way after a server that was killed. Its orphans end by themselves as soon as they notice;
 * until then no other server may touch the data. Throws `StartError` when they do not.
 */
export async function clearLeftovers(data: string): Promise<void> {
  if (process.platform !== 'linux') return;
  let orphans = await processesOn(data);
  // A minute: each looks for its parent whenever it waits for anything.
  for (let waited = 0; orphans.length > 0; waited++) {
    if (waited === 600) {
      throw new StartError(
        'start/data-in-use',
        `Processes ${orphans.join(', ')} of a killed PostgreSQL still use ${data}. End them, then start again.`,
      );
    }
    await sleep(100);
    orphans = await processesOn(data);
  }
  await removeStrangersFile(data);
}

/**
 * PostgreSQL clears away the file of a dead process by itself. But when a stranger has got its number
 * meanwhile, it takes that one for a server and never starts again.
 */
async function removeStrangersFile(data: string): Promise<void> {
  const path = join(data, 'postmaster.pid');
  const pid = await readPid(path);
  if (pid === null || !answersSignal(pid) || (await runsOn(pid, data))) return;
  // Taken aside first and looked at again: another start may have cleared it and written its own.
  const aside = `${path}.${process.pid}`;
  await rename(path, aside);
  if ((await readPid(aside)) !== pid) await link(aside, path);
  await rm(aside);
}

async function readPid(path: string): Promise<number | null> {
  const text = await readFile(path, 'utf8').catch(() => '');
  const pid = Number.parseInt(text, 10);
  return pid > 0 ? pid : null;
}

/** Linux only. */
export async function processesOn(data: string): Promise<number[]> {
  const folder = await realpath(data);
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
  const folders = await Promise.all(pids.map((pid) => readlink(`/proc/${pid}/cwd`).catch(() => null)));
  return pids.filter((_, index) => folders[index] === folder);
}

function answersSignal(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return sqlState(error) !== 'ESRCH';
  }
}
