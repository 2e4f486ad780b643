import { stdout } from 'node:process';
import { type Command, InvalidArgumentError } from 'commander';
import type { JsonObject } from '../../schemas/json.ts';
import { callServer } from './call-server.ts';
import { casesLines, type ShownCases } from './cases-text.ts';
import { CliError, exitCodes } from './cli-error.ts';
import { type CommonOptions, optionsOf } from './list-command.ts';
import { itemsOf, printJson, printLine } from './print.ts';
import { readSettings, type Settings } from './settings.ts';
import { streamServer } from './stream-server.ts';

/* `riposte cases`: those that were published with a playbook, as the server played them. */

interface CasesOptions extends CommonOptions {
  published?: string;
  number?: string;
  play?: true;
  source?: true;
}

export function addCasesCommand(program: Command): void {
  program
    .command('cases')
    .description('the cases that were published with a playbook, how they went and what they cover')
    .argument('<playbook>', 'the id of a published playbook')
    .option(
      '--published <number>',
      'of that version, as the server counts; default the current one',
      readNumber,
    )
    .option('--number <number>', 'earlier cases of that version; default the newest', readNumber)
    .option('--play', 'have the server play them once more, with what is installed now')
    .option('--source', 'print the file as it was published')
    .addHelpText(
      'after',
      `
Cases come with "riposte publish", from <name>.cases.yaml beside the playbook. Files play with "riposte test".

  riposte cases ransomware-isolate-host
  riposte cases ransomware-isolate-host --published 3 --source > then.cases.yaml
  riposte cases ransomware-isolate-host --play          after an upgrade

Exit codes: 0 all of them passed, 1 one did not or the server says no to this, 2 wrong usage,
3 the server cannot be reached or refuses you, 5 it did not answer within a minute.`,
    )
    .action((playbook: string, _options: unknown, command: Command) => cases(playbook, optionsOf(command)));
}

async function cases(playbook: string, options: CasesOptions): Promise<void> {
  if (options.play && (options.number !== undefined || options.source))
    throw new CliError(exitCodes.usage, '--play is about the newest cases and prints how they went.');
  const settings = readSettings(options);
  const versions = `/v1/playbooks/${encodeURIComponent(playbook)}/versions`;
  const version = options.published ?? (await newestOf(settings, versions));
  const path = `${versions}/${version}/cases`;
  const query = options.number === undefined ? '' : `?number=${options.number}`;
  if (options.source) {
    for await (const piece of await streamServer(settings, `${path}/source${query}`)) stdout.write(piece);
    return;
  }
  const answer = await (options.play
    ? callServer(settings, `${path}/play`, { method: 'POST' })
    : callServer(settings, path + query));
  const shown = answer as unknown as ShownCases;
  if (options.json) printJson(answer);
  else for (const line of casesLines(playbook, shown)) printLine(line);
  if (shown.counts.failed + shown.counts.toRecord > 0)
    throw new CliError(exitCodes.findings, 'Not all of them passed.');
}

/** It is the one in force: going back to an older text is a version of its own. */
async function newestOf(settings: Settings, versions: string): Promise<string> {
  const [newest] = itemsOf((await callServer(settings, `${versions}?limit=1`)) as JsonObject);
  return String(newest?.publishedVersion);
}

function readNumber(text: string): string {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new InvalidArgumentError('Write a whole number from 1.');
  return text;
}
