import type { Command } from 'commander';
import { nearestName } from '../../engine/core/diagnostics/nearest-name.ts';
import { codes, isCode } from '../../schemas/codes.ts';
import { codePage } from '../http/code-page.ts';
import { CliError, exitCodes } from './cli-error.ts';
import { printCodeList, printCodePage } from './code-text.ts';
import { type CommonOptions, optionsOf } from './list-command.ts';
import { printJson } from './print.ts';

export function addExplainCommand(program: Command): void {
  program
    .command('explain')
    .description('the page of a code; with --alert, why playbooks would or would not start')
    .argument(
      '[what...]',
      'a code such as compile/unknown-step, none for all; with --alert files and folders',
    )
    .option('--alert <file>', 'an alert; - is stdin. Needs no server')
    .option('--source <name>', 'with --alert: the connection it comes from', 'api')
    .option('--routing <file>', 'with --alert: the routing file of the installation')
    .addHelpText(
      'after',
      `
Every finding, refusal and failure carries a code; its page is the same everywhere.

  riposte explain                          every station and its codes
  riposte explain compile/maybe-missing    one page

  riposte explain --alert alert.json playbooks    why each playbook would or would not start`,
    )
    .action(async (what: string[], _options: unknown, command: Command) => {
      const options = optionsOf<ExplainOptions>(command);
      const { alert } = options;
      if (alert !== undefined) {
        // Matching brings the expressions along: only those who ask wait for them.
        const { explainAlert } = await import('./commands-explain-alert.ts');
        await explainAlert(what, { ...options, alert });
        return;
      }
      if (options.routing !== undefined) throw new CliError(exitCodes.usage, '--routing belongs to --alert.');
      if (what.length > 1)
        throw new CliError(exitCodes.usage, 'Name one code; with --alert, files and folders.');
      explain(what[0], options);
    });
}

interface ExplainOptions extends CommonOptions {
  alert?: string;
  source: string;
  routing?: string;
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
