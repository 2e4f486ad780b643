import { readFile } from 'node:fs/promises';
import { getHeapSpaceStatistics } from 'node:v8';

/** Bytes; where each of them is, of one process at one moment. */
export interface Memory {
  /** As the operating system counts it: what is in memory now. */
  rss: number;
  /**
   * The same once V8 has given back the pages that it keeps for the next crowd. It does so by itself when memory
   * runs out, and not before: what a process had under way at most is what it has, unless somebody asks like this.
   */
  rssWithoutSpare: number;
  /** Live objects after a collection, and what V8 keeps for them. */
  heapUsed: number;
  heapTotal: number;
  /** Of the heap: where objects are born, where those live that stayed, and machine code with its data. */
  youngTotal: number;
  oldTotal: number;
  /** Outside the heap and known to V8: buffers, and strings that came as bytes. */
  external: number;
  /** Resident, of the program and its libraries; null where the system does not tell. */
  files: number | null;
  /** Resident and written to: V8's heap, and what malloc has taken and not given back; null likewise. */
  anonymous: number | null;
}

/** As if memory had run out. */
async function giveSpareBack(): Promise<void> {
  const collect = globalThis.gc as ((options: object) => void) | undefined;
  if (collect === undefined) throw new Error('start with --expose-gc');
  collect({ type: 'major', execution: 'sync', flavor: 'last-resort' });
  await new Promise((resolve) => setTimeout(resolve, 200));
}

/** Of this process. Collect first, or two readings cannot be compared. */
export async function readMemory(): Promise<Memory> {
  const { rss, heapUsed, heapTotal, external } = process.memoryUsage();
  const spaces = getHeapSpaceStatistics();
  const sizeOf = (...names: string[]): number =>
    spaces
      .filter((space) => names.includes(space.space_name))
      .reduce((total, space) => total + space.physical_space_size, 0);
  const rollup = await readFile('/proc/self/smaps_rollup', 'utf8').catch(() => null);
  const field = (name: string): number | null => {
    const found = rollup === null ? null : new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(rollup);
    return found === null ? null : Number(found[1]) * 1_024;
  };
  const resident = field('Rss');
  const anonymous = field('Anonymous');
  await giveSpareBack();
  return {
    rss,
    rssWithoutSpare: process.memoryUsage.rss(),
    heapUsed,
    heapTotal,
    youngTotal: sizeOf('new_space', 'new_large_object_space'),
    oldTotal: sizeOf(
      'old_space',
      'large_object_space',
      'code_space',
      'code_large_object_space',
      'trusted_space',
    ),
    external,
    files: resident === null || anonymous === null ? null : resident - anonymous,
    anonymous,
  };
}
