import { readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import type { PlaybookUnderTest } from '../../engine/core/cases/playbook-under-test.ts';
import type { CaseFile } from '../../engine/core/cases/read-cases.ts';
import type { ReadFixture } from '../../engine/core/cases/start-case.ts';
import type { Diagnostic } from '../../engine/core/diagnostics/diagnostic.ts';
import { CliError, exitCodes } from './cli-error.ts';
import { type FoundFile, findCases, findPlaybooks } from './find-playbooks.ts';

/** A case file with the playbook that it is about. */
export interface LoadedCases {
  file: CaseFile;
  under: PlaybookUnderTest;
  readFixture: ReadFixture;
}

/** Case files that cannot be used are told and left out. */
export interface Loading {
  loaded: LoadedCases[];
  diagnostics: Diagnostic[];
}

/** Every case file under the paths; a named playbook stands for the cases beside it. */
export async function loadCases(paths: readonly string[]): Promise<Loading> {
  const { readCases, remark } = await import('../../engine/core/cases/read-cases.ts');
  const files = await findCases(paths);
  const readings = files.map(({ file, text }) => ({ file, reading: readCases(text, file) }));
  const named = readings.flatMap(({ file, reading }) =>
    reading.ok ? [normalize(join(dirname(file), reading.file.playbook))] : [],
  );
  const compiledAt = await compileAround(named);
  const loading: Loading = { loaded: [], diagnostics: [] };
  for (const { file, reading } of readings) {
    if (!reading.ok) {
      loading.diagnostics.push(...reading.diagnostics);
      continue;
    }
    const compiled = compiledAt(normalize(join(dirname(file), reading.file.playbook)));
    if (compiled === null || !compiled.ok) {
      const why = compiled === null ? 'is not there' : 'does not compile; see "riposte check"';
      loading.diagnostics.push(
        remark(reading.file, 'case/unknown-playbook', '/playbook', `"${reading.file.playbook}" ${why}`),
      );
      continue;
    }
    loading.loaded.push({ file: reading.file, under: compiled.under, readFixture: fixturesBeside(file) });
  }
  return loading;
}

/** The playbooks, together with those beside them: they may call one another. */
export async function compileAround(files: readonly string[]) {
  const [{ installedActions }, { manifestsOf }, { CompiledSet }] = await Promise.all([
    import('./installed-actions.ts'),
    import('../../engine/core/compile/manifests-of.ts'),
    import('../../engine/core/cases/compile-together.ts'),
  ]);
  const folders = [...new Set(files.map((file) => dirname(dirname(file))))];
  // Those that are meant first: of two with one id, a copy in the next folder is the stranger.
  const named = await findThere(files);
  const around = await findThere(folders);
  const byFile = new Map([...around, ...named].map((each) => [normalize(each.file), each.text]));
  const order = [...new Set([...named, ...around].map((each) => normalize(each.file)))];
  const set = new CompiledSet(
    order.map((file) => ({ file, text: byFile.get(file) ?? '' })),
    manifestsOf(installedActions()),
  );
  return (file: string) => set.get(normalize(file));
}

async function findThere(paths: readonly string[]): Promise<FoundFile[]> {
  const there = paths.filter(isThere);
  return there.length === 0 ? [] : await findPlaybooks(there).catch(nothingThere);
}

/** A folder without playbooks is no reason to stop. */
function nothingThere(error: unknown): FoundFile[] {
  if (error instanceof CliError && error.exitCode === exitCodes.usage) return [];
  throw error;
}

export function isThere(path: string): boolean {
  try {
    readFileSync(path);
    return true;
  } catch (error) {
    // A folder cannot be read as a file, and is there all the same.
    return (error as NodeJS.ErrnoException).code === 'EISDIR';
  }
}

/** Fixtures are named relative to the case file. */
export function fixturesBeside(file: string): ReadFixture {
  return (name) => {
    try {
      return readFileSync(join(dirname(file), name), 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
      throw error;
    }
  };
}
