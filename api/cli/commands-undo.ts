import { stderr, stdin } from 'node:process';
import { createInterface } from 'node:readline/promises';
import type { Command } from 'commander';
import { callServer } from './call-server.ts';
import { CliError, exitCodes } from './cli-error.ts';
import { type CommonOptions, optionsOf } from './list-command.ts';
import { printJson, printLine } from './print.ts';
import { oneLine } from './server-text.ts';
import { readSettings } from './settings.ts';

interface UndoOptions extends CommonOptions {
  step?: string[];
  reason: string;
  yes?: true;
}

/** Taking back what an ended run did. */
export function addUndoCommands(program: Command): void {
  program
    .command('undo')
    .description('take back what an ended run did; asks first')
    .argument('<run>')
    .requiredOption('--reason <text>', 'why')
    .option('--step <path...>', 'only this step, e.g. isolate; a loop means all its items')
    .option('--yes', 'do not ask; for scripts')
    .action((run: string, _options: unknown, command: Command) => undo(run, optionsOf<UndoOptions>(command)));
}

async function undo(run: string, options: UndoOptions): Promise<void> {
  if (!options.yes && stdin.isTTY !== true) {
    throw new CliError(exitCodes.usage, 'Not a terminal: "riposte undo" asks first. In a script, say --yes.');
  }
  const { step: steps, reason } = options;
  if (!options.yes) await confirm(steps === undefined ? `everything ${run} did` : steps.join(', '));
  const answer = await callServer(readSettings(options), `/v1/runs/${encodeURIComponent(run)}/undo`, {
    method: 'POST',
    body: { reason, ...(steps !== undefined && { steps }) },
  });
  if (options.json) return printJson(answer);
  printLine(`${oneLine(answer.id)}  undoing`);
}

async function confirm(what: string): Promise<void> {
  const prompt = createInterface({ input: stdin, output: stderr });
  const answer = await prompt
    .question(`Take back ${oneLine(what)}? Type yes: `)
    .finally(() => prompt.close());
  if (answer.trim() !== 'yes') throw new CliError(exitCodes.findings, 'Nothing was taken back.');
}
