import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { stderr, stdout } from 'node:process';
import { type Command, Option } from 'commander';
import type { CompiledFile } from '../../engine/core/compile/compile-playbooks.ts';
import type { Diagnostic } from '../../engine/core/diagnostics/diagnostic.ts';
import { diagnosticsJson } from '../../engine/core/diagnostics/diagnostics-json.ts';
import { diagnosticsJunit } from '../../engine/core/diagnostics/diagnostics-junit.ts';
import { diagnosticsSarif } from '../../engine/core/diagnostics/diagnostics-sarif.ts';
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
  format: 'text' | 'json' | 'jsonl' | 'sarif' | 'junit' | 'github';
  strict?: true;
  prove?: true;
}

/** The tool's own version, for reports that name it. */
function ownVersion(): string {
  const text = readFileSync(join(import.meta.dirname, '../../package.json'), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}

const formats = ['text', 'json', 'jsonl', 'sarif', 'junit', 'github'];

export function addPlaybookCommands(program: Command): void {
  program
    .command('check')
    .description('parse, schema, references, types and safety rules; needs no server')
    .argument('[paths...]', 'files and folders', ['playbooks'])
    .addOption(new Option('--format <format>', 'how findings are written').choices(formats).default('text'))
    .option('--strict', 'warnings are errors')
    .option('--prove', 'prove every playbook; those of status stable always are')
    .action((paths: string[], _options: unknown, command: Command) => check(paths, optionsOf(command)));
  program
    .command('publish')
    .description('check, then publish each playbook to the server')
    .argument('<paths...>', 'files and folders')
    .action((paths: string[], _options: unknown, command: Command) => publish(paths, optionsOf(command)));
}

interface Checked {
  /** In the order of publishing: called playbooks first. */
  files: CompiledFile[];
  /** By place, what the proofs found included. */
  diagnostics: Diagnostic[];
}

async function compileAll(paths: readonly string[], prove: boolean): Promise<Checked> {
  // Compiler and actions are the heavy half of the command: only those who check wait for them.
  const [
    { createRegistry },
    { compilePlaybooks },
    { findOverlaps },
    { manifestsOf },
    { proveAll },
    { sortDiagnostics },
  ] = await Promise.all([
    import('../../actions/registry.ts'),
    import('../../engine/core/compile/compile-playbooks.ts'),
    import('../../engine/core/compile/find-overlaps.ts'),
    import('../../engine/core/compile/manifests-of.ts'),
    import('../../engine/core/prove/prove-all.ts'),
    import('../../engine/core/diagnostics/diagnostic.ts'),
  ]);
  const files = compilePlaybooks(await findPlaybooks(paths), { registry: manifestsOf(createRegistry()) });
  const compilations = files.map(({ compilation }) => compilation);
  // What calls itself stable has to be proven, asked or not.
  const proven = proveAll(
    compilations.filter((one) => one.ok && (prove || one.plan.playbook.status === 'stable')),
  );
  return {
    files,
    diagnostics: sortDiagnostics([
      ...compilations.flatMap((one) => one.diagnostics),
      ...findOverlaps(files),
      ...proven,
    ]),
  };
}

async function check(paths: string[], options: PlaybookOptions): Promise<void> {
  const { files, diagnostics } = await compileAll(paths, options.prove === true);
  print(files, diagnostics, options.json ? 'json' : options.format);
  const { counts } = diagnosticsJson(diagnostics);
  const bad = counts.error > 0 || (options.strict && counts.warning > 0);
  const summary = `${files.length} checked, ${counts.error} errors, ${counts.warning} warnings`;
  if (bad) throw new CliError(exitCodes.findings, summary);
  say(summary);
}

function print(
  files: readonly CompiledFile[],
  diagnostics: readonly Diagnostic[],
  format: PlaybookOptions['format'],
): void {
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
    case 'sarif':
      printJson(diagnosticsSarif(diagnostics, ownVersion()));
      return;
    case 'junit':
      stdout.write(
        diagnosticsJunit(
          files.map(({ file }) => file),
          diagnostics,
        ),
      );
      return;
    case 'text':
      stdout.write(printDiagnostics(diagnostics, { colour: stdout.hasColors?.() === true && stdout.isTTY }));
  }
}

/** Nothing is published when one of them has an error: half a release is worse than none. */
async function publish(paths: string[], options: PlaybookOptions): Promise<void> {
  const settings = readSettings(options);
  const { files, diagnostics } = await compileAll(paths, false);
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
