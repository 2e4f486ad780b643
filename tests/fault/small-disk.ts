import { execFile } from 'node:child_process';
import { chmod, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { sqlState } from '../../engine/runtime/store/sql-state.ts';
import { releaseAfter } from '../support/release-after.ts';
import { temporaryFolder } from '../support/temp-folder.ts';

const run = promisify(execFile);

/** A file system with an end, which a test can come to. */
export interface SmallDisk {
  folder: string;
  /** Not one byte fits any more. */
  fill(): Promise<void>;
  free(): Promise<void>;
}

/** Whether this machine lets us have one: mounting takes Linux and the rights of root. */
export async function mayMount(): Promise<boolean> {
  const folder = await temporaryFolder();
  try {
    await mount(folder, 1);
    await run('umount', [folder]);
    return true;
  } catch {
    return false;
  }
}

export async function useSmallDisk(megabytes: number): Promise<SmallDisk> {
  const folder = await temporaryFolder();
  await mount(folder, megabytes);
  // Lazily: a server that was killed a moment ago may still have a file open.
  releaseAfter(async () => void (await run('umount', ['--lazy', folder])));
  await chmod(folder, 0o711);
  const ballast = join(folder, 'ballast');
  return {
    folder,
    async fill() {
      const file = await open(ballast, 'a');
      try {
        for (let size = 1_048_576; size >= 1; ) {
          const wrote = await file.write(Buffer.alloc(size)).catch((error: unknown) => {
            if (sqlState(error) !== 'ENOSPC') throw error;
            return null;
          });
          if (wrote === null || wrote.bytesWritten < size) size = Math.floor(size / 2);
        }
      } finally {
        await file.close();
      }
    },
    free: () => rm(ballast, { force: true }),
  };
}

async function mount(folder: string, megabytes: number): Promise<void> {
  await run('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'riposte-tests', folder]);
}
