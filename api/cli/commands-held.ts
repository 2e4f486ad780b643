import { stderr, stdin } from 'node:process';
import { createInterface } from 'node:readline/promises';
import type { Command } from 'commander';
import { isJsonObject, type JsonObject } from '../../schemas/json.ts';
import { callServer } from './call-server.ts';
import { CliError, exitCodes } from './cli-error.ts';
import { type CommonOptions, optionsOf, showWhole } from './list-command.ts';
import { type Column, itemsOf, printJson, printTable, say, targetText } from './print.ts';
import { roundSeen } from './round-seen.ts';
import { oneLine } from './server-text.ts';
import { readSettings, type Settings } from './settings.ts';

interface HeldOptions extends CommonOptions {
  comment?: string;
  first?: string;
  yes?: true;
}

/** What a used-up budget holds back: one request to people, decided in whole or in part. */
export function addHeldCommands(program: Command): void {
  const held = program
    .command('held')
    .description('budgets that are used up, and what waits for a yes beyond them');
  held
    .command('list')
    .description('one line per budget')
    .action((_options: unknown, command: Command) => list(optionsOf(command)));
  held
    .command('show')
    .description('what waits for one budget, the oldest first')
    .argument('<budget>', 'as `riposte held list` prints it')
    .action((budget: string, _options: unknown, command: Command) =>
      show(budget, optionsOf<HeldOptions>(command)),
    );
  for (const decision of ['approve', 'deny'] as const) {
    held
      .command(decision)
      .description(
        `shows the list, asks for the count, then says ${decision === 'approve' ? 'yes' : 'no'} to exactly that`,
      )
      .argument('<budget>', 'as `riposte held list` prints it')
      .option('--first <n>', 'only the oldest; default: all that are shown')
      .option('--comment <text>', 'why')
      .option('--yes', 'do not ask; for scripts')
      .action((budget: string, _options: unknown, command: Command) =>
        decide(decision, budget, optionsOf<HeldOptions>(command)),
      );
  }
}

function list(options: CommonOptions): Promise<void> {
  return showWhole(
    options,
    '/v1/held',
    {},
    [
      { title: 'BUDGET', value: (item) => item.budget },
      { title: 'WAITING', value: (item) => item.waiting },
      { title: 'TARGETS', value: (item) => item.targets },
      { title: 'EXPIRES', value: (item) => item.expiresAt },
      { title: 'REASON', value: (item) => item.reason },
    ],
    'Nothing is held: no budget is used up, and no rule asks about several.',
  );
}

const columns: readonly Column[] = [
  { title: 'APPROVAL', value: (item) => item.id },
  { title: 'VOTES', value: (item) => `${item.approvals}/${item.quorum}` },
  { title: 'EXPIRES', value: (item) => item.expiresAt },
  {
    title: 'TARGET',
    value: ({ targets }) => (Array.isArray(targets) ? targets.map(targetText).join(', ') : ''),
  },
  { title: 'QUESTION', value: (item) => item.question },
];

async function show(budget: string, options: HeldOptions): Promise<void> {
  const items = await readHeld(readSettings(options), budget);
  if (options.json) return printJson({ items });
  if (items.length === 0) return say('Nothing waits for this budget.');
  printTable(items, columns);
}

/** Those that are sent are those that were on the screen, with the digests they had then. */
async function decide(decision: 'approve' | 'deny', budget: string, options: HeldOptions): Promise<void> {
  if (stdin.isTTY !== true && !options.yes) {
    const detail = `Not a terminal: "riposte held ${decision}" asks first. In a script, say --yes.`;
    throw new CliError(exitCodes.usage, detail);
  }
  const settings = readSettings(options);
  const first = options.first === undefined ? atOnceMax : Number(options.first);
  if (!Number.isInteger(first) || first < 1)
    throw new CliError(exitCodes.usage, '--first is a number from 1 on.');
  const items = (await readHeld(settings, budget)).slice(0, first);
  if (items.length === 0) throw new CliError(exitCodes.findings, 'Nothing waits for this budget.');
  if (!options.json) printTable(items, columns);
  if (!options.yes) await confirm(decision, items.length);
  const answer = await callServer(settings, '/v1/held/decisions', {
    method: 'POST',
    body: {
      budget,
      decision,
      comment: options.comment ?? null,
      approvals: items.map((item) => ({
        id: String(item.id),
        digest: String(item.digest),
        ...roundSeen(item),
      })),
    },
  });
  const said = itemsOf(answer);
  if (options.json) printJson(answer);
  else tell(said);
  const refused = said.filter((item) => item.ok !== true).length;
  if (refused > 0) throw new CliError(exitCodes.findings, `${refused} of ${said.length} did not count.`);
}

function tell(items: readonly JsonObject[]): void {
  const words = items.map((item) =>
    item.ok === true ? oneLine(item.state) : `not counted (${oneLine(item.code)})`,
  );
  for (const word of new Set(words)) say(`${words.filter((each) => each === word).length} ${word}`);
}

async function confirm(decision: 'approve' | 'deny', count: number): Promise<void> {
  const prompt = createInterface({ input: stdin, output: stderr });
  try {
    const typed = await prompt.question(`\nType the count, ${count}, to ${decision} all of them: `);
    if (typed.trim() !== String(count)) throw new CliError(exitCodes.findings, 'Nothing was decided.');
  } finally {
    prompt.close();
  }
}

const atOnceMax = 1_000;
const pageMax = 200;

async function readHeld(settings: Settings, budget: string): Promise<JsonObject[]> {
  const items: JsonObject[] = [];
  let cursor: string | null = null;
  do {
    const query = new URLSearchParams({
      budget,
      status: 'pending',
      sort: 'createdAt',
      limit: String(pageMax),
    });
    if (cursor !== null) query.set('cursor', cursor);
    const answer = await callServer(settings, `/v1/approvals?${query}`);
    items.push(...itemsOf(answer).filter(isJsonObject));
    cursor = typeof answer.next === 'string' ? answer.next : null;
  } while (cursor !== null && items.length < atOnceMax);
  return items.slice(0, atOnceMax);
}
