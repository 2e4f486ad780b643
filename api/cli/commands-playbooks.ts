import { stderr } from 'node:process';
import { type Command, Option } from 'commander';
import { printDiagnostics } from '../../engine/core/diagnostics/print-diagnostics.ts';
import type { JsonObject } from '../../schemas/json.ts';
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
    .description('check, then publish each playbook to the server')
    .argument('<paths...>', 'files and folders')
    .action((paths: string[], _options: unknown, command: Command) => publish(paths, optionsOf(command)));
}

/** Nothing is published when one of them has an error: half a release is worse than none. */
async function publish(paths: string[], options: CommonOptions): Promise<void> {
  const settings = readSettings(options);
  const { files, diagnostics } = await compileAll(await findPlaybooks(paths), false);
  stderr.write(printDiagnostics(diagnostics, { colour: stderr.hasColors?.() === true && stderr.isTTY }));
  if (diagnostics.some(({ severity }) => severity === 'error'))
    throw new CliError(exitCodes.findings, 'Nothing was published.');
  const answers: JsonObject[] = [];
  for (const { file, text, compilation } of files) {
    const id = compilation.ok ? compilation.plan.playbook.id : '';
    const answer = await callServer(settings, `/v1/playbooks/${encodeURIComponent(id)}/versions`, {
      method: 'PUT',
      body: { source: text, file },
    });
    answers.push(answer);
    if (!options.json) {
      const what = answer.unchanged === true ? 'unchanged' : 'published';
      printLine(
        `${what}  ${oneLine(answer.id)}  ${oneLine(answer.publishedVersion)}  ${oneLine(answer.digest)}`,
      );
    }
  }
  if (options.json) printJson({ items: answers });
}
