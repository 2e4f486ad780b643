import type { Command } from 'commander';
import { isJsonObject } from '../../schemas/json.ts';
import { callServer } from './call-server.ts';
import { tokenColumns } from './commands-tokens.ts';
import { addListOptions, type CommonOptions, optionsOf, showList } from './list-command.ts';
import { at, printJson, printLine, printTable, say } from './print.ts';
import { oneLine } from './server-text.ts';
import { readSettings } from './settings.ts';

interface AddOptions extends CommonOptions {
  role: string[];
  group?: string[];
  email?: string;
}

/** Who may sign in, and the links that let them. */
export function addPeopleCommands(program: Command): void {
  const people = program.command('people').description('who may sign in');
  people
    .command('add')
    .description('a new person, with a link that signs them in once')
    .argument('<name>', 'first and last name, in quotes')
    .requiredOption('--role <role...>', 'what they may, e.g. approver')
    .option('--group <group...>', 'groups, e.g. soc-tier2')
    .option('--email <address>', 'mail address; approvals name people by it')
    .action((name: string, _options: unknown, command: Command) =>
      addPerson(name, optionsOf<AddOptions>(command)),
    );
  people
    .command('link')
    .description('a link that signs this person in once, within 15 minutes')
    .argument('<id>', 'as `riposte people list` shows it')
    .action((id: string, _options: unknown, command: Command) => makeLink(id, optionsOf(command)));
  people
    .command('deactivate')
    .description('end sessions, links, passkeys and own tokens of somebody who has left, for good')
    .argument('<id>', 'as `riposte people list` shows it')
    .action((id: string, _options: unknown, command: Command) => deactivate(id, optionsOf(command)));
  people
    .command('unlink')
    .description('forget the account at the identity provider, so that another one can be linked')
    .argument('<id>', 'as `riposte people list` shows it')
    .action((id: string, _options: unknown, command: Command) => unlink(id, optionsOf(command)));
  addListOptions(people.command('list').description('everybody who can or could sign in, by name'))
    .option('--search <text>', 'only with this text in the name or the address')
    .action((_options: unknown, command: Command) => listPeople(optionsOf(command)));
}

async function addPerson(name: string, options: AddOptions): Promise<void> {
  const answer = await callServer(readSettings(options), '/v1/people', {
    method: 'POST',
    body: { name, roles: options.role, groups: options.group ?? [], email: options.email ?? null },
  });
  if (options.json) return printJson(answer);
  const id = oneLine(at(answer, 'person', 'id'));
  if (answer.signInLink === undefined) {
    say(`Created. An administrator makes the link: riposte people link ${id}`);
    return printLine(id);
  }
  say(`${id} can sign in once until ${oneLine(answer.linkExpiresAt)}:`);
  printLine(oneLine(answer.signInLink));
}

async function makeLink(id: string, options: CommonOptions): Promise<void> {
  const path = `/v1/people/${encodeURIComponent(id)}/sign-in-links`;
  const answer = await callServer(readSettings(options), path, { method: 'POST' });
  if (options.json) return printJson(answer);
  say(`${id} can sign in once until ${oneLine(answer.linkExpiresAt)}:`);
  printLine(oneLine(answer.signInLink));
}

async function deactivate(id: string, options: CommonOptions): Promise<void> {
  const path = `/v1/people/${encodeURIComponent(id)}`;
  const answer = await callServer(readSettings(options), path, { method: 'PATCH', body: { active: false } });
  if (options.json) return printJson(answer);
  printLine(`Deactivated: ${oneLine(answer.name)}. Nobody comes in as them any more.`);
  const left = Array.isArray(answer.serviceTokens) ? answer.serviceTokens.filter(isJsonObject) : [];
  if (left.length === 0) return;
  say('What they made for services works on. End what is not needed: riposte token revoke <id>');
  printTable(left, tokenColumns);
}

async function unlink(id: string, options: CommonOptions): Promise<void> {
  const path = `/v1/people/${encodeURIComponent(id)}/accounts`;
  const answer = await callServer(readSettings(options), path, { method: 'DELETE' });
  if (options.json) return printJson(answer);
  printLine('Unlinked, and sessions, passkeys and own tokens that were made since the link are over.');
}

function listPeople(options: CommonOptions & { search?: string }): Promise<void> {
  return showList(
    options,
    '/v1/people',
    { q: options.search },
    [
      { title: 'PERSON', value: (item) => item.id },
      { title: 'NAME', value: (item) => item.name },
      { title: 'ADDRESS', value: (item) => item.email },
      { title: 'ROLES', value: (item) => wordsOf(item.roles) },
      { title: 'GROUPS', value: (item) => wordsOf(item.groups) },
      { title: 'SIGNS IN', value: (item) => (item.active === true ? 'yes' : 'no') },
    ],
    'Nobody.',
  );
}

function wordsOf(list: unknown): string {
  return Array.isArray(list) ? list.join(', ') : '';
}
