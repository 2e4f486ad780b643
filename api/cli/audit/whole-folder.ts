import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { resolve } from 'node:path';
import { CliError, exitCodes } from '../cli-error.ts';

/** Under another name until it is whole: a part that holds must not be taken for all of it. */
export async function writeWhole<T>(folder: string, write: (part: string) => Promise<T>): Promise<T> {
  if (existsSync(folder)) throw new CliError(exitCodes.usage, `${folder} exists already; name a new folder.`);
  const part = `${resolve(folder)}.part`;
  makeOwn(part);
  try {
    const written = await write(part);
    renameSync(part, folder);
    return written;
  } finally {
    rmSync(part, { recursive: true, force: true });
  }
}

/** Of two who write the same one only the first has it. */
function makeOwn(part: string): void {
  if (mkdirSync(part, { recursive: true }) !== undefined) return;
  throw new CliError(
    exitCodes.usage,
    `${part} is there: one that broke off, or is being written. Remove it, or name another folder.`,
  );
}
