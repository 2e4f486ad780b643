import type { Command } from 'commander';
import { isJsonObject, type JsonObject } from '../../../schemas/json.ts';
import { callServer } from '../call-server.ts';
import { type CommonOptions, optionsOf } from '../list-command.ts';
import { at, printFields, printJson, printLine, printTable, say } from '../print.ts';
import { oneLine } from '../server-text.ts';
import { readSettings } from '../settings.ts';
import { signInWith } from '../sign-in.ts';

/*
 * What two people order about the log. Both prove with a one-time link who they are: a token that was taken
 * from a disk must not rewrite what the log is.
 */

const path = '/v1/audit/orders';

interface OrderOptions extends CommonOptions {
  reason?: string;
  signIn: string;
}

export function addIncarnationCommands(audit: Command): void {
  const incarnation = audit
    .command('incarnation')
    .description('a log that is in doubt holds containment; two people begin a new one');
  incarnation
    .command('show')
    .description('why it is held, what is known here and outside, what is proposed, and the logs there are')
    .action((_options: unknown, command: Command) => show(optionsOf(command)));
  incarnation
    .command('propose')
    .description('the first of two people: propose a new log')
    .requiredOption('--reason <text>', 'why this database goes on')
    .requiredOption('--sign-in <link>', 'a fresh one-time link of whoever proposes')
    .action((_options: unknown, command: Command) => propose('incarnation', optionsOf(command)));
  incarnation
    .command('confirm')
    .description('the second one: confirm what you have read; the sequencer then begins the new log')
    .argument('<digest>', 'as `riposte audit incarnation show` prints it')
    .requiredOption('--sign-in <link>', 'a fresh one-time link of whoever confirms')
    .action((digest: string, _options: unknown, command: Command) => confirm(digest, optionsOf(command)));
}

async function show(options: CommonOptions): Promise<void> {
  const state = await callServer(readSettings(options), path);
  if (options.json) return printJson(state);
  const { hold, doubt, order, logs } = state;
  if (!isJsonObject(hold ?? null)) say('The log holds nothing.');
  else
    printFields([
      ['held', at(hold, 'reason')],
      ['since', at(hold, 'since')],
    ]);
  if (isJsonObject(doubt ?? null)) printDoubt(doubt as JsonObject);
  if (isJsonObject(order ?? null)) {
    printFields([
      [oneLine(at(order, 'state')), at(order, 'terms', 'kind')],
      ['reason', at(order, 'terms', 'reason')],
      ['by', at(order, 'proposedBy')],
      ['digest', at(order, 'digest')],
    ]);
  }
  printTable(Array.isArray(logs) ? logs.filter(isJsonObject) : [], [
    { title: 'LOG', value: (item) => item.log },
    { title: 'ORIGIN', value: (item) => item.origin },
    { title: 'ENTRIES', value: (item) => item.size },
    { title: 'CLOSED', value: (item) => item.closedAt ?? 'no' },
    { title: 'KEY', value: (item) => item.key },
  ]);
}

function printDoubt(doubt: JsonObject): void {
  const checkpoint = at(doubt, 'checkpoint');
  printFields([
    ['log', doubt.origin],
    ['this database', `${oneLine(doubt.size)} entries, root ${oneLine(doubt.root ?? 'unknown')}`],
    [
      'its checkpoint',
      isJsonObject(checkpoint ?? null)
        ? `${oneLine(at(checkpoint, 'size'))} entries, root ${oneLine(at(checkpoint, 'root'))}`
        : 'none',
    ],
  ]);
  for (const place of Array.isArray(doubt.places) ? doubt.places.filter(isJsonObject) : []) {
    const said =
      place.unknown === undefined
        ? `${oneLine(place.size)} entries, root ${oneLine(place.root ?? 'none')}`
        : oneLine(place.unknown);
    printLine(`${oneLine(place.place)}: ${said}`);
  }
}

async function propose(kind: string, options: OrderOptions): Promise<void> {
  const settings = readSettings(options);
  const session = await signInWith(settings, options.signIn);
  const body = { kind, reason: options.reason ?? '' };
  tell(await callServer(settings, path, { method: 'POST', body, ...session }), options);
}

async function confirm(digest: string, options: OrderOptions): Promise<void> {
  const settings = readSettings(options);
  const session = await signInWith(settings, options.signIn);
  tell(
    await callServer(settings, `${path}/confirm`, { method: 'POST', body: { digest }, ...session }),
    options,
  );
}

function tell(answer: JsonObject, options: CommonOptions): void {
  if (options.json) {
    printJson(answer);
    return;
  }
  const digest = oneLine(answer.digest);
  printLine(`${oneLine(answer.state)}  ${oneLine(answer.kind)}  ${digest}`);
  say(
    answer.state === 'proposed'
      ? `A second person has to read it and confirm: riposte audit incarnation confirm ${digest} --sign-in <link>`
      : 'The sequencer does it now.',
  );
}
