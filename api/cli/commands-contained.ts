import type { Command } from 'commander';
import { isJsonObject, type Json, type JsonObject } from '../../schemas/json.ts';
import { callServer } from './call-server.ts';
import { addListOptions, type CommonOptions, optionsOf, showList } from './list-command.ts';
import { printJson, printLine, targetText } from './print.ts';
import { oneLine } from './server-text.ts';
import { readSettings } from './settings.ts';

interface ContainedOptions extends CommonOptions {
  limit?: string;
  cursor?: string;
  effect?: string;
  origin?: string;
  target?: string;
  playbook?: string;
  run?: string;
  expiring?: true;
  stuck?: true;
}

/** What is contained at this instant, and letting go of it. */
export function addContainedCommand(program: Command): void {
  addListOptions(program.command('contained'))
    .description('what is contained at this instant, newest first')
    .option('--effect <effect>', 'only one effect, e.g. network-isolated')
    .option('--origin <origin>', 'ours, found or unknown')
    .option('--target <kind:id>', 'only one target, e.g. host:H17')
    .option('--playbook <id>', 'only of one playbook')
    .option('--run <id>', 'only of one run')
    .option('--expiring', 'only those whose lease ends soon')
    .option('--stuck', 'only those whose lease has ended and waits for an engine of another version')
    .action((_options: unknown, command: Command) => listContained(optionsOf<ContainedOptions>(command)));
  program
    .command('release')
    .description('take back what is contained: one record, through guards and approvals')
    .argument('<record>')
    .requiredOption('--reason <text>', 'why')
    .action((id: string, _options: unknown, command: Command) =>
      release(id, optionsOf<CommonOptions & { reason: string }>(command)),
    );
}

function listContained(options: ContainedOptions): Promise<void> {
  const { effect, origin, target, playbook, run } = options;
  const lease = options.stuck === true ? 'stuck' : options.expiring === true ? 'expiring' : undefined;
  const narrowed = [effect, origin, target, playbook, run, lease].some((each) => each !== undefined);
  return showList(
    options,
    '/v1/holds',
    { effect, origin, target, playbook, run, lease },
    [
      { title: 'RECORD', value: (hold) => hold.id },
      { title: 'EFFECT', value: (hold) => hold.effect },
      { title: 'TARGET', value: (hold) => targetText(hold.target) },
      { title: 'ORIGIN', value: (hold) => hold.origin },
      { title: 'SINCE', value: (hold) => hold.since },
      { title: 'ENDS', value: endOf },
      {
        title: 'APPROVED BY',
        value: (hold) => (Array.isArray(hold.approvedBy) ? hold.approvedBy.join(', ') : ''),
      },
      { title: 'HELD TOO', value: (hold) => (Array.isArray(hold.others) ? hold.others.length : 0) },
      { title: 'RUN', value: (hold) => (isJsonObject(hold.run) ? hold.run.id : '') },
    ],
    narrowed ? 'Nothing of this kind is contained.' : 'Nothing is contained.',
  );
}

/** What an undo has claimed, whatever came of it, is out of the hands of its lease. */
function endOf({ state, lease }: JsonObject): Json | undefined {
  if (state !== 'done') return state;
  if (!isJsonObject(lease)) return 'never';
  if (lease.asked === true) return 'asked now';
  return lease.stuck === true ? 'stuck: needs another engine' : lease.until;
}

async function release(id: string, options: CommonOptions & { reason: string }): Promise<void> {
  const answer = await callServer(readSettings(options), `/v1/holds/${encodeURIComponent(id)}/release`, {
    method: 'POST',
    body: { reason: options.reason },
  });
  if (options.json) return printJson(answer);
  printLine(`${oneLine(answer.id)}  undoing  ${oneLine(answer.runId)}`);
}
