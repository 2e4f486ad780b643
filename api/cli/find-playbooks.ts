import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { CliError, exitCodes } from './cli-error.ts';

export interface FoundFile {
  file: string;
  text: string;
}

/** Every playbook file under the paths, sorted; case files beside them are not playbooks. */
export function findPlaybooks(paths: readonly string[]): Promise<FoundFile[]> {
  return find(paths, (name) => isYaml(name) && !isCases(name), 'playbook');
}

/** Every case file under the paths; a playbook that is named stands for the cases beside it. */
export function findCases(paths: readonly string[]): Promise<FoundFile[]> {
  const beside = paths.map((path) =>
    isYaml(path) && !isCases(path) ? path.replace(/(\.ya?ml)$/, '.cases$1') : path,
  );
  return find(beside, isCases, 'case file');
}

/** Playbooks and everything that is written beside them. */
export function findYaml(paths: readonly string[]): Promise<FoundFile[]> {
  return find(paths, isYaml, 'YAML file');
}

function isYaml(name: string): boolean {
  return /\.ya?ml$/.test(name);
}

function isCases(name: string): boolean {
  return /\.cases\.ya?ml$/.test(name);
}

async function find(
  paths: readonly string[],
  wanted: (name: string) => boolean,
  what: string,
): Promise<FoundFile[]> {
  const files = (await Promise.all(paths.map((path) => filesUnder(path, wanted)))).flat();
  if (files.length === 0)
    throw new CliError(exitCodes.usage, `There is no ${what} under ${paths.join(', ')}.`);
  const unique = [...new Set(files)].sort();
  return Promise.all(unique.map(async (file) => ({ file, text: await readFile(file, 'utf8') })));
}

/** A file that is named is meant, whatever its name; in a folder the name decides. */
async function filesUnder(path: string, wanted: (name: string) => boolean): Promise<string[]> {
  const found = await stat(path).catch(() => null);
  if (found === null) throw new CliError(exitCodes.failure, `${path} does not exist.`);
  if (!found.isDirectory()) return [path];
  const entries = await readdir(path, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile() && wanted(entry.name))
    .map((entry) => join(entry.parentPath, entry.name));
}
