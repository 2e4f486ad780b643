import type { Command } from 'commander';
import { callServer } from './call-server.ts';
import { CliError, exitCodes } from './cli-error.ts';
import { type CommonOptions, optionsOf } from './list-command.ts';
import { printJson, printLine } from './print.ts';
import { oneLine } from './server-text.ts';
import { readSettings } from './settings.ts';

interface OperatingOptions extends CommonOptions {
  reason: string;
  system?: string;
  playbook?: string;
}

/** The emergency stop. */
export function addOperatingCommands(program: Command): void {
  for (const verb of ['stop', 'resume'] as const) {
    program
      .command(verb)
      .description(
        verb === 'stop'
          ? 'the emergency stop: nothing is contained or eradicated any more'
          : 'lift the stop; it takes two people',
      )
      .requiredOption('--reason <text>', 'why')
      .option('--system <name>', 'only this target system')
      .option('--playbook <id>', 'only this playbook')
      .action((_options: unknown, command: Command) => setStop(verb, optionsOf<OperatingOptions>(command)));
  }
}

async function setStop(verb: 'stop' | 'resume', options: OperatingOptions): Promise<void> {
  const { system, playbook, reason } = options;
  if (system !== undefined && playbook !== undefined) {
    throw new CliError(exitCodes.usage, 'Say --system or --playbook, not both.');
  }
  const scope = system !== undefined ? 'system' : playbook !== undefined ? 'playbook' : 'everything';
  const answer = await callServer(readSettings(options), verb === 'stop' ? '/v1/stops' : '/v1/stops/clear', {
    method: 'POST',
    body: { scope, subject: system ?? playbook ?? '*', reason },
  });
  if (options.json) return printJson(answer);
  const what = scope === 'everything' ? scope : `${scope} ${oneLine(answer.subject)}`;
  if (verb === 'stop')
    return printLine(
      `Stopped: ${what}. Nothing is contained or eradicated any more; releases, looks and messages go on.`,
    );
  printLine(
    answer.state === 'cleared'
      ? `Resumed: ${what}.`
      : `Asked for: ${what}. A second person has to resume it too, within an hour.`,
  );
}
