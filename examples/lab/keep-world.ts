import { readFileSync } from 'node:fs';
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { WorldData } from './world/world.ts';

/** Keeps the estate in a file: written soon after a change, never more often than every `pauseMs`. */
export interface WorldKeeper {
  changed(): void;
  /** Writes what is not written yet. */
  flush(): Promise<void>;
}

const pauseMs = 100;

export function keepWorld(file: string, save: () => WorldData): WorldKeeper {
  let dirty = false;
  let timer: NodeJS.Timeout | null = null;
  let writing: Promise<void> = Promise.resolve();

  async function write(): Promise<void> {
    if (!dirty) return;
    dirty = false;
    const text = JSON.stringify(save());
    await mkdir(dirname(file), { recursive: true });
    // renamed into place, so that a crash leaves the old file or the new one
    await writeFile(`${file}.new`, text);
    await rename(`${file}.new`, file);
  }

  function start(): void {
    timer = null;
    writing = writing.then(write).catch((error: unknown) => {
      dirty = true;
      process.emitWarning(
        `The lab cannot write ${file}: ${error instanceof Error ? error.message : String(error)}`,
      );
    });
  }

  return {
    changed() {
      dirty = true;
      timer ??= setTimeout(start, pauseMs);
    },
    async flush() {
      if (timer !== null) clearTimeout(timer);
      start();
      await writing;
    },
  };
}

/** Null when there is no such file; an `Error` when it is not an estate. */
export function readWorld(file: string): WorldData | null {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  }
  try {
    const data = JSON.parse(text) as Partial<WorldData> | null;
    if (data?.version === 2 && Array.isArray(data.hosts)) return data as WorldData;
  } catch (error) {
    throw new Error(`${file} is not valid JSON; delete it to start with a fresh estate.`, { cause: error });
  }
  throw new Error(`${file} does not hold an estate of this version; delete it to start with a fresh one.`);
}
