import { readFile, realpath } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';
import type { CasesText } from '../../engine/core/cases/play-published.ts';
import { readCases } from '../../engine/core/cases/read-cases.ts';

/*
 * The cases that are written beside a playbook, with the alerts that they name. Whoever wrote them chose the names, and
 * what is sent can be read by others: only JSON files of the folder that all of it lies in go along.
 */

/** A case names a file that is not sent. */
export class StrangeFile extends Error {}

/**
 * Null when there are none.
 * @throws StrangeFile
 */
export async function casesBeside(
  playbook: string,
  /** What is sent lies in it. */
  folder: string,
): Promise<CasesText | null> {
  const file = playbook.replace(/(\.ya?ml)$/, '.cases$1');
  // A file with another ending is named as it is, and nothing is beside it.
  const source = file === playbook ? null : await readThere(file);
  if (source === null) return null;
  const files: { [name: string]: string } = {};
  for (const name of namesIn(source, file)) {
    const text = await readOwn(join(dirname(file), name), folder, name, file);
    if (text !== null) files[name] = text;
  }
  return { source, file, files };
}

/** None where it cannot be read: the server says why. */
function namesIn(source: string, file: string): Set<string> {
  const reading = readCases(source, file);
  const cases = reading.ok ? reading.file.cases : [];
  return new Set(cases.flatMap(({ given }) => given.alert?.file ?? []));
}

/** Null when there is no such file: the case that names it fails and says so. */
async function readOwn(path: string, folder: string, name: string, file: string): Promise<string | null> {
  const place = await realpath(path).catch(unlessMissing);
  if (place === null) return null;
  const from = relative(await realpath(folder), place);
  if (from.split(sep)[0] === '..' || from.startsWith(sep) || !place.endsWith('.json'))
    throw new StrangeFile(
      `${file} names ${JSON.stringify(name)}, which is no .json file below ${folder}. Put it there, or publish from a folder that has both.`,
    );
  return readThere(place);
}

function readThere(path: string): Promise<string | null> {
  return readFile(path, 'utf8').catch(unlessMissing);
}

function unlessMissing(error: NodeJS.ErrnoException): null {
  if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return null;
  throw error;
}
