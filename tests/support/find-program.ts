import { execFile } from 'node:child_process';
import { access, constants } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';

export type Program = { kind: 'found'; path: string } | { kind: 'missing'; reason: string };

const run = promisify(execFile);

/**
 * A program of the distribution. Where we may (root on Debian or Ubuntu) its package is installed;
 * otherwise the reason says which one to install.
 */
export async function findProgram(name: string, packageName: string): Promise<Program> {
  const before = await lookUp(name);
  if (before !== null) return { kind: 'found', path: before };
  const apt = await lookUp('apt-get');
  if (apt === null || process.geteuid?.() !== 0) return missing(packageName);
  try {
    const env = { PATH: process.env.PATH, DEBIAN_FRONTEND: 'noninteractive' };
    // Two test runs at once wait for each other.
    const options = ['-q', '-o', 'DPkg::Lock::Timeout=300'];
    await run(apt, [...options, 'update'], { env });
    await run(apt, [...options, 'install', '--yes', '--no-install-recommends', packageName], { env });
  } catch (error) {
    const said = error instanceof Error && 'stderr' in error ? String(error.stderr).trim() : String(error);
    return missing(packageName, `apt-get said: ${said.slice(-500)}`);
  }
  const after = await lookUp(name);
  return after === null ? missing(packageName, `it has no ${name}`) : { kind: 'found', path: after };
}

function missing(packageName: string, why?: string): Program {
  return {
    kind: 'missing',
    reason: `install the package ${packageName}${why === undefined ? '' : `; ${why}`}`,
  };
}

async function lookUp(name: string): Promise<string | null> {
  for (const folder of (process.env.PATH ?? '').split(delimiter)) {
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
