import { readdir, readFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { type FoundFile, findPlaybooks } from './find-playbooks.ts';

/**
 * Playbooks that the named ones may call: all of the folder `playbooks` that they are in, else those
 * beside them. Looked for only when something is called, and never in whole file systems.
 */
export async function playbooksAround(named: readonly FoundFile[]): Promise<FoundFile[]> {
  const calling = named.filter(({ text }) => /\bcall\b/.test(text));
  const folders = new Set(calling.map(({ file }) => homeOf(file) ?? dirname(file)));
  const found = await Promise.all(
    [...folders].map((folder) =>
      homeOf(join(folder, 'x')) === null ? beside(folder) : findPlaybooks([folder]),
    ),
  );
  const known = new Set(named.map(({ file }) => resolve(file)));
  return found.flat().filter(({ file }) => !known.has(resolve(file)));
}

/** The nearest folder around a file that is called `playbooks`. */
function homeOf(file: string): string | null {
  for (let folder = dirname(file); basename(resolve(folder)) !== ''; folder = join(folder, '..')) {
    if (basename(resolve(folder)) === 'playbooks') return folder;
  }
  return null;
}

async function beside(folder: string): Promise<FoundFile[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  const names = entries
    .filter((entry) => entry.isFile() && /\.ya?ml$/.test(entry.name) && !/\.cases\.ya?ml$/.test(entry.name))
    .map((entry) => join(folder, entry.name));
  return Promise.all(names.map(async (file) => ({ file, text: await readFile(file, 'utf8') })));
}
