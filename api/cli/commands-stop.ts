import type { Command } from 'commander';
import { callServer } from './call-server.ts';
import { CliError, exitCodes } from './cli-error.ts';
import { type CommonOptions, optionsOf } from './list-command.ts';
import { pages } from './pages.ts';
import { printJson, printLine, say } from './print.ts';
import { seenGeneration, unseen } from './seen-generation.ts';
import { oneLine } from './server-text.ts';
import { readSettings, type Settings } from './settings.ts';

interface StopOptions extends CommonOptions {
  reason: string;
  system?: string;
  playbook?: string;
  generation?: string;
}

interface Stopped {
  scope: 'everything' | 'system' | 'playbook';
  subject: string;
}

/** The emergency stop. */
export function addStopCommands(program: Command): void {
  program
    .command('stop')
    .description('the emergency stop: nothing is contained or eradicated any more')
    .requiredOption('--reason <text>', 'why')
    .option('--system <name>', 'only this target system')
    .option('--playbook <id>', 'only this playbook')
    .action((_options: unknown, command: Command) => stop(optionsOf(command)));
  program
    .command('resume')
    .description('lift the stop; it takes two people')
    .requiredOption('--reason <text>', 'why')
    .option('--system <name>', 'only this target system')
    .option('--playbook <id>', 'only this playbook')
    .option('--generation <n>', 'which stop is meant; without it, what is stopped is said and not lifted')
    .action((_options: unknown, command: Command) => resume(optionsOf(command)));
}

async function stop(options: StopOptions): Promise<void> {
  const what = stopped(options);
  const body = { ...what, reason: options.reason };
  const answer = await callServer(readSettings(options), '/v1/stops', { method: 'POST', body });
  if (options.json) return printJson(answer);
  printLine(
    `Stopped: ${named(what)}. Nothing is contained or eradicated any more; releases, looks and messages go on.`,
  );
  say(`Two people lift it: ${resuming(what)} --generation ${oneLine(answer.generation)} --reason "..."`);
}

async function resume(options: StopOptions): Promise<void> {
  const settings = readSettings(options);
  const what = stopped(options);
  const generation = seenGeneration(options);
  if (generation === undefined) throw await inForce(settings, what);
  const body = { ...what, reason: options.reason, generation };
  const answer = await callServer(settings, '/v1/stops/clear', { method: 'POST', body });
  if (options.json) return printJson(answer);
  printLine(
    answer.state === 'cleared'
      ? `Resumed: ${named(what)}.`
      : `Asked for: ${named(what)}. A second person has to resume it too, within an hour.`,
  );
}

async function inForce(settings: Settings, what: Stopped): Promise<CliError> {
  for await (const stop of pages(settings, '/v1/stops?active=true'))
    if (stop.scope === what.scope && stop.subject === what.subject) return unseen(stop, resuming(what));
  return new CliError(exitCodes.findings, `Not stopped: ${named(what)}. Nothing was changed.`);
}

function stopped({ system, playbook }: StopOptions): Stopped {
  if (system !== undefined && playbook !== undefined)
    throw new CliError(exitCodes.usage, 'Say --system or --playbook, not both.');
  if (system !== undefined) return { scope: 'system', subject: system };
  if (playbook !== undefined) return { scope: 'playbook', subject: playbook };
  return { scope: 'everything', subject: '*' };
}

function named({ scope, subject }: Stopped): string {
  return scope === 'everything' ? scope : `${scope} ${oneLine(subject)}`;
}

function resuming({ scope, subject }: Stopped): string {
  return `riposte resume${scope === 'everything' ? '' : ` --${scope} ${oneLine(subject)}`}`;
}
