import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { callServer } from './call-server.ts';
import { CliError, exitCodes } from './cli-error.ts';
import { type CommonOptions, optionsOf, showWhole } from './list-command.ts';
import { printJson, printLine } from './print.ts';
import { oneLine } from './server-text.ts';
import { readSettings } from './settings.ts';

const path = '/v1/settings/streams';

interface AddOptions extends CommonOptions {
  secret?: string;
  types?: string;
  kind?: string;
  authority?: string;
}

/** Where sealed entries are told outside. */
export function addStreamsCommands(program: Command): void {
  const streams = program
    .command('streams')
    .description('where entries of the log are told outside, how far each is and what it met');
  streams
    .command('list', { isDefault: true })
    .description('all of them')
    .action((_options: unknown, command: Command) => list(optionsOf(command)));
  streams
    .command('add')
    .description('tell entries from now on, at least once and in order: to a webhook, or over a line')
    .argument('<id>', 'a name of yours, e.g. siem')
    .argument('<address>', 'e.g. https://siem.example.org/hook or tls://siem.example.org:6514')
    .option('--kind <word>', 'webhook (default), syslog or json-lines')
    .option('--secret <variable>', 'of a webhook, e.g. STREAM_SECRET_SIEM; never the secret itself')
    .option('--authority <file>', 'of a line over TLS: certificates in PEM that vouch for the receiver')
    .option('--types <words>', 'e.g. approval.*,action.succeeded; all when left out')
    .action((id: string, address: string, _options: unknown, command: Command) =>
      add(id, address, optionsOf(command)),
    );
  for (const { verb, says, done } of verbs) {
    streams
      .command(verb)
      .description(says)
      .argument('<id>')
      .action(async (id: string, _options: unknown, command: Command) => {
        const options = optionsOf<CommonOptions>(command);
        const call = { method: verb === 'remove' ? 'DELETE' : 'POST' } as const;
        const one = `${path}/${encodeURIComponent(id)}`;
        await callServer(readSettings(options), verb === 'remove' ? one : `${one}/${verb}`, call);
        report(options, id, done);
      });
  }
  streams
    .command('test')
    .description('send one message of type stream.test now')
    .argument('<id>')
    .action((id: string, _options: unknown, command: Command) => test(id, optionsOf(command)));
}

const verbs = [
  { verb: 'pause', says: 'keep its place in the log and send nothing', done: 'paused' },
  { verb: 'resume', says: 'go on where it was; one that fails is tried at once', done: 'resumed' },
  { verb: 'remove', says: 'tell it nothing any more; its place in the log is forgotten', done: 'removed' },
] as const;

function list(options: CommonOptions): Promise<void> {
  return showWhole(
    options,
    path,
    {},
    [
      { title: 'STREAM', value: (stream) => stream.id },
      { title: 'KIND', value: (stream) => stream.kind },
      { title: 'STATE', value: (stream) => stream.state },
      { title: 'BEHIND', value: (stream) => stream.lag },
      { title: 'TAKEN AT', value: (stream) => stream.lastSentAt },
      { title: 'NEXT TRY', value: (stream) => stream.nextTryAt },
      { title: 'LAST ERROR', value: (stream) => stream.lastError },
      { title: 'ADDRESS', value: (stream) => stream.url },
    ],
    'Nothing is told outside. Begin: riposte streams add siem https://… --secret STREAM_SECRET_SIEM',
  );
}

async function add(id: string, url: string, options: AddOptions): Promise<void> {
  const { secret, types, kind, authority } = options;
  const body = {
    id,
    url,
    ...(kind !== undefined && { kind }),
    ...(secret !== undefined && { secretName: secret }),
    ...(authority !== undefined && { authority: readPem(authority) }),
    ...(types !== undefined && { types: types.split(',') }),
  };
  await callServer(readSettings(options), path, { method: 'POST', body });
  report(options, id, 'added');
}

function readPem(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    throw new CliError(exitCodes.usage, `${file} cannot be read.`);
  }
}

/** A receiver that did not take it is a finding, so that a script notices. */
async function test(id: string, options: CommonOptions): Promise<void> {
  const call = { method: 'POST' } as const;
  const answer = await callServer(readSettings(options), `${path}/${encodeURIComponent(id)}/test`, call);
  if (options.json) printJson(answer);
  else if (answer.taken === true) printLine(`taken    ${id}`);
  if (answer.taken !== true) throw new CliError(exitCodes.findings, `${id}: ${oneLine(answer.error)}`);
}

function report(options: CommonOptions, id: string, done: string): void {
  if (options.json) printJson({ id, state: done });
  else printLine(`${done.padEnd(8)} ${id}`);
}
