import { readdir, readFile } from 'node:fs/promises';

/** Clock ticks per second in /proc; 100 on every Linux that Node runs on. */
const ticksPerSecond = 100;

/**
 * Processor milliseconds of a process and all its children, ended ones included. Null where there is no /proc.
 * Source: proc_pid_stat(5), fields ppid (4), utime, stime, cutime, cstime (14 to 17).
 */
export async function cpuMsOfTree(root: number): Promise<number | null> {
  const all = new Map<number, { parent: number; own: number; ended: number }>();
  const names = await readdir('/proc').catch(() => null);
  if (names === null) return null;
  for (const name of names) {
    if (!/^\d+$/.test(name)) continue;
    const stat = await readFile(`/proc/${name}/stat`, 'utf8').catch(() => '');
    // The command in parentheses may hold blanks.
    const fields = stat
      .slice(stat.lastIndexOf(')') + 2)
      .split(' ')
      .map(Number);
    const [parent, utime, stime, cutime, cstime] = [
      fields[1],
      fields[11],
      fields[12],
      fields[13],
      fields[14],
    ];
    if (parent === undefined || cstime === undefined) continue;
    all.set(Number(name), {
      parent,
      own: (utime ?? 0) + (stime ?? 0),
      ended: (cutime ?? 0) + cstime,
    });
  }
  if (!all.has(root)) return null;
  let ticks = 0;
  for (const [pid, each] of all) if (descendsFrom(pid, root, all)) ticks += each.own + each.ended;
  return (ticks * 1_000) / ticksPerSecond;
}

function descendsFrom(pid: number, root: number, all: Map<number, { parent: number }>): boolean {
  for (let at: number | undefined = pid; at !== undefined && at > 1; at = all.get(at)?.parent)
    if (at === root) return true;
  return false;
}
