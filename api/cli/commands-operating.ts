import type { Command } from 'commander';
import { callServer } from './call-server.ts';
import { type CommonOptions, optionsOf } from './list-command.ts';
import { at, printJson, printLine, say } from './print.ts';
import { oneLine } from './server-text.ts';
import { readSettings } from './settings.ts';
import { signInWith } from './sign-in.ts';

interface OperatingOptions extends CommonOptions {
  service?: true;
  role: string[];
  days?: string;
  signIn?: string;
}

/** Tokens. */
export function addOperatingCommands(program: Command): void {
  program
    .command('token')
    .description('what people and programs sign in with')
    .command('create')
    .description('a token that speaks as you, or one for a service; shown once')
    .argument('<name>', 'what it is for, e.g. xdr')
    .requiredOption('--role <role...>', 'what it may at most')
    .option('--service', 'for a program: never decides approvals')
    .option('--days <n>', 'at most 90')
    .option('--sign-in <link>', 'as whoever this one-time link is for, who needs no token yet')
    .action((name: string, _options: unknown, command: Command) =>
      createToken(name, optionsOf<OperatingOptions>(command)),
    );
}

async function createToken(name: string, options: OperatingOptions): Promise<void> {
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
