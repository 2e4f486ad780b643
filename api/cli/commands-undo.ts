import { stderr, stdin } from 'node:process';
import { createInterface } from 'node:readline/promises';
import type { Command } from 'commander';
import { callServer } from './call-server.ts';
import { CliError, exitCodes } from './cli-error.ts';
import { type CommonOptions, optionsOf, showList } from './list-command.ts';
import { printJson, printLine, targetText } from './print.ts';
import { oneLine } from './server-text.ts';
import { readSettings } from './settings.ts';

interface UndoOptions extends CommonOptions {
  step?: string[];
  reason: string;
  yes?: true;
}

/** Taking back what an ended run did, and how long the rest is held. */
export function addUndoCommands(program: Command): void {
  addLeaseCommands(program);
  program
    .command('undo')
    .description('take back what an ended run did; asks first')
    .argument('<run>')
    .requiredOption('--reason <text>', 'why')
    .option('--step <path...>', 'only this step, e.g. isolate; a loop means all its items')
    .option('--yes', 'do not ask; for scripts')
    .action((run: string, _options: unknown, command: Command) => undo(run, optionsOf<UndoOptions>(command)));
}

interface RenewOptions extends CommonOptions {
  for: string;
  reason: string;
}

function addLeaseCommands(program: Command): void {
  program
    .command('leases')
    .description('what is held for a time, soonest end first')
    .option('--run <id>', 'only of this run')
    .action((_options: unknown, command: Command) => {
      const options = optionsOf<CommonOptions & { run?: string }>(command);
      return showList(
        options,
        '/v1/leases',
        { run: options.run },
        [
          { title: 'LEASE', value: (lease) => lease.id },
          { title: 'ENDS', value: (lease) => lease.until },
          { title: 'THEN', value: (lease) => (lease.asked === true ? 'asked now' : lease.atEnd) },
          { title: 'EFFECT', value: (lease) => lease.effect ?? lease.action },
          { title: 'TARGET', value: (lease) => targetText(lease.target) },
          { title: 'RUN', value: (lease) => lease.runId },
        ],
        'Nothing is held for a time.',
      );
    });
  program
    .command('renew')
    .description('let what a lease holds stand longer')
    .argument('<lease>')
    .requiredOption('--for <duration>', 'from now on, e.g. 24h')
    .requiredOption('--reason <text>', 'why')
    .action((lease: string, _options: unknown, command: Command) =>
      renew(lease, optionsOf<RenewOptions>(command)),
    );
}

async function renew(lease: string, options: RenewOptions): Promise<void> {
  const answer = await callServer(readSettings(options), `/v1/leases/${encodeURIComponent(lease)}/renew`, {
    method: 'POST',
    body: { for: options.for, reason: options.reason },
  });
  if (options.json) return printJson(answer);
  printLine(`${oneLine(answer.id)}  until ${oneLine(answer.until)}`);
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
