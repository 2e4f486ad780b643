import { stderr, stdin } from 'node:process';
import { createInterface } from 'node:readline/promises';
import type { Command } from 'commander';
import type { JsonObject } from '../../schemas/json.ts';
import { callServer } from './call-server.ts';
import { CliError, exitCodes } from './cli-error.ts';
import { addListOptions, type CommonOptions, optionsOf, showList } from './list-command.ts';
import { at, printJson, printLine, say, targetText } from './print.ts';
import { oneLine } from './server-text.ts';
import { readSettings } from './settings.ts';
import { printTask } from './task-card.ts';

interface TaskOptions extends CommonOptions {
  state?: string;
  all?: true;
  proof?: string;
  yes?: true;
}

const words = ['happened', 'did-not-happen', 'ask'] as const;

/** Effects that nobody knows about. */
export function addTaskCommands(program: Command): void {
  const tasks = addListOptions(program.command('tasks'))
    .description('what nobody knows the outcome of; with an id everything that is known')
    .argument('[id]')
    .option('--state <words>', 'default: open')
    .option('--all', 'also those that are settled')
    .action((id: string | undefined, _options: unknown, command: Command) => {
      const options = optionsOf<TaskOptions>(command);
      return id === undefined ? list(options) : show(options, id);
    });
  tasks
    .command('answer')
    .description('shows the task, then asks; says what became of it, or has the target asked once more')
    .argument('<id>')
    .argument('<answer>', words.join(', '))
    .option('--proof <text>', 'what you looked at and what it showed; not needed for ask')
    .option('--yes', 'do not ask; for scripts')
    .action((id: string, answer: string, _options: unknown, command: Command) =>
      answerOne(id, answer, optionsOf<TaskOptions>(command)),
    );
}

const pathOf = (id: string) => `/v1/tasks/${encodeURIComponent(id)}`;

function list(options: TaskOptions): Promise<void> {
  return showList(
    options,
    '/v1/tasks',
    { state: options.all ? undefined : (options.state ?? 'open'), sort: '-openedAt' },
    [
      { title: 'TASK', value: (task) => task.id },
      { title: 'STATE', value: (task) => task.state },
      { title: 'BEFORE', value: (task) => task.answerBefore },
      { title: 'ACTION', value: (task) => task.action },
      { title: 'TARGET', value: (task) => (task.target === null ? '' : targetText(task.target)) },
      { title: 'RUN', value: (task) => at(task.run, 'id') },
    ],
    'Nothing is unknown.',
  );
}

async function show(options: TaskOptions, id: string): Promise<void> {
  const task = await callServer(readSettings(options), pathOf(id));
  if (options.json) printJson(task);
  else printTask(task);
}

/** The digest that is sent is that of the task that was on the screen, never one read afterwards. */
async function answerOne(id: string, answer: string, options: TaskOptions): Promise<void> {
  if (!words.some((word) => word === answer)) {
    throw new CliError(exitCodes.usage, `"${answer}" is none of ${words.join(', ')}.`);
  }
  if (stdin.isTTY !== true && !options.yes) {
    throw new CliError(
      exitCodes.usage,
      'Not a terminal: "riposte tasks answer" asks first. In a script, say --yes.',
    );
  }
  const settings = readSettings(options);
  const task = await callServer(settings, pathOf(id));
  if (!options.json) printTask(task);
  if (!options.yes) await confirm(answer, task);
  const told = await callServer(settings, `${pathOf(id)}/answers`, {
    method: 'POST',
    headers: { 'if-match': `"${String(task.digest)}"` },
    body: { answer, proof: options.proof ?? '' },
  });
  if (options.json) printJson(told);
  else printLine(`${oneLine(told.id)}  ${oneLine(told.state)}`);
  if (told.state === 'asking') say('The target is being asked; look again in a moment.');
}

async function confirm(answer: string, task: JsonObject): Promise<void> {
  const refusal = at(task.refusals, answer === 'ask' ? 'ask' : 'answer');
  if (refusal !== undefined)
    throw new CliError(exitCodes.findings, `You cannot say so: ${oneLine(at(refusal, 'reason'))}`);
  const prompt = createInterface({ input: stdin, output: stderr });
  try {
    const typed = (await prompt.question(`\nSay "${answer}"? Type yes: `)).trim();
    if (typed !== 'yes') throw new CliError(exitCodes.findings, 'Nothing was said.');
  } finally {
    prompt.close();
  }
}
