import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { stdout } from 'node:process';
import type { Diagnostic } from '../../engine/core/diagnostics/diagnostic.ts';
import { printDiagnostics } from '../../engine/core/diagnostics/print-diagnostics.ts';
import type { SuggestedCases } from '../../schemas/case-report.generated.ts';
import { CliError, exitCodes } from './cli-error.ts';
import { compileAround, fixturesBeside, isThere } from './commands-test-load.ts';
import { findPlaybooks } from './find-playbooks.ts';
import { printJson, say } from './print.ts';

/** `riposte test --suggest`: skeletons for what no case has seen, to stdout; nothing is written. */
export async function suggest(paths: readonly string[], json: boolean): Promise<void> {
  const [{ readCases }, { runCaseFile }, { suggestCases }] = await Promise.all([
    import('../../engine/core/cases/read-cases.ts'),
    import('../../engine/core/cases/run-case-file.ts'),
    import('../../engine/core/cases/suggest/suggest-cases.ts'),
  ]);
  const playbooks = await findPlaybooks(paths.map((path) => path.replace(/\.cases(\.ya?ml)$/, '$1')));
  const compiledAt = await compileAround(playbooks.map(({ file }) => file));
  const suggestions: SuggestedCases[] = [];
  const diagnostics: Diagnostic[] = [];
  for (const { file } of playbooks) {
    const compiled = compiledAt(file);
    if (compiled?.ok !== true) {
      diagnostics.push(...(compiled?.diagnostics ?? []));
      continue;
    }
    const beside = file.replace(/(\.ya?ml)$/, '.cases$1');
    // An empty file is where the shell is about to put what is printed here.
    const text = isThere(beside) ? readFileSync(beside, 'utf8') : '';
    const reading = text.trim() === '' ? null : readCases(text, beside);
    if (reading !== null && !reading.ok) {
      diagnostics.push(...reading.diagnostics);
      continue;
    }
    const readFixture = fixturesBeside(beside);
    const cases = reading?.file ?? null;
    const points = cases === null ? [] : runCaseFile(cases, compiled.under, readFixture).coverage.points;
    const covered = new Set(points.filter(({ hits }) => hits > 0).map(({ id }) => id));
    const known = { file: cases, covered, playbook: cases?.playbook ?? `./${basename(file)}` };
    suggestions.push({ file: beside, ...suggestCases(compiled.under, known, readFixture) });
  }
  if (json) await printReport(suggestions, diagnostics);
  else {
    stdout.write(printDiagnostics(diagnostics));
    const written = suggestions.flatMap(({ yaml, file }) =>
      yaml === null ? [] : [`# for ${file}\n${yaml}`],
    );
    stdout.write(written.join('---\n'));
  }
  const reached = suggestions.reduce((sum, each) => sum + each.reached.length, 0);
  const open = suggestions.reduce((sum, each) => sum + each.open.length, 0);
  const summary =
    reached + open === 0
      ? 'Every coverage point is seen by a case.'
      : `${reached} of ${reached + open} unseen points have a skeleton that passes them`;
  if (diagnostics.length > 0) throw new CliError(exitCodes.findings, summary);
  say(summary);
}

async function printReport(suggestions: SuggestedCases[], diagnostics: readonly Diagnostic[]): Promise<void> {
  const { caseReport } = await import('../../engine/core/cases/case-report.ts');
  printJson({ ...caseReport([], diagnostics, [], []), suggestions });
}
