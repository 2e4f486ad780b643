import { stderr, stdout } from 'node:process';
import { type Command, Option } from 'commander';
import type { Diagnostic } from '../../engine/core/diagnostics/diagnostic.ts';
import { diagnosticsJson } from '../../engine/core/diagnostics/diagnostics-json.ts';
import { printDiagnostics } from '../../engine/core/diagnostics/print-diagnostics.ts';
import type { JsonObject } from '../../schemas/json.ts';
import { callServer } from './call-server.ts';
import { CliError, exitCodes } from './cli-error.ts';
import { findPlaybooks } from './find-playbooks.ts';
import { githubAnnotations } from './github-annotations.ts';
import { type CommonOptions, optionsOf } from './list-command.ts';
import { printJson, printLine, say } from './print.ts';
import { oneLine } from './server-text.ts';
import { readSettings } from './settings.ts';

interface PlaybookOptions extends CommonOptions {
  format: 'text' | 'json' | 'jsonl' | 'github';
  strict?: true;
}

const formats = ['text', 'json', 'jsonl', 'github'];

export function addPlaybookCommands(program: Command): void {
  program
    .command('check')
    .description('parse, schema, references, types and safety rules; needs no server')
    .argument('[paths...]', 'files and folders', ['playbooks'])
    .addOption(new Option('--format <format>', 'how findings are written').choices(formats).default('text'))
    .option('--strict', 'warnings are errors')
    .action((paths: string[], _options: unknown, command: Command) => check(paths, optionsOf(command)));
  program
    .command('publish')
    .description('check, then publish each playbook to the server')
    .argument('<paths...>', 'files and folders')
    .action((paths: string[], _options: unknown, command: Command) => publish(paths, optionsOf(command)));
}

interface Checked {
  file: string;
  text: string;
  id: string | null;
  diagnostics: Diagnostic[];
}

async function compileAll(paths: readonly string[]): Promise<Checked[]> {
  // Compiler and actions are the heavy half of the command: only those who check wait for them.
  const [{ createRegistry }, { compilePlaybook }, { manifestsOf }] = await Promise.all([
    import('../../actions/registry.ts'),
    import('../../engine/core/compile/compile-playbook.ts'),
    import('../../engine/core/compile/manifests-of.ts'),
  ]);
  const registry = manifestsOf(createRegistry());
  return (await findPlaybooks(paths)).map(({ file, text }) => {
    const compiled = compilePlaybook(text, { file, registry });
    return {
      file,
      text,
      id: compiled.ok ? compiled.plan.playbook.id : null,
      diagnostics: compiled.diagnostics,
    };
  });
}

async function check(paths: string[], options: PlaybookOptions): Promise<void> {
  const checked = await compileAll(paths);
  const diagnostics = checked.flatMap((one) => one.diagnostics);
  print(diagnostics, options.json ? 'json' : options.format);
  const { counts } = diagnosticsJson(diagnostics);
  const bad = counts.error > 0 || (options.strict && counts.warning > 0);
  const summary = `${checked.length} checked, ${counts.error} errors, ${counts.warning} warnings`;
  if (bad) throw new CliError(exitCodes.findings, summary);
  say(summary);
}

function print(diagnostics: readonly Diagnostic[], format: PlaybookOptions['format']): void {
  switch (format) {
    case 'json':
      printJson(diagnosticsJson(diagnostics));
      return;
    case 'jsonl':
      for (const diagnostic of diagnostics) printLine(JSON.stringify(diagnostic));
      return;
    case 'github':
      for (const line of githubAnnotations(diagnostics)) printLine(line);
      return;
    case 'text':
      stdout.write(printDiagnostics(diagnostics, { colour: stdout.hasColors?.() === true && stdout.isTTY }));
  }
}

/** Nothing is published when one of them has an error: half a release is worse than none. */
async function publish(paths: string[], options: PlaybookOptions): Promise<void> {
  const settings = readSettings(options);
  const checked = await compileAll(paths);
  const diagnostics = checked.flatMap((one) => one.diagnostics);
  stderr.write(printDiagnostics(diagnostics, { colour: stderr.hasColors?.() === true && stderr.isTTY }));
  if (checked.some((one) => one.id === null))
    throw new CliError(exitCodes.findings, 'Nothing was published.');
  const answers: JsonObject[] = [];
  for (const { file, text, id } of checked) {
    const answer = await callServer(settings, `/v1/playbooks/${encodeURIComponent(id ?? '')}/versions`, {
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
