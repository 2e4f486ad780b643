import { spawnSync } from 'node:child_process';

/**
 * A core dump holds the environment, the keys and every secret that was in use, in a file that nobody guards. The
 * limit is 1 and not 0: with 0 a kernel that hands dumps to a program would still do so.
 *
 * @returns what could not be done, for people, or null
 */
export function forbidCoreDumps(): string | null {
  if (process.platform !== 'linux') return null;
  const { status } = spawnSync('prlimit', ['--pid', String(process.pid), '--core=1:1'], { stdio: 'ignore' });
  return status === 0
    ? null
    : 'core dumps could not be forbidden, as there is no prlimit (package util-linux): a crash may leave secrets in a file';
}
