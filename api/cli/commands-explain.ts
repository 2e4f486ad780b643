import type { Command } from 'commander';
import { nearestName } from '../../engine/core/diagnostics/nearest-name.ts';
import { codes, isCode } from '../../schemas/codes.ts';
import { CliError, exitCodes } from './cli-error.ts';
import { codePage } from './code-page.ts';
import { printCodeList, printCodePage } from './code-text.ts';
import { type CommonOptions, optionsOf } from './list-command.ts';
import { printJson } from './print.ts';

export function addExplainCommand(program: Command): void {
  program
    .command('explain')
    .description('the page of a code: what it means, why it exists, a wrong and a right example')
    .argument('[code]', 'such as compile/unknown-step; without one, every code in a line')
    .addHelpText(
      'after',
      `
Every finding, refusal and failure carries a code; its page is the same everywhere.

  riposte explain                          every station and its codes
  riposte explain compile/maybe-missing    one page`,
    )
    .action((code: string | undefined, _options: unknown, command: Command) =>
      explain(code, optionsOf(command)),
    );
}

function explain(code: string | undefined, options: CommonOptions): void {
  if (code === undefined) {
    if (options.json) printJson({ schemaVersion: 1, items: list() });
    else printCodeList();
    return;
  }
  if (!isCode(code)) throw new CliError(exitCodes.usage, unknown(code));
  const page = codePage(code);
  if (options.json) printJson({ schemaVersion: 1, ...page });
  else printCodePage(page);
}

function list() {
  return Object.entries(codes).map(([code, { summary, severity }]) => ({
    code,
    summary,
    ...(severity !== undefined && { severity }),
  }));
}

/** A code is often remembered without its station, or with one slip. */
function unknown(written: string): string {
  const all = Object.keys(codes);
  const what = written.split('/').at(-1) ?? written;
  const sameWhat = all.filter((code) => code.split('/')[1] === what);
  const near =
    nearestName(written, all) ??
    all.find(
      (code) =>
        code.split('/')[1] ===
        nearestName(
          what,
          all.map((each) => each.split('/')[1] ?? ''),
        ),
    );
  const meant = sameWhat.length > 0 ? sameWhat : near === undefined ? [] : [near];
  const help =
    meant.length > 0
      ? `Did you mean ${meant.join(' or ')}?`
      : 'Run "riposte explain" for the list of all codes.';
  return `There is no code "${written}". ${help}`;
}
