import type { Command } from 'commander';
import { readArgument } from '../../engine/core/approval/read-argument.ts';
import { isJsonObject, type JsonObject } from '../../schemas/json.ts';
import { approvalPath } from './approval-path.ts';
import { callServer } from './call-server.ts';
import { printCard } from './card.ts';
import { CliError, exitCodes } from './cli-error.ts';
import { type CommonOptions, optionsOf } from './list-command.ts';
import { at, printJson, printLine, say } from './print.ts';
import { oneLine } from './server-text.ts';
import { readSettings } from './settings.ts';

interface WithdrawOptions extends CommonOptions {
  comment?: string;
}

interface EditOptions extends CommonOptions {
  set: string[];
  comment?: string;
}

/** What people do with a question besides deciding: change what is asked, take a yes back, ask for more time. */
export function addApprovalEdits(approvals: Command): void {
  approvals
    .command('edit')
    .description('change arguments before anybody decides; it is then asked anew')
    .argument('<id>')
    .requiredOption('--set <name=value...>', 'an argument that the card lists as changeable')
    .option('--comment <text>', 'why')
    .action((id: string, _options: unknown, command: Command) => edit(id, optionsOf<EditOptions>(command)));
  approvals
    .command('withdraw')
    .description('take your yes back, while the quorum is open')
    .argument('<id>')
    .option('--comment <text>', 'why')
    .action((id: string, _options: unknown, command: Command) =>
      withdraw(id, optionsOf<WithdrawOptions>(command)),
    );
  approvals
    .command('extend')
    .description('fifteen more minutes, once')
    .argument('<id>')
    .action((id: string, _options: unknown, command: Command) =>
      extend(id, optionsOf<CommonOptions>(command)),
    );
}

/** The digest that is sent is the one of the card from which the kinds of the values were read. */
async function edit(id: string, options: EditOptions): Promise<void> {
  const pairs = options.set.map(pairOf);
  const settings = readSettings(options);
  const approval = await callServer(settings, approvalPath(id));
  const values = Object.fromEntries(pairs.map(([name, typed]) => [name, readValue(approval, name, typed)]));
  const answer = await callServer(settings, `${approvalPath(id)}/edits`, {
    method: 'POST',
    headers: { 'if-match': `"${String(approval.digest)}"` },
    body: { arguments: values, comment: options.comment ?? null },
  });
  if (options.json) return printJson(answer);
  const next = at(answer.next, 'id');
  if (typeof next !== 'string') {
    say('Changed. Nothing is asked for now: a guard refuses the new form, or a stop holds it.');
    return printLine(`${oneLine(answer.id)}  ${oneLine(answer.state)}`);
  }
  printCard(await callServer(settings, approvalPath(next)));
  say(`Changed. ${oneLine(id)} is closed, and ${oneLine(next)} is asked in its place. No vote counts yet.`);
}

async function extend(id: string, options: CommonOptions): Promise<void> {
  const answer = await callServer(readSettings(options), `${approvalPath(id)}/extend`, { method: 'POST' });
  if (options.json) return printJson(answer);
  printLine(`${oneLine(answer.id)}  until ${oneLine(answer.expiresAt)}`);
}

async function withdraw(id: string, options: WithdrawOptions): Promise<void> {
  const answer = await callServer(readSettings(options), `${approvalPath(id)}/withdraw`, {
    method: 'POST',
    body: { comment: options.comment ?? null },
  });
  if (options.json) return printJson(answer);
  printLine(`${oneLine(answer.id)}  ${oneLine(answer.state)}`);
  const before =
    answer.repeated === true ? 'You had taken it back before. ' : 'Your yes does not count any more. ';
  say(`${before}${oneLine(answer.votes)} of ${oneLine(answer.quorum)}.`);
}

function pairOf(pair: string): [name: string, typed: string] {
  const equals = pair.indexOf('=');
  if (equals < 1) {
    throw new CliError(
      exitCodes.usage,
      `"${oneLine(pair)}": write --set name=value, e.g. --set scope=selective`,
    );
  }
  return [pair.slice(0, equals), pair.slice(equals + 1)];
}

/** An argument that is not changeable goes to the server as text: its refusal is written down there. */
function readValue(approval: JsonObject, name: string, typed: string) {
  const editable = at(approval.card, 'editable');
  const field = (Array.isArray(editable) ? editable : []).find((each) => at(each, 'name') === name);
  const schema = at(field, 'schema');
  const read = readArgument(isJsonObject(schema) ? schema : { type: 'string' }, typed);
  if (read.ok) return read.value;
  throw new CliError(
    exitCodes.usage,
    `"${oneLine(name)}" takes ${read.wanted}; a list is --set '${oneLine(name)}=["a", "b"]'`,
  );
}
