import { stat } from 'node:fs/promises';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { parseExactly } from '../../engine/core/contracts/parse-exactly.ts';
import type { Mode } from '../../engine/core/contracts/plan.ts';
import type { Json, JsonObject } from '../../schemas/json.ts';
import { CliError, exitCodes } from './cli-error.ts';
import { type CommonOptions, optionsOf } from './list-command.ts';

interface RunOptions extends CommonOptions {
  dryRun?: true;
  alert?: string;
  source: string;
  trigger?: string;
  input: JsonObject;
  target?: { kind: string; id: string; name: string };
  routing?: string;
  liveReads?: true;
  mode?: Mode;
  yes?: true;
  wait?: true;
  timeout: number;
}

export function addRunCommand(program: Command): void {
  program
    .command('run')
    .description('show what a run would do, or start one by hand')
    .argument('<playbook>', 'a playbook file; to start one also the id of a published playbook')
    .option('--dry-run', 'print what would be read, asked, done and taken back; needs no server')
    .option('--alert <file>', 'with --dry-run: the alert it would be started by; - is stdin')
    .option('--source <name>', 'with --alert: the connection it comes from', 'api')
    .option('--routing <file>', 'with --dry-run: the routing file of the installation')
    .option('--live-reads', 'with --dry-run: really ask the configured systems; nothing is changed')
    .option('--trigger <id>', 'with --dry-run: only this trigger')
    .option('--target <kind:id>', 'for a start by hand, e.g. host:H17', readTarget)
    .option(
      '--input <name=value>',
      'for a start by hand; JSON, or a text as it is; repeatable',
      readInput,
      {},
    )
    .addOption(new Option('--mode <mode>', 'a more careful mode').choices(['audit', 'ask', 'enforce']))
    .option('--yes', 'start without asking; for scripts')
    .option('--wait', 'follow the run until it has ended')
    .option('--timeout <seconds>', 'with --wait: how long at most', readSeconds, 3600)
    .addHelpText(
      'after',
      `
  riposte run playbooks/ransomware/isolate-host.yaml --alert alert.json --dry-run
  riposte run ransomware-isolate-host --target host:H17 --wait

Exit codes: 0 fine, 1 nothing would be started or the run failed, 2 wrong usage, 3 no server,
4 the run ended denied, 5 --wait took longer than --timeout or the run timed out.`,
    )
    .action((playbook: string, _options: unknown, command: Command) => run(playbook, optionsOf(command)));
}

async function run(playbook: string, options: RunOptions): Promise<void> {
  return options.dryRun ? showDryRun(playbook, options) : startRun(playbook, options);
}

async function showDryRun(playbook: string, options: RunOptions): Promise<void> {
  const useless = options.wait ? '--wait' : options.yes ? '--yes' : null;
  if (useless !== null) throw new CliError(exitCodes.usage, `${useless} has nothing to say in a dry run.`);
  const byHand = Object.keys(options.input).length > 0 || options.target !== undefined;
  if (byHand && options.alert !== undefined) {
    throw new CliError(
      exitCodes.usage,
      'An alert fills the inputs itself: give --alert, or --target and --input for a start by hand, not both.',
    );
  }
  if ((await stat(playbook).catch(() => null)) === null)
    throw new CliError(exitCodes.failure, `${playbook} does not exist. A dry run needs the playbook's file.`);
  const { dryRun } = await import('./dry-run.ts');
  await dryRun(playbook, { ...options, inputs: options.input, target: options.target ?? null });
}

async function startRun(playbook: string, options: RunOptions): Promise<void> {
  const { alert, liveReads, routing, trigger } = options;
  if (alert !== undefined) {
    throw new CliError(
      exitCodes.usage,
      '--alert belongs to --dry-run. To start what an alert starts, hand it in: riposte alerts send <file>.',
    );
  }
  const only = liveReads
    ? '--live-reads'
    : routing !== undefined
      ? '--routing'
      : trigger !== undefined
        ? '--trigger'
        : null;
  if (only !== null) throw new CliError(exitCodes.usage, `${only} belongs to --dry-run.`);
  const { startByHand } = await import('./start-by-hand.ts');
  await startByHand(playbook, { ...options, inputs: options.input, target: options.target ?? null });
}

function readInput(text: string, before: JsonObject): JsonObject {
  const [, name, value] = /^([a-z][a-z0-9_]{0,47})=(.*)$/s.exec(text) ?? [];
  if (name === undefined || value === undefined)
    throw new InvalidArgumentError('Write name=value, e.g. host_id=H17 or days=3.');
  if (Object.hasOwn(before, name)) throw new InvalidArgumentError(`"${name}" is given twice.`);
  return { ...before, [name]: jsonOrText(value) };
}

/** `3`, `true`, `["a"]` and `"3"` are JSON; anything else is the text itself. */
function jsonOrText(value: string): Json {
  try {
    return parseExactly(value);
  } catch {
    return value;
  }
}

function readTarget(text: string): { kind: string; id: string; name: string } {
  const [, kind, id] = /^([a-z]+):(.+)$/.exec(text) ?? [];
  if (kind === undefined || id === undefined) throw new InvalidArgumentError('Write kind:id, e.g. host:H17.');
  return { kind, id, name: id };
}

function readSeconds(text: string): number {
  const seconds = Number(text);
  if (!Number.isInteger(seconds) || seconds < 1)
    throw new InvalidArgumentError('Write whole seconds, at least 1.');
  return seconds;
}
