import type { Command } from 'commander';
import { type ClaimTest, claimWords } from '../../engine/core/identity/workload-rules.ts';
import { isJsonObject, type Json, type JsonObject } from '../../schemas/json.ts';
import { callServer } from './call-server.ts';
import { addListOptions, type CommonOptions, optionsOf, showList } from './list-command.ts';
import { at, type Column, printJson, printLine, printTable, say } from './print.ts';
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
    .command('issuers')
    .description('whose tokens programs may come in with besides, and what each rule gives')
    .action((_options: unknown, command: Command) => listIssuers(optionsOf(command)));
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

async function listIssuers(options: CommonOptions): Promise<void> {
  const answer = await callServer(readSettings(options), '/v1/issuers');
  if (options.json) return printJson(answer);
  const rules = objectsOf(answer.issuers).flatMap(({ issuer = null, audience = null, rules }) =>
    objectsOf(rules).map((rule) => ({ issuer, audience, ...rule })),
  );
  if (rules.length === 0) return say('None: RIPOSTE_ISSUERS of the server names them.');
  printTable(rules, ruleColumns);
}

const ruleColumns: readonly Column[] = [
  { title: 'RULE', value: (item) => item.name },
  { title: 'ISSUER', value: (item) => item.issuer },
  { title: 'AUDIENCE', value: (item) => item.audience },
  { title: 'ROLES', value: (item) => (Array.isArray(item.roles) ? item.roles.join(', ') : '') },
  {
    title: 'WHOM IT FITS',
    value: (item) => (objectsOf(item.claims) as unknown as ClaimTest[]).map(claimWords).join(', '),
  },
];

function objectsOf(value: Json | undefined): JsonObject[] {
  return Array.isArray(value) ? value.filter(isJsonObject) : [];
}

async function revokeToken(id: string, options: CommonOptions): Promise<void> {
  const path = `/v1/tokens/${encodeURIComponent(id)}`;
  const answer = await callServer(readSettings(options), path, { method: 'DELETE' });
  if (options.json) return printJson(answer);
  printLine(`Ended: ${id}. Nobody comes in with it any more.`);
}
