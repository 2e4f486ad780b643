import type { Command } from 'commander';
import { callServer } from './call-server.ts';
import { CliError, exitCodes } from './cli-error.ts';
import { type CommonOptions, optionsOf } from './list-command.ts';
import { at, printJson, printLine, say } from './print.ts';
import { oneLine } from './server-text.ts';
import { readSettings } from './settings.ts';
import { signInWith } from './sign-in.ts';

interface OperatingOptions extends CommonOptions {
  reason: string;
  system?: string;
  playbook?: string;
  service?: true;
  role: string[];
  days?: string;
  signIn?: string;
}

/** Emergency stop and tokens. */
export function addOperatingCommands(program: Command): void {
  for (const verb of ['stop', 'resume'] as const) {
    program
      .command(verb)
      .description(
        verb === 'stop'
          ? 'the emergency stop: nothing is contained or eradicated any more'
          : 'lift the stop; it takes two people',
      )
      .requiredOption('--reason <text>', 'why')
      .option('--system <name>', 'only this target system')
      .option('--playbook <id>', 'only this playbook')
      .action((_options: unknown, command: Command) => setStop(verb, optionsOf<OperatingOptions>(command)));
  }

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

async function setStop(verb: 'stop' | 'resume', options: OperatingOptions): Promise<void> {
  const { system, playbook, reason } = options;
  if (system !== undefined && playbook !== undefined) {
    throw new CliError(exitCodes.usage, 'Say --system or --playbook, not both.');
  }
  const scope = system !== undefined ? 'system' : playbook !== undefined ? 'playbook' : 'everything';
  const answer = await callServer(readSettings(options), verb === 'stop' ? '/v1/stops' : '/v1/stops/clear', {
    method: 'POST',
    body: { scope, subject: system ?? playbook ?? '*', reason },
  });
  if (options.json) return printJson(answer);
  const what = scope === 'everything' ? scope : `${scope} ${oneLine(answer.subject)}`;
  if (verb === 'stop')
    return printLine(
      `Stopped: ${what}. Nothing is contained or eradicated any more; releases, looks and messages go on.`,
    );
  printLine(
    answer.state === 'cleared'
      ? `Resumed: ${what}.`
      : `Asked for: ${what}. A second person has to resume it too, within an hour.`,
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
