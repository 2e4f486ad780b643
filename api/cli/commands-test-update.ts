import { renameSync, statSync, unlinkSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { pid, stdout } from 'node:process';
import type { CaseResult } from '../../engine/core/cases/judge-case.ts';
import { printDiagnostics } from '../../engine/core/diagnostics/print-diagnostics.ts';
import type { Expectation } from '../../schemas/cases-v1.generated.ts';
import { CliError, exitCodes } from './cli-error.ts';
import { type LoadedCases, loadCases } from './commands-test-load.ts';
import { printLine, say } from './print.ts';

/** `riposte test --update`: writes what the cases marked `expect: record` did into their files. */
export async function update(paths: readonly string[], filter: string): Promise<void> {
  const { runCaseFile } = await import('../../engine/core/cases/run-case-file.ts');
  const { loaded, diagnostics } = await loadCases(paths);
  const wrong = [...diagnostics];
  let recorded = 0;
  for (const each of loaded) {
    const marked = each.file.cases.filter(({ expect }) => expect === 'record').map(({ name }) => name);
    if (marked.length === 0) continue;
    const played = runCaseFile(each.file, each.under, each.readFixture, filter);
    const results = played.results.filter(({ name }) => marked.includes(name));
    const ready = results.filter(({ verdict }) => verdict === 'to-record');
    wrong.push(...played.diagnostics.filter(({ severity }) => severity === 'error'));
    wrong.push(
      ...results.filter(({ verdict }) => verdict === 'failed').flatMap((result) => result.diagnostics),
    );
    if (ready.length > 0 && played.diagnostics.length === 0) recorded += await record(each, ready);
  }
  stdout.write(printDiagnostics(wrong));
  if (wrong.length > 0)
    throw new CliError(exitCodes.findings, `${recorded} recorded; the rest cannot be played yet`);
  say(
    recorded === 0
      ? 'Nothing to record: no case expects "record".'
      : `${recorded} recorded; read what was written`,
  );
}

async function record(
  { file, under, readFixture }: LoadedCases,
  ready: readonly CaseResult[],
): Promise<number> {
  const [{ expectationOf }, { writeExpectations }, { readCases }, { judgeCase }] = await Promise.all([
    import('../../engine/core/cases/record-expectation.ts'),
    import('../../engine/core/cases/write-expectations.ts'),
    import('../../engine/core/cases/read-cases.ts'),
    import('../../engine/core/cases/judge-case.ts'),
  ]);
  const expectations = new Map<number, Expectation>();
  for (const { name, story } of ready) {
    expectations.set(
      file.cases.findIndex((one) => one.name === name),
      expectationOf(story),
    );
  }
  const text = writeExpectations(file.text, expectations);
  // Before the file is touched: what is written must be a case that passes.
  const again = readCases(text, file.file);
  const failed = again.ok
    ? again.file.cases.filter(
        (one, index) =>
          expectations.has(index) && judgeCase(again.file, one, under, readFixture).verdict !== 'passed',
      )
    : [];
  if (!again.ok || failed.length > 0) {
    throw new CliError(
      exitCodes.failure,
      `${file.file} was not written: what was recorded does not pass when it is read again.`,
    );
  }
  replaceFile(file.file, text);
  for (const [index, expectation] of expectations) {
    const { performed = [], approvals = [] } = expectation;
    const counts = `${performed.length} performed, ${approvals.length} asked`;
    printLine(`${file.file}: ${file.cases[index]?.name}: ${expectation.run}, ${counts}`);
  }
  return expectations.size;
}

/** Whole or not at all: whoever reads the file meanwhile sees the old or the new one. */
function replaceFile(file: string, text: string): void {
  const next = join(dirname(file), `.${basename(file)}.${pid}`);
  try {
    writeFileSync(next, text, { mode: statSync(file).mode, flag: 'wx' });
    renameSync(next, file);
  } catch (error) {
    unlinkIfThere(next);
    throw new CliError(exitCodes.failure, `${file} cannot be written: ${(error as Error).message}`);
  }
}

function unlinkIfThere(file: string): void {
  try {
    unlinkSync(file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}
