import type { Command } from 'commander';
import { callServer } from './call-server.ts';
import { type CommonOptions, optionsOf } from './list-command.ts';
import { printJson, printLine, say } from './print.ts';
import { oneLine } from './server-text.ts';
import { readSettings } from './settings.ts';

const path = '/v1/pause';

interface PauseOptions extends CommonOptions {
  reason: string;
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
    .action((_options: unknown, command: Command) => lift(optionsOf<PauseOptions>(command)));
}

async function show(options: CommonOptions): Promise<void> {
  const answer = await callServer(readSettings(options), path);
  if (options.json) return printJson(answer);
  if (answer.active !== true) return printLine('Nothing is paused.');
  printLine(`Paused by ${oneLine(answer.setBy)} at ${oneLine(answer.setAt)}: ${oneLine(answer.reason)}`);
  printLine(`${oneLine(answer.queued)} runs wait to begin, ${oneLine(answer.held)} actions are held back.`);
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
}

async function lift(options: PauseOptions): Promise<void> {
  const { reason } = options;
  const call = { method: 'POST', body: { reason } } as const;
  const answer = await callServer(readSettings(options), `${path}/lift`, call);
  if (options.json) return printJson(answer);
  printLine(
    answer.state === 'lifted'
      ? 'Lifted: everything goes on.'
      : 'Asked for. A second person has to lift it too, within an hour.',
  );
}
