import { cwd, stderr } from 'node:process';
import { type Command, Option } from 'commander';
import { countWords, coverageWords } from '../../engine/core/cases/coverage-words.ts';
import type { CasesText } from '../../engine/core/cases/play-published.ts';
import { printDiagnostics } from '../../engine/core/diagnostics/print-diagnostics.ts';
import type { PublishedCases } from '../../engine/runtime/publish-cases.ts';
import { isJsonObject, type JsonObject } from '../../schemas/json.ts';
import { callServer } from './call-server.ts';
import { type CheckOptions, checkPlaybooks, compileAll } from './check-playbooks.ts';
import { CliError, exitCodes } from './cli-error.ts';
import { findPlaybooks } from './find-playbooks.ts';
import { type CommonOptions, optionsOf } from './list-command.ts';
import { printJson, printLine } from './print.ts';
import { checkFormats } from './print-findings.ts';
import { oneLine } from './server-text.ts';
import { readSettings } from './settings.ts';

export function addPlaybookCommands(program: Command): void {
  program
    .command('check')
    .description('parse, schema, references, types and safety rules; needs no server')
    .argument('[paths...]', 'files and folders', ['playbooks'])
    .addOption(
      new Option('--format <format>', 'how findings are written').choices([...checkFormats]).default('text'),
    )
    .option('--strict', 'warnings are errors')
    .option('--prove', 'prove every playbook; those of status stable always are')
    .option('--fix', 'make the changes that findings offer, then check again')
    .option('--dry-run', 'with --fix: print the changes as a diff and write nothing')
    .option(
      '--published',
      'also ask the server whether what is published there calls older versions of others',
    )
    .option('--watch', 'check again whenever a file changes')
    .addHelpText(
      'after',
      `
--fix changes only what a finding points at; comments and layout stay. A change that would give a new
error is left out and said.

  riposte check playbooks                    what is wrong
  riposte check --fix --dry-run playbooks    what would be changed
  riposte explain compile/maybe-missing      what a code means`,
    )
    .action((paths: string[], _options: unknown, command: Command) =>
      checkPlaybooks(paths, optionsOf<CheckOptions>(command)),
    );
  program
    .command('publish')
    .description('check, then publish each playbook to the server, with the cases beside it')
    .argument('<paths...>', 'files and folders')
    .option('--no-cases', 'leave the files of cases out')
    .addHelpText(
      'after',
      `
<name>.cases.yaml beside <name>.yaml goes along, with the alerts that it names: .json files below the
folder that this is run in. The server plays them before it publishes and keeps what came of it; a server
that demands them (RIPOSTE_REQUIRE_CASES) refuses what comes without, or fails. "riposte cases" shows them.`,
    )
    .action((paths: string[], _options: unknown, command: Command) =>
      publish(paths, optionsOf<PublishOptions>(command)),
    );
}

interface PublishOptions extends CommonOptions {
  cases: boolean;
}

/** Nothing is published when one of them has an error: half a release is worse than none. */
async function publish(paths: string[], options: PublishOptions): Promise<void> {
  const settings = readSettings(options);
  const { files, diagnostics } = await compileAll(await findPlaybooks(paths), false);
  stderr.write(printDiagnostics(diagnostics, { colour: stderr.hasColors?.() === true && stderr.isTTY }));
  if (diagnostics.some(({ severity }) => severity === 'error'))
    throw new CliError(exitCodes.findings, 'Nothing was published.');
  const answers: JsonObject[] = [];
  const beside = options.cases ? await allCases(files) : new Map<string, CasesText>();
  for (const { file, text, compilation } of files) {
    const cases = beside.get(file);
    const id = compilation.ok ? compilation.plan.playbook.id : '';
    const answer = await callServer(settings, `/v1/playbooks/${encodeURIComponent(id)}/versions`, {
      method: 'PUT',
      body: { source: text, file, ...(cases !== undefined && { cases: { ...cases } }) },
    });
    answers.push(answer);
    if (!options.json) {
      const what = answer.unchanged === true ? 'unchanged' : 'published';
      printLine(
        `${what}  ${oneLine(answer.id)}  ${oneLine(answer.publishedVersion)}  ${oneLine(answer.digest)}`,
      );
      if (isJsonObject(answer.cases)) printLine(casesWords(answer.cases as unknown as PublishedCases));
    }
  }
  if (options.json) printJson({ items: answers });
}

/** Before anything is sent: a file that may not go along stops all of it. */
async function allCases(files: readonly { file: string }[]): Promise<Map<string, CasesText>> {
  const { casesBeside, StrangeFile } = await import('../process/cases-beside.ts');
  const found = new Map<string, CasesText>();
  try {
    for (const { file } of files) {
      const cases = await casesBeside(file, cwd());
      if (cases !== null) found.set(file, cases);
    }
  } catch (error) {
    if (!(error instanceof StrangeFile)) throw error;
    throw new CliError(exitCodes.usage, `${error.message} Nothing was published.`);
  }
  return found;
}

function casesWords({ counts, groups, unchanged }: PublishedCases): string {
  return `  cases${unchanged ? ' as before' : ''}: ${countWords(counts)}; ${coverageWords(groups)}`;
}
