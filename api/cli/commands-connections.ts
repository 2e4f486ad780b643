import type { Command } from 'commander';
import { isJsonObject, type Json, type JsonObject } from '../../schemas/json.ts';
import { callServer } from './call-server.ts';
import { CliError, exitCodes } from './cli-error.ts';
import { type CommonOptions, optionsOf, showWhole } from './list-command.ts';
import { at, printFields, printJson, printTable, say } from './print.ts';
import { readSettings } from './settings.ts';

const path = '/v1/settings/connections';

/** The ways into other systems: whether they work, before they are needed. */
export function addConnectionsCommands(program: Command): void {
  const connections = program
    .command('connections')
    .description('the ways into other systems: whether each works, and which actions may go over it');
  connections
    .command('list', { isDefault: true })
    .description('all of them')
    .action((_options: unknown, command: Command) => list(optionsOf(command)));
  connections
    .command('show')
    .description('one of them: what the last test found, and what each action may')
    .argument('<id>', 'its system and its name, e.g. edr.emea')
    .action(async (id: string, _options: unknown, command: Command) => {
      const options = optionsOf<CommonOptions>(command);
      show(options, await callServer(readSettings(options), one(id)));
    });
  connections
    .command('test')
    .description('sign in there, read which rights it has and look at something harmless, now')
    .argument('<id>', 'its system and its name, e.g. edr.emea')
    .action((id: string, _options: unknown, command: Command) => test(id, optionsOf(command)));
}

const one = (id: string) => `${path}/${encodeURIComponent(id)}`;

function list(options: CommonOptions): Promise<void> {
  return showWhole(
    options,
    path,
    {},
    [
      { title: 'CONNECTION', value: (item) => item.id },
      { title: 'HEALTH', value: (item) => item.health },
      { title: 'MAY NOT', value: (item) => namesOf(item, 'no') },
      { title: 'TESTED AT', value: (item) => item.testedAt },
      { title: 'ANSWERED AT', value: (item) => item.answeredAt },
      { title: 'FAILED AT', value: (item) => item.failedAt },
      { title: 'WITH', value: (item) => item.failureCode },
    ],
    'No worker has a connection. RIPOSTE_CONNECTIONS names the file that they stand in.',
  );
}

/** A connection that fails or that nobody tested is a finding, so that a script notices; a missing right is one too. */
async function test(id: string, options: CommonOptions): Promise<void> {
  const item = await callServer(readSettings(options), `${one(id)}/test`, { method: 'POST' });
  show(options, item);
  if (item.waiting === true)
    throw new CliError(
      exitCodes.findings,
      `${id}: no worker has answered yet; riposte connections show ${id}`,
    );
  const state = at(item.test, 'state');
  if (state === 'failing' || state === 'limited') throw new CliError(exitCodes.findings, `${id}: ${state}`);
}

function show(options: CommonOptions, item: JsonObject): void {
  if (options.json) {
    printJson(item);
    return;
  }
  printFields([
    ['connection', item.id],
    ['health', item.health],
    ['tested at', item.testedAt],
    ['answered at', item.answeredAt],
    ['failed at', item.failedAt],
    ['with', item.failureCode],
  ]);
  if (item.test === null) {
    say('It was not tested yet.');
    return;
  }
  printTable(objectsIn(at(item.test, 'looks')), [
    { title: 'ASKED', value: (look) => look.what },
    { title: 'FOUND', value: (look) => look.code ?? 'well' },
    { title: 'SAID', value: (look) => look.text },
  ]);
  const secrets = objectsIn(at(item.test, 'secrets'));
  if (secrets.length > 0)
    printTable(secrets, [
      { title: 'SECRET', value: (secret) => secret.name },
      { title: 'FROM', value: (secret) => secret.from },
      { title: 'READABLE', value: (secret) => secret.readable },
    ]);
  printTable(objectsIn(at(item.test, 'actions')), [
    { title: 'ACTION', value: (action) => action.action },
    { title: 'MAY', value: (action) => action.may },
    { title: 'LACKS', value: (action) => textsIn(action.lacks).join(', ') },
  ]);
  for (const trouble of objectsIn(item.trouble)) say(`${String(trouble.says)} ${String(trouble.then)}`);
}

function namesOf(item: JsonObject, may: string): string {
  return objectsIn(at(item.test, 'actions'))
    .filter((action) => action.may === may)
    .map((action) => String(action.action))
    .join(', ');
}

function objectsIn(value: Json | undefined): JsonObject[] {
  return Array.isArray(value) ? value.filter(isJsonObject) : [];
}

function textsIn(value: Json | undefined): string[] {
  return Array.isArray(value) ? value.filter((each) => typeof each === 'string') : [];
}
