import { join } from 'node:path';
import type { Command } from 'commander';
import { isJsonObject, type JsonObject } from '../../../schemas/json.ts';
import { callServer } from '../call-server.ts';
import { CliError, exitCodes } from '../cli-error.ts';
import { type CommonOptions, optionsOf } from '../list-command.ts';
import { at, printFields, printJson, printLine, printTable, say } from '../print.ts';
import { oneLine } from '../server-text.ts';
import { readSettings, type Settings } from '../settings.ts';
import { signInWith } from '../sign-in.ts';
import { digestOf } from './export-log.ts';
import { printPlaces } from './print-places.ts';
import { verifyFolders } from './verify-chain.ts';

/*
 * What two people order about the log. Both prove with a one-time link who they are: a token that was taken
 * from a disk must not rewrite what the log is.
 */

const path = '/v1/audit/orders';

export interface OrderOptions extends CommonOptions {
  reason?: string;
  oldKeyLost?: true;
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
    .requiredOption('--reason <text>', 'why this database goes on, or why the key is given up')
    .option('--old-key-lost', 'the old key is lost or stolen: it does not vouch for the new one')
    .requiredOption('--sign-in <link>', 'a fresh one-time link of whoever proposes')
    .action((_options: unknown, command: Command) => proposeIncarnation(optionsOf(command)));
  incarnation
    .command('confirm')
    .description('the second one: confirm what you have read; the sequencer then begins the new log')
    .argument('<digest>', 'as `riposte audit incarnation show` prints it')
    .requiredOption('--sign-in <link>', 'a fresh one-time link of whoever confirms')
    .action((digest: string, _options: unknown, command: Command) => confirm(digest, optionsOf(command)));
}

export function addKeyCommands(audit: Command): void {
  const keys = audit
    .command('keys')
    .description('the keys that sign the log; two people change the one in force');
  keys
    .command('show')
    .description('the logs there are with the keys they have had, and what is proposed')
    .action((_options: unknown, command: Command) => show(optionsOf(command)));
  keys
    .command('rotate')
    .description('the first of two people: propose a new key, to which the one in force hands over')
    .requiredOption('--reason <text>', 'why')
    .requiredOption('--sign-in <link>', 'a fresh one-time link of whoever proposes')
    .action((_options: unknown, command: Command) => propose('key', optionsOf(command)));
  keys
    .command('confirm')
    .description('the second one; the sequencer then makes the key, and the old one hands over')
    .argument('<digest>', 'as `riposte audit keys show` prints it')
    .requiredOption('--sign-in <link>', 'a fresh one-time link of whoever confirms')
    .action((digest: string, _options: unknown, command: Command) => confirm(digest, optionsOf(command)));
}

export function addTruncateCommands(audit: Command): void {
  const truncate = audit
    .command('truncate')
    .description('retention: texts of old entries go, their hashes stay; two people order it');
  truncate
    .command('propose')
    .description('the first of two people: whole tiles that are older than RIPOSTE_AUDIT_RETENTION')
    .requiredOption(
      '--archive <folder>',
      'an export that keeps these texts; it is verified before anything is sent',
    )
    .requiredOption('--key <key>', "the log's key as you were given it, to verify the archive with")
    .requiredOption('--reason <text>', 'why')
    .requiredOption('--sign-in <link>', 'a fresh one-time link of whoever proposes')
    .action((_options: unknown, command: Command) => proposeTruncation(optionsOf(command)));
  truncate
    .command('confirm')
    .description('the second one; the sequencer says it in the log, waits for a head everywhere, and clears')
    .argument('<digest>', 'as `riposte audit incarnation show` prints it')
    .requiredOption('--sign-in <link>', 'a fresh one-time link of whoever confirms')
    .action((digest: string, _options: unknown, command: Command) => confirm(digest, optionsOf(command)));
}

function proposeIncarnation(options: OrderOptions): Promise<void> {
  return propose('incarnation', options, { oldKey: options.oldKeyLost ? 'lost' : 'good' });
}

async function proposeTruncation(options: OrderOptions & { archive: string; key: string }): Promise<void> {
  const { archive, key, reason = '' } = options;
  const { links, changedFiles } = verifyFolders(archive, [key], []);
  const [newest] = links;
  const verdict = newest?.verdict;
  if (changedFiles.length > 0 || verdict == null || !verdict.ok)
    throw new CliError(exitCodes.findings, 'The archive does not hold. Nothing was proposed.');
  const settings = readSettings(options);
  const session = await signInWith(settings, options.signIn);
  const digest = digestOf(join(archive, 'manifest.json'));
  const archived = { archive: digest, archivedLog: newest?.origin ?? '', archivedTo: verdict.entries };
  const body = { kind: 'truncation', reason, ...archived };
  tell(await callServer(settings, path, { method: 'POST', body, ...session }), options, settings);
}

export async function show(options: CommonOptions): Promise<void> {
  const state = await callServer(readSettings(options), path);
  if (options.json) return printJson(state);
  const { hold, doubt, orders, places, logs } = state;
  if (!isJsonObject(hold ?? null)) say('The log holds nothing.');
  else
    printFields([
      ['held', at(hold, 'reason')],
      ['since', at(hold, 'since')],
    ]);
  if (isJsonObject(doubt ?? null)) printDoubt(doubt as JsonObject);
  for (const order of Array.isArray(orders) ? orders.filter(isJsonObject) : []) {
    printFields([
      [oneLine(at(order, 'state')), at(order, 'terms', 'kind')],
      ['reason', at(order, 'terms', 'reason')],
      ['entries', rangeOf(order)],
      ['place', at(order, 'terms', 'place')],
      ['by', at(order, 'proposedBy')],
      ['signed', signedBy(order)],
      ['lapses', at(order, 'lapsesAt')],
      ['digest', at(order, 'digest')],
      [
        'waits for',
        Array.isArray(order.waitsFor) && order.waitsFor.length > 0
          ? order.waitsFor.map(oneLine).join(', ')
          : undefined,
      ],
    ]);
  }
  if (Array.isArray(places) && places.length > 0) printPlaces(places.filter(isJsonObject));
  printTable(Array.isArray(logs) ? logs.filter(isJsonObject) : [], [
    { title: 'LOG', value: (item) => item.log },
    { title: 'ORIGIN', value: (item) => item.origin },
    { title: 'ENTRIES', value: (item) => item.size },
    { title: 'CLOSED', value: (item) => item.closedAt ?? 'no' },
    { title: 'KEY', value: (item) => item.key },
  ]);
  for (const log of Array.isArray(logs) ? logs.filter(isJsonObject) : []) {
    for (const key of Array.isArray(log.keys) ? log.keys.filter(isJsonObject) : [])
      printLine(
        `log ${oneLine(log.log)} from entry ${oneLine(key.since)} on: ${oneLine(key.key)}${key.by == null ? '' : `, by the word of ${oneLine(key.by)}`}`,
      );
  }
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

/** @param about what this kind of order needs besides */
export async function propose(kind: string, options: OrderOptions, about: JsonObject = {}): Promise<void> {
  const settings = readSettings(options);
  const session = await signInWith(settings, options.signIn);
  const body = { kind, reason: options.reason ?? '', ...about };
  tell(await callServer(settings, path, { method: 'POST', body, ...session }), options, settings);
}

export async function confirm(digest: string, options: OrderOptions): Promise<void> {
  const settings = readSettings(options);
  const session = await signInWith(settings, options.signIn);
  tell(
    await callServer(settings, `${path}/confirm`, { method: 'POST', body: { digest }, ...session }),
    options,
    settings,
  );
}

function tell(answer: JsonObject, options: CommonOptions, settings: Settings): void {
  if (options.json) {
    printJson(answer);
    return;
  }
  const digest = oneLine(answer.digest);
  printLine(`${oneLine(answer.state)}  ${oneLine(answer.kind)}  ${digest}`);
  say(nextStep(answer, digest, settings));
}

function nextStep(answer: JsonObject, digest: string, { url }: Settings): string {
  // A terminal has no passkey.
  if (answer.toSign === true)
    return `You sign it with your passkey on ${url}/audit/log, and so does the second person who confirms it.`;
  return answer.state === 'proposed'
    ? `A second person has to read it and confirm: riposte audit ${commandOf(answer)} confirm ${digest} --sign-in <link>`
    : 'The sequencer does it now.';
}

/** With their passkeys. */
function signedBy(order: JsonObject): string {
  const who = ['proposer', 'confirmer'].filter((role) => at(order, 'signed', role) === true);
  return who.length === 0 ? 'by nobody' : `by ${who.join(' and ')}`;
}

function rangeOf(order: JsonObject): string | undefined {
  if (at(order, 'terms', 'kind') !== 'truncation') return undefined;
  const [from, to] = [at(order, 'terms', 'from'), at(order, 'terms', 'to')];
  return `from ${oneLine(from)} to before ${oneLine(to)}; archive ${oneLine(at(order, 'terms', 'archive'))}`;
}

const commands: { [kind: string]: string } = { key: 'keys', truncation: 'truncate', place: 'places' };

function commandOf({ kind }: JsonObject): string {
  return commands[String(kind)] ?? 'incarnation';
}
