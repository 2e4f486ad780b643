import { execFile } from 'node:child_process';
import { access, constants } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';

export type Program = { kind: 'found'; path: string } | { kind: 'missing'; reason: string };

const run = promisify(execFile);

/** Servers lie where a plain path does not lead, and so do programs that a package needs to be installed. */
const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/local/sbin', '/usr/sbin', '/sbin'];

/** One at a time: the lock of the lists is not waited for. */
let installing: Promise<void> = Promise.resolve();

/**
 * A program of the distribution. Where we may (root on Debian or Ubuntu) its package is installed;
 * otherwise the reason says which one to install.
 */
export async function findProgram(name: string, packageName: string): Promise<Program> {
  const before = await lookUp(name);
  if (before !== null) return { kind: 'found', path: before };
  const apt = await lookUp('apt-get');
  if (apt === null || process.geteuid?.() !== 0) return missing(packageName);
  const mine = installing.then(() => install(apt, packageName));
  installing = mine.catch(() => undefined);
  try {
    await mine;
  } catch (error) {
    const said = error instanceof Error && 'stderr' in error ? String(error.stderr).trim() : String(error);
    return missing(packageName, `apt-get said: ${said.slice(-500)}`);
  }
  const after = await lookUp(name);
  return after === null ? missing(packageName, `it has no ${name}`) : { kind: 'found', path: after };
}

async function install(apt: string, packageName: string): Promise<void> {
  // RUNLEVEL: a server that comes as a package is started by the tests alone.
  const env = { PATH: folders.join(delimiter), DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' };
  // Two test runs at once wait for each other.
  const options = ['-q', '-o', 'DPkg::Lock::Timeout=300'];
  await run(apt, [...options, 'update'], { env });
  await run(apt, [...options, 'install', '--yes', '--no-install-recommends', packageName], { env });
}

function missing(packageName: string, why?: string): Program {
  return {
    kind: 'missing',
    reason: `install the package ${packageName}${why === undefined ? '' : `; ${why}`}`,
  };
}

async function lookUp(name: string): Promise<string | null> {
  for (const folder of folders) {
    const path = join(folder, name);
    const usable =
      folder !== '' &&
      (await access(path, constants.X_OK).then(
        () => true,
        () => false,
      ));
    if (usable) return path;
  }
  return null;
}
