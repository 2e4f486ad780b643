import type { Command } from 'commander';
import { callServer } from './call-server.ts';
import { addListOptions, type CommonOptions, optionsOf, showList } from './list-command.ts';
import { at, type Column, printJson, printLine, say } from './print.ts';
import { oneLine } from './server-text.ts';
import { readSettings } from './settings.ts';
import { signInWith } from './sign-in.ts';

interface CreateOptions extends CommonOptions {
  service?: true;
  role: string[];
  days?: string;
  signIn?: string;
}

interface ListOptions extends CommonOptions {
  limit?: string;
  cursor?: string;
  left?: true;
}

/** What people and programs sign in with. */
export function addTokenCommands(program: Command): void {
  const token = program.command('token').description('what people and programs sign in with');
  token
    .command('create')
    .description('a token that speaks as you, or one for a service; shown once')
    .argument('<name>', 'what it is for, e.g. xdr')
    .requiredOption('--role <role...>', 'what it may at most')
    .option('--service', 'for a program: never decides approvals')
    .option('--days <n>', 'at most 90')
    .option('--sign-in <link>', 'as whoever this one-time link is for, who needs no token yet')
    .action((name: string, _options: unknown, command: Command) =>
      createToken(name, optionsOf<CreateOptions>(command)),
    );
  addListOptions(token.command('list').description('tokens without their secrets, newest first'))
    .option('--left', 'only those that work and were made by somebody who has left')
    .action((_options: unknown, command: Command) => listTokens(optionsOf<ListOptions>(command)));
  token
    .command('revoke')
    .description('end a token at once')
    .argument('<id>', 'as `riposte token list` shows it')
    .action((id: string, _options: unknown, command: Command) => revokeToken(id, optionsOf(command)));
}

/** Of tokens wherever they are listed. */
export const tokenColumns: readonly Column[] = [
  { title: 'TOKEN', value: (item) => item.id },
  { title: 'NAME', value: (item) => item.name },
  { title: 'FOR', value: (item) => (item.kind === 'service' ? 'a service' : 'a person') },
  { title: 'ROLES', value: (item) => (Array.isArray(item.roles) ? item.roles.join(', ') : '') },
  {
    title: 'MADE BY',
    value: (item) =>
      `${item.createdByName ?? item.createdBy}${item.createdByLeft === true ? ' (has left)' : ''}`,
  },
  { title: 'ENDS', value: (item) => (item.revokedAt === null ? item.expiresAt : 'revoked') },
];

async function createToken(name: string, options: CreateOptions): Promise<void> {
  const settings = readSettings(options);
  const answer = await callServer(settings, '/v1/tokens', {
    method: 'POST',
    ...(options.signIn !== undefined && (await signInWith(settings, options.signIn))),
    body: {
      kind: options.service ? 'service' : 'person',
      name,
      roles: options.role,
      ...(options.days !== undefined && { days: Number(options.days) }),
    },
  });
  if (options.json) return printJson(answer);
  say(`Shown once; valid until ${oneLine(at(answer, 'token', 'expiresAt'))}.`);
  printLine(oneLine(answer.secret));
}

function listTokens(options: ListOptions): Promise<void> {
  const filter = options.left ? { createdByLeft: 'true', works: 'true' } : {};
  return showList(options, '/v1/tokens', filter, tokenColumns, 'None.');
}

async function revokeToken(id: string, options: CommonOptions): Promise<void> {
  const path = `/v1/tokens/${encodeURIComponent(id)}`;
  const answer = await callServer(readSettings(options), path, { method: 'DELETE' });
  if (options.json) return printJson(answer);
  printLine(`Ended: ${id}. Nobody comes in with it any more.`);
}
