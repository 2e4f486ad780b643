import { stderr, stdin } from 'node:process';
import { createInterface } from 'node:readline/promises';
import type { Command } from 'commander';
import type { Json, JsonObject } from '../../schemas/json.ts';
import { callServer } from './call-server.ts';
import { CliError, exitCodes } from './cli-error.ts';
import { addContainedCommand } from './commands-contained.ts';
import { addUndoRecordCommands } from './commands-undo-records.ts';
import { addListOptions, type CommonOptions, optionsOf, showList } from './list-command.ts';
import { itemsOf, printJson, printLine, printTable, targetText } from './print.ts';
import { oneLine } from './server-text.ts';
import { readSettings } from './settings.ts';

interface UndoOptions extends CommonOptions {
  step?: string[];
  incident?: string;
  action?: string;
  record?: string;
  reason?: string;
  yes?: true;
}

/** Taking back what an ended run did, and how long the rest is held. */
export function addUndoCommands(program: Command): void {
  addLeaseCommands(program);
  const undoing = program
    .command('undo')
    .description('take back what an ended run, or every ended run of an incident, did; asks first')
    .argument('[run]')
    .option('--incident <id>', 'instead of a run: all ended runs of it')
    .option('--action <id>', 'only what this action did, e.g. edr.isolate-host')
    .option('--record <id>', 'only this one record')
    .option('--reason <text>', 'why; needed')
    .option('--step <path...>', 'only this step, e.g. isolate; a loop means all its items')
    .option('--yes', 'do not ask; for scripts')
    .action((run: string | undefined, _options: unknown, command: Command) =>
      undo(run, optionsOf<UndoOptions>(command)),
    );
  addUndoRecordCommands(undoing);
}

interface RenewOptions extends CommonOptions {
  for: string;
  reason: string;
}

function addLeaseCommands(program: Command): void {
  addContainedCommand(program);
  addListOptions(program.command('leases'))
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

async function undo(run: string | undefined, options: UndoOptions): Promise<void> {
  const { step: steps, incident, action, record, reason } = options;
  if ((run === undefined) === (incident === undefined))
    throw new CliError(exitCodes.usage, 'Name either a run or --incident.');
  if (reason === undefined) throw new CliError(exitCodes.usage, 'Say why: --reason.');
  if (incident !== undefined && steps !== undefined)
    throw new CliError(
      exitCodes.usage,
      '--step is for one run; narrow an incident with --action or --record.',
    );
  if (!options.yes && stdin.isTTY !== true) {
    throw new CliError(exitCodes.usage, 'Not a terminal: "riposte undo" asks first. In a script, say --yes.');
  }
  const whole = run ?? `the incident ${incident}`;
  const part = record ?? action ?? steps?.join(', ');
  if (!options.yes) await confirm(part === undefined ? `everything ${whole} did` : `${part} of ${whole}`);
  const body = {
    reason,
    ...(action !== undefined && { action }),
    ...(record !== undefined && { record }),
    ...(steps !== undefined && { steps }),
  };
  const at =
    run === undefined ? `incidents/${encodeURIComponent(incident ?? '')}` : `runs/${encodeURIComponent(run)}`;
  const answer = await callServer(readSettings(options), `/v1/${at}/undo`, { method: 'POST', body });
  if (options.json) return printJson(answer);
  if (run === undefined) printIncident(answer);
  else printLine(`${oneLine(answer.id)}  undoing`);
}

function printIncident(answer: JsonObject): void {
  const objects = (value: Json | undefined) => itemsOf({ items: value ?? [] });
  const records = objects(answer.runs).flatMap((run) => objects(run.records));
  printTable(records, [
    { title: 'RECORD', value: (record) => record.id },
    { title: 'ACTION', value: (record) => record.action },
    { title: 'TARGET', value: (record) => targetText(record.target) },
    { title: 'FOLLOWS', value: (record) => record.follows },
    { title: 'HELD BY', value: (record) => (Array.isArray(record.heldBy) ? record.heldBy.join(' ') : '') },
    { title: 'RUN', value: (record) => record.runId },
  ]);
  for (const run of objects(answer.untouched))
    printLine(`${oneLine(run.id)}  not touched: ${oneLine(run.detail)}`);
  if (answer.more === true) printLine('There are more runs: ask again for the rest.');
}

async function confirm(what: string): Promise<void> {
  const prompt = createInterface({ input: stdin, output: stderr });
  const answer = await prompt
    .question(`Take back ${oneLine(what)}? Type yes: `)
    .finally(() => prompt.close());
  if (answer.trim() !== 'yes') throw new CliError(exitCodes.findings, 'Nothing was taken back.');
}
