import type { Command } from 'commander';
import { callServer } from './call-server.ts';
import { CliError, exitCodes } from './cli-error.ts';
import { type CommonOptions, optionsOf } from './list-command.ts';
import { printJson, printLine, say } from './print.ts';
import { seenGeneration, unseen } from './seen-generation.ts';
import { oneLine } from './server-text.ts';
import { readSettings, type Settings } from './settings.ts';

const path = '/v1/pause';
const lifting = 'riposte pause lift';

interface PauseOptions extends CommonOptions {
  reason: string;
  generation?: string;
}

/** One switch over everything; `riposte stop` is about containment only. */
export function addPauseCommands(program: Command): void {
  const pause = program
    .command('pause')
    .description('let no run begin and nothing be sent; alerts are taken in and kept');
  pause
    .command('show')
    .description('whether everything is paused, by whom and why')
    .action((_options: unknown, command: Command) => show(optionsOf(command)));
  pause
    .command('set')
    .description('pause everything')
    .requiredOption('--reason <text>', 'why')
    .action((_options: unknown, command: Command) => set(optionsOf<PauseOptions>(command)));
  pause
    .command('lift')
    .description('let everything go on where it stood; it takes two people')
    .requiredOption('--reason <text>', 'why')
    .option('--generation <n>', 'which pause is meant; without it, what is paused is said and not lifted')
    .action((_options: unknown, command: Command) => lift(optionsOf<PauseOptions>(command)));
}

async function show(options: CommonOptions): Promise<void> {
  const answer = await callServer(readSettings(options), path);
  if (options.json) return printJson(answer);
  if (answer.active !== true) return printLine('Nothing is paused.');
  printLine(`Paused by ${oneLine(answer.setBy)} at ${oneLine(answer.setAt)}: ${oneLine(answer.reason)}`);
  printLine(`${oneLine(answer.queued)} runs wait to begin, ${oneLine(answer.held)} actions are held back.`);
  say(`Two people lift it: ${lifting} --generation ${oneLine(answer.generation)} --reason "..."`);
  if (answer.liftAskedBy === null) return;
  say(
    `${oneLine(answer.liftAskedBy)} asked to lift it; a second person has to agree within an hour of that.`,
  );
}

async function set(options: PauseOptions): Promise<void> {
  const { reason } = options;
  const answer = await callServer(readSettings(options), path, { method: 'POST', body: { reason } });
  if (options.json) return printJson(answer);
  printLine('Paused: no run begins and nothing is sent. Alerts are taken in and kept.');
  say(`Two people lift it: ${lifting} --generation ${oneLine(answer.generation)} --reason "..."`);
}

async function lift(options: PauseOptions): Promise<void> {
  const settings = readSettings(options);
  const generation = seenGeneration(options);
  if (generation === undefined) throw await inForce(settings);
  const call = { method: 'POST', body: { reason: options.reason, generation } } as const;
  const answer = await callServer(settings, `${path}/lift`, call);
  if (options.json) return printJson(answer);
  printLine(
    answer.state === 'lifted'
      ? 'Lifted: everything goes on.'
      : 'Asked for. A second person has to lift it too, within an hour.',
  );
}

async function inForce(settings: Settings): Promise<CliError> {
  const pause = await callServer(settings, path);
  if (pause.active === true) return unseen(pause, lifting);
  return new CliError(exitCodes.findings, 'Nothing is paused. Nothing was changed.');
}
