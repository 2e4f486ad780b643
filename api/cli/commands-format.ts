import { readFile, writeFile } from 'node:fs/promises';
import { stderr, stdin, stdout } from 'node:process';
import { text } from 'node:stream/consumers';
import type { Command } from 'commander';
import { printDiagnostics } from '../../engine/core/diagnostics/print-diagnostics.ts';
import { lineDiff } from '../../engine/core/diff/line-diff.ts';
import { CliError, exitCodes } from './cli-error.ts';
import { findYaml } from './find-playbooks.ts';
import { type CommonOptions, optionsOf } from './list-command.ts';
import { printJson, printLine, say } from './print.ts';
import { schemaNear } from './schema-near.ts';

interface FormatOptions extends CommonOptions {
  check?: true;
}

export function addFormatCommand(program: Command): void {
  program
    .command('fmt')
    .description('write playbooks and cases in their canonical form; comments and meaning stay')
    .argument('[paths...]', 'files and folders; - formats stdin to stdout', ['playbooks'])
    .option('--check', 'change nothing; print what would change and end with 1')
    .addHelpText(
      'after',
      `
Keys get one order, long expressions are folded at their conditions, templates in { } are quoted, a
wrapping \${{ }} is taken off fields that are expressions, and line one tells editors the schema. A file
with YAML errors is reported and left as it is. The digest of a plan never changes.

  riposte fmt playbooks              write
  riposte fmt --check playbooks      in CI
  riposte fmt - < draft.yaml         from an editor`,
    )
    .action((paths: string[], _options: unknown, command: Command) => format(paths, optionsOf(command)));
}

type State = 'unchanged' | 'changed' | 'refused';

async function format(paths: readonly string[], options: FormatOptions): Promise<void> {
  const { formatFile } = await import('../../engine/core/format/format-file.ts');
  const piped = paths.length === 1 && paths[0] === '-';
  const files = piped ? [{ file: '-', text: await text(stdin) }] : await findYaml(paths);
  const states: { file: string; state: State }[] = [];
  for (const { file, text: before } of files) {
    const formatted = formatFile(before, {
      file,
      ...(!piped && { schemaOf: (kind) => schemaNear(file, [`${kind}-v1.schema.json`]) }),
    });
    if (!formatted.ok) {
      stderr.write(printDiagnostics(formatted.diagnostics, { colour: stderr.hasColors?.() === true }));
      states.push({ file, state: 'refused' });
      continue;
    }
    const changed = formatted.text !== before;
    states.push({ file, state: changed ? 'changed' : 'unchanged' });
    if (piped && !options.check) stdout.write(formatted.text);
    else if (changed && options.check) {
      if (!options.json) stdout.write(lineDiff(file, before, formatted.text));
    } else if (changed) {
      // Somebody may have saved the file in the meantime; their text is worth more than its layout.
      if ((await readFile(file, 'utf8')) !== before)
        throw new CliError(exitCodes.failure, `${file} changed meanwhile.`);
      await writeFile(file, formatted.text);
      if (!options.json) printLine(file);
    }
  }
  if (options.json) printJson({ schemaVersion: 1, files: states });
  conclude(states, options.check === true, piped);
}

function conclude(states: readonly { state: State }[], check: boolean, piped: boolean): void {
  const count = (state: State) => states.filter((one) => one.state === state).length;
  const [changed, refused] = [count('changed'), count('refused')];
  const what = check ? 'would change' : 'changed';
  const summary = `${states.length} files, ${changed} ${what}${refused > 0 ? `, ${refused} with errors left as they are` : ''}`;
  if (refused > 0 || (check && changed > 0)) throw new CliError(exitCodes.findings, summary);
  if (!piped) say(summary);
}
