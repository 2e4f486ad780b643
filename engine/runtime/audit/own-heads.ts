import { randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Hash, hexOf } from '../../core/audit/merkle.ts';

/*
 * What this host signed last of each log, in a folder beside its key. The key is on another disk than the database, so
 * of an installation that knows no place outside this is the one memory that does not go back with a backup. It is no
 * proof for strangers: whoever owns the host owns the key too.
 */

export interface OwnHeads {
  /** Names the folder in messages. */
  readonly name: string;
  /** @param first the log's first leaf: another database on this host has a log of the same origin, born another time */
  read(first: Hash): Promise<string | null>;
  write(first: Hash, note: string): Promise<void>;
}

export function openOwnHeads(keyFile: string): OwnHeads {
  const folder = `${keyFile}.heads`;
  const fileOf = (first: Hash) => join(folder, `${hexOf(first).slice(0, 16)}.checkpoint`);
  return {
    name: folder,
    async read(first) {
      try {
        return await readFile(fileOf(first), 'utf8');
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
        throw error;
      }
    },
    async write(first, note) {
      const draft = join(folder, `.${randomUUID()}`);
      await mkdir(folder, { recursive: true, mode: 0o700 });
      await writeFile(draft, note, { mode: 0o600 });
      // Not forced to the disk: an older head, or none, says less and nothing that is wrong.
      await rename(draft, fileOf(first));
    },
  };
}
