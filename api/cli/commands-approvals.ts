import { stderr, stdin } from 'node:process';
import { createInterface } from 'node:readline/promises';
import type { Command } from 'commander';
import type { JsonObject } from '../../schemas/json.ts';
import { approvalPath } from './approval-path.ts';
import { callServer } from './call-server.ts';
import { printCard } from './card.ts';
import { CliError, exitCodes } from './cli-error.ts';
import { addApprovalEdits } from './commands-approval-edits.ts';
import { addBreakGlass } from './commands-break-glass.ts';
import { addListOptions, type CommonOptions, optionsOf, showList } from './list-command.ts';
import { at, itemsOf, printJson, printLine, say, targetText } from './print.ts';
import { roundSeen } from './round-seen.ts';
import { oneLine } from './server-text.ts';
import { readSettings, type Settings } from './settings.ts';

interface ApprovalOptions extends CommonOptions {
  status?: string;
  all?: true;
  mine?: true;
  comment?: string;
  yes?: true;
}

export function addApprovalCommands(program: Command): void {
  const approvals = addListOptions(program.command('approvals'))
    .description('what waits for a decision; with an id the whole card')
    .argument('[id]')
    .option('--status <words>', 'default: pending')
    .option('--all', 'also those that have ended')
    .option('--mine', 'only what you may decide')
    .action((id: string | undefined, _options: unknown, command: Command) => {
      const options = optionsOf<ApprovalOptions>(command);
      return id === undefined ? list(options) : show(options, id);
    });
  addApprovalEdits(approvals);
  addBreakGlass(approvals);
  for (const decision of ['approve', 'deny'] as const) {
    program
      .command(decision)
      .description(
        `shows the card, then asks; ${decision === 'deny' ? 'one no ends it' : 'yes to exactly what is shown'}`,
      )
      .argument('<id...>')
      .option('--comment <text>', 'why')
      .option('--yes', 'do not ask; for scripts')
      .action((ids: string[], _options: unknown, command: Command) =>
        decide(decision, ids, optionsOf<ApprovalOptions>(command)),
      );
  }
}

function list(options: ApprovalOptions): Promise<void> {
  const status = options.all ? undefined : (options.status ?? 'pending');
  // What a budget holds is one request of its own: `riposte held`.
  const held = status === 'pending' ? 'false' : undefined;
  return showList(
    options,
    '/v1/approvals',
    { status, mine: options.mine ? 'true' : undefined, held, sort: '-createdAt' },
    [
      { title: 'APPROVAL', value: (approval) => approval.id },
      { title: 'STATE', value: (approval) => approval.state },
      { title: 'VOTES', value: (approval) => `${approval.approvals}/${approval.quorum}` },
      { title: 'EXPIRES', value: (approval) => approval.expiresAt },
      {
        title: 'TARGET',
        value: ({ targets }) => (Array.isArray(targets) ? targets.map(targetText).join(', ') : ''),
      },
      { title: 'QUESTION', value: (approval) => approval.question },
    ],
    'Nothing waits. What a budget holds is listed by riposte held list.',
  );
}

async function show(options: ApprovalOptions, id: string): Promise<void> {
  const approval = await callServer(readSettings(options), approvalPath(id));
  if (options.json) printJson(approval);
  else printCard(approval);
}

/** What was on the screen: exactly that is decided, and a repeat of it is known as one. */
interface Shown {
  id: string;
  digest: string;
  /** Left out of a first yes. */
  round?: number;
}

/** The digest that is sent is the one of the card that was on the screen, never one read afterwards. */
async function decide(
  decision: 'approve' | 'deny',
  ids: readonly string[],
  options: ApprovalOptions,
): Promise<void> {
  const terminal = stdin.isTTY === true;
  if (!terminal && !options.yes) {
    throw new CliError(
      exitCodes.usage,
      `Not a terminal: "riposte ${decision}" asks first. In a script, say --yes.`,
    );
  }
  const settings = readSettings(options);
  const shown: Shown[] = [];
  for (const [index, id] of ids.entries()) {
    const approval = await callServer(settings, approvalPath(id));
    if (!options.json && ids.length > 1) say(`\n${index + 1} of ${ids.length}`);
    if (!options.json) printCard(approval);
    await callServer(settings, `${approvalPath(id)}/views`, { method: 'POST' });
    if (!options.yes) await confirm(decision, approval);
    shown.push({ id, digest: String(approval.digest), ...roundSeen(approval) });
  }
  const [only, ...others] = shown;
  const comment = options.comment ?? null;
  if (only === undefined || others.length > 0) return decideAll(settings, decision, shown, options);
  const answer = await callServer(settings, `${approvalPath(only.id)}/decisions`, {
    method: 'POST',
    headers: { 'if-match': `"${only.digest}"` },
    body: { decision, comment, ...roundSeen(only) },
  });
  if (options.json) return printJson(answer);
  printOutcome(answer);
}

/** After the last card: each is judged by itself, and one refusal holds up no other. */
async function decideAll(
  settings: Settings,
  decision: 'approve' | 'deny',
  shown: readonly Shown[],
  options: ApprovalOptions,
): Promise<void> {
  const comment = options.comment ?? null;
  const answer = await callServer(settings, '/v1/approvals/decisions', {
    method: 'POST',
    body: { decisions: shown.map((each) => ({ ...each, decision, comment })) },
  });
  const items = itemsOf(answer);
  if (options.json) printJson(answer);
  else for (const item of items) printOutcome(item);
  const refused = items.filter((item) => item.ok !== true).length;
  if (refused > 0) {
    throw new CliError(exitCodes.findings, `${refused} of ${items.length} did not count.`);
  }
}

function printOutcome(answer: JsonObject): void {
  if (answer.ok === false) {
    printLine(`${oneLine(answer.id)}  not counted: ${oneLine(answer.detail)} (${oneLine(answer.code)})`);
    return;
  }
  if (answer.repeated === true && answer.stands === false) {
    printLine(`${oneLine(answer.id)}  not counted: you have taken this yes back since`);
    return;
  }
  printLine(`${oneLine(answer.id)}  ${oneLine(answer.state)}`);
  if (answer.state === 'pending')
    say(`${oneLine(answer.votes)} of ${oneLine(answer.quorum)}: it waits for more people.`);
}

async function confirm(decision: 'approve' | 'deny', approval: JsonObject): Promise<void> {
  const refusal = at(approval.refusals, decision);
  if (refusal !== undefined) {
    throw new CliError(exitCodes.findings, `You cannot ${decision} it: ${oneLine(at(refusal, 'reason'))}`);
  }
  const question = `${decision === 'approve' ? 'Approve' : 'Deny'} this? Type yes: `;
  const prompt = createInterface({ input: stdin, output: stderr });
  try {
    const typed = (await prompt.question(`\n${question}`)).trim();
    if (typed !== 'yes') throw new CliError(exitCodes.findings, 'Nothing was decided.');
  } finally {
    prompt.close();
  }
}
