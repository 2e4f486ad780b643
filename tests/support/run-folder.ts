import { chmod, mkdir, readdir, readFile, readlink, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const prefix = 'riposte-tests-';

/** A fresh folder named after this process; those of killed runs go first, with the servers still in them. */
export async function createRunFolder(): Promise<string> {
  const base = await realpath(tmpdir());
  for (const name of await readdir(base)) {
    const pid = name.startsWith(prefix) ? Number(name.slice(prefix.length)) : Number.NaN;
    if (!(pid > 0) || isAlive(pid)) continue;
    await endProcessesUnder(join(base, name));
    await rm(join(base, name), { recursive: true, force: true });
  }
  const folder = join(base, `${prefix}${process.pid}`);
  await mkdir(folder);
  // Passable, because as root the database runs as another user.
  await chmod(folder, 0o711);
  return folder;
}

/** Processes whose working folder lies in `folder`; only Linux can tell. */
export async function processesUnder(folder: string): Promise<{ pid: number; command: string }[]> {
  if (process.platform !== 'linux') return [];
  const found: { pid: number; command: string }[] = [];
  for (const name of await readdir('/proc')) {
    if (!/^\d+$/.test(name) || Number(name) === process.pid) continue;
    const cwd = await readlink(`/proc/${name}/cwd`).catch(() => '');
    if (cwd !== folder && !cwd.startsWith(`${folder}/`)) continue;
    const command = await readFile(`/proc/${name}/cmdline`, 'utf8').catch(() => '');
    found.push({ pid: Number(name), command: command.replaceAll('\0', ' ').trim() });
  }
  return found;
}

export async function endProcessesUnder(folder: string): Promise<void> {
  for (let round = 0; round < 100; round++) {
    const left = await processesUnder(folder);
    if (left.length === 0) return;
    for (const { pid } of left) kill(pid);
    await sleep(50);
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return !(error instanceof Error && 'code' in error && error.code === 'ESRCH');
  }
}
