import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { invariant } from '../../core/contracts/invariant.ts';

export interface Migration {
  number: number;
  /** The file's name without its ending, such as `0001-corridor`. */
  name: string;
  /** Of the file's bytes, hexadecimal: a released file never changes. */
  sha256: string;
  text: string;
}

/** The files `NNNN-name.sql` of a folder, numbered from 0001 without a gap. Anything else there is a mistake of ours. */
export async function readMigrations(dir: string): Promise<Migration[]> {
  const files = (await readdir(dir)).sort();
  return await Promise.all(
    files.map(async (file, index) => {
      const number = Number(/^(\d{4})-[a-z0-9-]+\.sql$/.exec(file)?.[1]);
      invariant(
        number === index + 1,
        `${file} is not migration ${String(index + 1).padStart(4, '0')}-<name>.sql`,
      );
      const bytes = await readFile(join(dir, file));
      const sha256 = createHash('sha256').update(bytes).digest('hex');
      return { number, name: file.slice(0, -'.sql'.length), sha256, text: bytes.toString('utf8') };
    }),
  );
}
