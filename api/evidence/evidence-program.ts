import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { bundleFiles } from './bundle-files.ts';

const folder = join(import.meta.dirname, '../cli/audit');

/** The program that checks a bundle, and the verifier that it uses: by name, as they lie beside each other. */
export async function evidenceProgram(): Promise<{ name: string; text: Buffer }[]> {
  const { program, verifier } = bundleFiles;
  const names = [
    program,
    ...(await readdir(join(folder, verifier))).sort().map((name) => `${verifier}/${name}`),
  ];
  return await Promise.all(names.map(async (name) => ({ name, text: await readFile(join(folder, name)) })));
}
