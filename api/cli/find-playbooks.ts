import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { CliError, exitCodes } from './cli-error.ts';

/** Every playbook file under the paths, sorted; case files beside them are not playbooks. */
export async function findPlaybooks(paths: readonly string[]): Promise<{ file: string; text: string }[]> {
  const files = (await Promise.all(paths.map(filesUnder))).flat();
  if (files.length === 0)
    throw new CliError(exitCodes.usage, `There is no playbook under ${paths.join(', ')}.`);
  const unique = [...new Set(files)].sort();
  return Promise.all(unique.map(async (file) => ({ file, text: await readFile(file, 'utf8') })));
}

async function filesUnder(path: string): Promise<string[]> {
  const found = await stat(path).catch(() => null);
  if (found === null) throw new CliError(exitCodes.failure, `${path} does not exist.`);
  if (!found.isDirectory()) return [path];
  const entries = await readdir(path, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile() && /\.ya?ml$/.test(entry.name) && !/\.cases\.ya?ml$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name));
}
