import type { Command } from 'commander';
import { isJsonObject, type JsonObject } from '../../schemas/json.ts';
import { addListOptions, type CommonOptions, optionsOf, showList } from './list-command.ts';
import { at } from './print.ts';

interface Options extends CommonOptions {
  limit?: string;
  cursor?: string;
}

/** For reading alone: that something is in order, or was not them, people say in the console. */
export function addAccountCommand(program: Command): void {
  addListOptions(
    program
      .command('account')
      .description('what happened to your account, or somebody’s: passkeys, tokens, sign-in links, roles')
      .argument('[id]', 'whose, as `riposte people list` shows it'),
  ).action((id: string | undefined, _options: unknown, command: Command) =>
    listAccountEvents(id, optionsOf<Options>(command)),
  );
}

function listAccountEvents(id: string | undefined, options: Options): Promise<void> {
  const path =
    id === undefined ? '/v1/me/account-events' : `/v1/people/${encodeURIComponent(id)}/account-events`;
  return showList(
    options,
    path,
    {},
    [
      { title: 'AT', value: (item) => item.at },
      { title: 'WHAT', value: (item) => item.kind },
      { title: 'OF', value: (item) => at(item, 'subject', 'name') ?? at(item, 'subject', 'id') },
      { title: 'FACTS', value: factsOf },
      { title: 'BY', value: (item) => at(item, 'by', 'name') ?? at(item, 'by', 'id') },
      { title: 'THROUGH', value: (item) => at(item, 'by', 'channel') },
      { title: 'SAID', value: saidOf },
    ],
    'Nothing happened in the last 90 days.',
  );
}

function factsOf({ facts, usedAt }: JsonObject): string {
  const told = Object.entries(isJsonObject(facts) ? facts : {}).flatMap(([name, fact]) => {
    if (fact === null || fact === 0 || (Array.isArray(fact) && fact.length === 0)) return [];
    return [`${name}=${Array.isArray(fact) ? fact.join(',') : String(fact)}`];
  });
  return [...told, ...(typeof usedAt === 'string' ? [`used=${usedAt}`] : [])].join(' ');
}

function saidOf({ disputedAt, confirmedAt, acknowledgedAt }: JsonObject): string {
  if (disputedAt !== null) return 'not them';
  if (confirmedAt !== null) return 'in order';
  return acknowledgedAt === null ? 'nothing yet' : 'in order, not confirmed';
}
