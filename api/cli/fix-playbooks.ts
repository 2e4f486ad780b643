import { readFile, realpath, rename, rm, stat, writeFile } from 'node:fs/promises';
import type { Fixed } from '../../engine/core/compile/fix-text.ts';
import { lineDiff } from '../../engine/core/diff/line-diff.ts';
import { CliError, exitCodes } from './cli-error.ts';
import type { FoundFile } from './find-playbooks.ts';
import { say } from './print.ts';
import { oneLine } from './server-text.ts';

export interface FixedFile extends FoundFile {
  fixed: Fixed;
}

/** Fixes each file as it stands among the others: what it calls must be there when it is compiled again. */
export async function fixPlaybooks(files: readonly FoundFile[]): Promise<FixedFile[]> {
  const [{ installedActions }, { compilePlaybooks }, { fixText }, { manifestsOf }] = await Promise.all([
    import('./installed-actions.ts'),
    import('../../engine/core/compile/compile-playbooks.ts'),
    import('../../engine/core/compile/fix-text.ts'),
    import('../../engine/core/compile/manifests-of.ts'),
  ]);
  const registry = manifestsOf(installedActions());
  const texts = new Map(files.map(({ file, text }) => [file, text]));
  const compile = () =>
    compilePlaybooks(
      [...texts].map(([file, text]) => ({ file, text })),
      { registry },
    );
  // Called ones first: a call is not wrong only because what it calls is still to be fixed.
  return compile().map(({ file, text, compilation }) => {
    const diagnose = (changed: string) => {
      texts.set(file, changed);
      return compile().find((each) => each.file === file)?.compilation.diagnostics ?? [];
    };
    const offered = compilation.diagnostics.some(({ fix }) => fix !== undefined);
    const fixed = offered ? fixText(text, diagnose) : { text, done: [], left: [] };
    texts.set(file, fixed.text);
    return { file, text, fixed };
  });
}

/** What was done and what was not, for people. */
export function tellFixes(files: readonly FixedFile[], dryRun: boolean): void {
  for (const { fixed } of files) {
    for (const { file, line, column, code, fix } of fixed.done)
      say(`${dryRun ? 'would fix' : 'fixed'} ${file}:${line}:${column} ${code}: ${oneLine(fix?.title)}`);
    for (const { diagnostic, because } of fixed.left) {
      const { file, line, column, code, fix } = diagnostic;
      say(
        `left alone ${file}:${line}:${column} ${code}: ${oneLine(fix?.title)} would give ${because.join(', ')}`,
      );
    }
  }
}

export function diffOf(files: readonly FixedFile[]): string {
  return files
    .filter(({ text, fixed }) => fixed.text !== text)
    .map(({ file, text, fixed }) => lineDiff(file, text, fixed.text, 'fixed'))
    .join('');
}

/** Each file whole or not at all: a cut-off playbook must not be what the next reader finds. */
export async function writeFixed(files: readonly FixedFile[]): Promise<void> {
  for (const { file, text, fixed } of files) {
    if (fixed.text === text) continue;
    // Somebody may have saved the file in the meantime; their text is worth more than our fix.
    if ((await readFile(file, 'utf8')) !== text)
      throw new CliError(exitCodes.failure, `${file} changed meanwhile.`);
    const target = await realpath(file);
    const beside = `${target}.${process.pid}.tmp`;
    try {
      await writeFile(beside, fixed.text, { mode: (await stat(target)).mode, flag: 'wx' });
      await rename(beside, target);
    } catch (error) {
      await rm(beside, { force: true });
      throw error;
    }
  }
}
