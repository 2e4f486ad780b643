import { writeFileSync } from 'node:fs';
import { stdout } from 'node:process';
import { type Command, InvalidArgumentError, Option } from 'commander';
import type { CoverageReport } from '../../engine/core/cases/coverage-report.ts';
import type { CaseResult } from '../../engine/core/cases/judge-case.ts';
import { parseThreshold, type Threshold } from '../../engine/core/cases/threshold.ts';
import type { Diagnostic } from '../../engine/core/diagnostics/diagnostic.ts';
import { printDiagnostics } from '../../engine/core/diagnostics/print-diagnostics.ts';
import { CliError, exitCodes } from './cli-error.ts';
import { loadCases } from './commands-test-load.ts';
import { replay } from './commands-test-replay.ts';
import { suggest } from './commands-test-suggest.ts';
import { update } from './commands-test-update.ts';
import { githubAnnotations } from './github-annotations.ts';
import { type CommonOptions, optionsOf } from './list-command.ts';
import { printJson, printLine, say } from './print.ts';

interface TestOptions extends CommonOptions {
  format: 'text' | 'json' | 'junit' | 'github';
  coverage?: true;
  min: Threshold[];
  filter: string;
  lcov?: string;
  suggest?: true;
  update?: true;
  replay?: string;
}

export function addTestCommand(program: Command): void {
  program
    .command('test')
    .description('play the cases beside playbooks, offline and on a virtual clock; needs no server')
    .argument('[paths...]', 'files and folders', ['playbooks'])
    .option('--coverage', 'say which steps, branches and approvals no case has seen')
    .option(
      '--min <group=percent>',
      'fail below this share; steps, branches or approvals, e.g. branches=90; repeatable',
      readThreshold,
      [] as Threshold[],
    )
    .option('--filter <text>', 'only cases whose name contains it', '')
    .option('--suggest', 'print skeletons of cases for what no case has seen; writes nothing')
    .option('--update', 'write what the cases with "expect: record" did into their files')
    .option('--replay <run>', 'print an ended run of the server as a case, secrets masked')
    .option('--lcov <file>', 'write coverage as lcov, for editors and CI')
    .addOption(
      new Option('--format <format>', 'how results are written')
        .choices(['text', 'json', 'junit', 'github'])
        .default('text'),
    )
    .addHelpText(
      'after',
      '\nExit codes: 0 all passed, 1 a case failed or coverage is below --min, 2 wrong usage, 3 a file cannot be read.',
    )
    .action((paths: string[], _options: unknown, command: Command) => test(paths, optionsOf(command)));
}

function readThreshold(text: string, before: Threshold[]): Threshold[] {
  const threshold = parseThreshold(text);
  if (threshold === null)
    throw new InvalidArgumentError('Write steps, branches or approvals, "=" and a number up to 100.');
  return [...before, threshold];
}

interface Tested {
  results: CaseResult[];
  diagnostics: Diagnostic[];
  coverage: CoverageReport[];
}

async function test(paths: string[], options: TestOptions): Promise<void> {
  const chosen = [options.suggest, options.update, options.replay].filter((each) => each !== undefined);
  if (chosen.length > 1)
    throw new CliError(exitCodes.usage, 'Use one of --suggest, --update and --replay at a time.');
  if (options.replay !== undefined) return replay(options.replay, paths, options);
  if (options.update)
    return update(paths, options.filter, options.json === true || options.format === 'json');
  if (options.suggest) return suggest(paths, options.json === true || options.format === 'json');
  const { results, diagnostics, coverage } = await play(paths, options.filter);
  if (results.length === 0 && diagnostics.length === 0)
    throw new CliError(exitCodes.usage, `No case has "${options.filter}" in its name.`);
  const { belowThresholds } = await import('../../engine/core/cases/coverage-report.ts');
  const { coverageLcov } = await import('../../engine/core/cases/coverage-lcov.ts');
  const below = coverage.flatMap((each) => belowThresholds(each, options.min));
  if (options.lcov !== undefined) writeFileSync(options.lcov, coverageLcov(coverage));
  diagnostics.push(...below);
  await print({ results, diagnostics, coverage }, below, options);
  const count = (verdict: CaseResult['verdict']) => results.filter((each) => each.verdict === verdict).length;
  const wrong = diagnostics.filter(({ severity }) => severity === 'error').length;
  const toRecord = count('to-record') === 0 ? '' : `, ${count('to-record')} to record`;
  const summary = `${count('passed')} passed, ${count('failed')} failed${toRecord}`;
  if (count('failed') > 0 || wrong > 0 || below.length > 0) throw new CliError(exitCodes.findings, summary);
  say(summary);
}

async function play(paths: readonly string[], filter: string): Promise<Tested> {
  const { runCaseFile } = await import('../../engine/core/cases/run-case-file.ts');
  const { loaded, diagnostics } = await loadCases(paths);
  const tested: Tested = { results: [], diagnostics, coverage: [] };
  for (const { file, under, readFixture } of loaded) {
    const played = runCaseFile(file, under, readFixture, filter);
    tested.results.push(...played.results);
    tested.diagnostics.push(...played.diagnostics);
    tested.coverage.push(played.coverage);
  }
  return tested;
}

async function print(tested: Tested, below: readonly Diagnostic[], options: TestOptions): Promise<void> {
  const { results, diagnostics, coverage } = tested;
  switch (options.json ? 'json' : options.format) {
    case 'json': {
      const { caseReport } = await import('../../engine/core/cases/case-report.ts');
      printJson(caseReport(results, diagnostics, coverage, below));
      return;
    }
    case 'junit': {
      const { junitOf } = await import('../../engine/core/cases/junit.ts');
      stdout.write(junitOf(results));
      return;
    }
    case 'github': {
      const all = [...diagnostics, ...results.flatMap((each) => each.diagnostics)];
      for (const line of githubAnnotations(all)) printLine(line);
      return;
    }
    case 'text':
      await printText(tested, options);
  }
}

async function printText({ results, diagnostics, coverage }: Tested, options: TestOptions): Promise<void> {
  const { printResult } = await import('../../engine/core/cases/print-result.ts');
  const { printCoverage } = await import('../../engine/core/cases/coverage-report.ts');
  const files = [...new Set(results.map(({ file }) => file))];
  stdout.write(printDiagnostics(diagnostics, { colour: stdout.hasColors?.() === true && stdout.isTTY }));
  for (const file of files) {
    printLine(file);
    for (const result of results.filter((each) => each.file === file)) {
      for (const line of printResult(result)) printLine(line);
    }
  }
  if (!options.coverage && options.min.length === 0) return;
  for (const report of coverage) {
    printLine(report.file);
    for (const line of printCoverage(report)) printLine(line);
  }
}
