import { type Command, Option } from 'commander';
import { isJsonObject, type Json, type JsonObject } from '../../schemas/json.ts';
import { callServer } from './call-server.ts';
import { CliError, exitCodes } from './cli-error.ts';
import { addListOptions, type CommonOptions, optionsOf, showList, showWhole } from './list-command.ts';
import { at, itemsOf, printFields, printJson, printTable, say, targetText } from './print.ts';
import { readSettings } from './settings.ts';

interface ListOptions extends CommonOptions {
  status?: string;
  playbook?: string;
  target?: string;
  since?: string;
  outcome?: string;
  search?: string;
  mode?: string;
  on?: true;
  off?: true;
  limit?: string;
  cursor?: string;
}

/** Runs, actions and playbooks: what is going on, without changing any of it. */
export function addLookingCommands(program: Command): void {
  addListOptions(program.command('runs'))
    .description('runs, newest first; with an id that run and its steps')
    .argument('[id]')
    .option('--status <words>', 'e.g. waiting,running')
    .option('--playbook <id>', 'only of this playbook')
    .option('--target <kind:id>', 'e.g. host:H17')
    .option('--since <time>', 'RFC 3339')
    .action((id: string | undefined, _options: unknown, command: Command) => {
      const options = optionsOf<ListOptions>(command);
      return id === undefined ? listRuns(options) : showRun(options, id);
    });

  addListOptions(program.command('actions'))
    .description('what was and is being done to targets')
    .option('--status <words>', 'queued, claimed, done, lost, revoked')
    .option('--outcome <words>', 'succeeded, accepted, failed, unknown')
    .option('--target <kind:id>', 'e.g. host:H17')
    .option('--since <time>', 'RFC 3339')
    .action(async (_options: unknown, command: Command) => {
      const options = optionsOf<ListOptions>(command);
      const { status, outcome, target, since } = options;
      await showList(
        options,
        '/v1/actions',
        { status, outcome, target, since },
        [
          { title: 'ATTEMPT', value: (action) => action.id },
          { title: 'ACTION', value: (action) => action.action },
          { title: 'TARGET', value: (action) => targetText(action.target) },
          { title: 'STATE', value: (action) => action.state },
          { title: 'OUTCOME', value: (action) => action.outcome },
          { title: 'AT', value: (action) => action.createdAt },
          { title: 'RUN', value: (action) => at(action, 'run', 'id') },
        ],
        'Nothing was done yet.',
      );
    });

  addListOptions(program.command('playbooks'))
    .description('all playbooks by id; with --limit or --cursor one page of them')
    .option('--search <text>', 'only with this text in the title or the id')
    .addOption(new Option('--mode <mode>', 'only of this mode').choices(['audit', 'ask', 'enforce']))
    .option('--on', 'only those that are on')
    .option('--off', 'only those that are off')
    .action((_options: unknown, command: Command) => listPlaybooks(optionsOf<ListOptions>(command)));
}

function listPlaybooks(options: ListOptions): Promise<void> {
  const { search: q, mode, on, off, limit, cursor } = options;
  if (on && off) throw new CliError(exitCodes.usage, 'Say --on or --off, not both.');
  const enabled = on ? 'true' : off ? 'false' : undefined;
  const show = limit === undefined && cursor === undefined ? showWhole : showList;
  return show(
    options,
    '/v1/playbooks',
    { q, mode, enabled },
    [
      { title: 'PLAYBOOK', value: (playbook) => playbook.id },
      { title: 'VERSION', value: (playbook) => playbook.version },
      {
        title: 'MODE',
        value: (playbook) => (playbook.enabled === true ? playbook.mode : 'disabled'),
      },
      { title: 'IMPACT', value: (playbook) => playbook.impact },
      { title: 'TITLE', value: (playbook) => playbook.title },
    ],
    'No playbooks. Publish one: riposte publish playbooks/…',
  );
}

function listRuns(options: ListOptions): Promise<void> {
  const { status, playbook, target, since } = options;
  return showList(
    options,
    '/v1/runs',
    { status, playbook, target, since },
    [
      { title: 'RUN', value: (run) => run.id },
      { title: 'STATE', value: (run) => run.state },
      { title: 'STARTED', value: (run) => run.startedAt ?? 'not yet' },
      {
        title: 'PLAYBOOK',
        value: (run) => `${at(run, 'playbook', 'title')} ${at(run, 'playbook', 'version')}`,
      },
      { title: 'ALERT', value: (run) => at(run, 'alert', 'title') },
    ],
    'No runs.',
  );
}

async function showRun(options: ListOptions, id: string): Promise<void> {
  const settings = readSettings(options);
  const path = `/v1/runs/${encodeURIComponent(id)}`;
  const [run, steps] = await Promise.all([
    callServer(settings, path),
    callServer(settings, `${path}/steps?limit=200`),
  ]);
  if (options.json) return printJson({ ...run, stepItems: itemsOf(steps) });
  printFields([
    ['run', run.id],
    ['state', run.state],
    ['playbook', `${at(run, 'playbook', 'title')} ${at(run, 'playbook', 'version')}`],
    ['alert', at(run, 'alert', 'title')],
    ['mode', modeOf(run)],
    ['waiting for', waitsOf(run.waitingFor)],
    ['reason', run.reason],
    ['approvals', Array.isArray(run.pendingApprovals) ? run.pendingApprovals.join(' ') : null],
  ]);
  printTable(itemsOf(steps), [
    { title: 'STEP', value: (step) => step.path },
    { title: 'STATUS', value: (step) => [step.status, step.phase].filter(Boolean).join(' ') },
    { title: 'ACTION', value: (step) => step.action },
    { title: 'TARGET', value: (step) => targetText(step.target) },
    { title: 'NAME', value: (step) => step.name },
  ]);
  if (typeof steps.next === 'string')
    say(`There are more steps: ${path}/steps and ${path}/scopes list them.`);
}

function modeOf({ mode, askedMode }: JsonObject): Json | undefined {
  return typeof askedMode === 'string'
    ? `${mode} (asked for: ${askedMode}; the guardrails allow no more)`
    : mode;
}

const waits: { readonly [kind: string]: string } = {
  approval: 'a person about',
  stop: 'the end of an emergency stop, of the pause, or of an undo of the same effect, at',
  wait: 'its time or signal at',
  place: 'its place in the group at',
  inside: 'what runs inside',
};

function waitsOf(waitingFor: Json | undefined): string {
  const items = Array.isArray(waitingFor) ? waitingFor.filter(isJsonObject) : [];
  return items.map(({ kind, step }) => `${waits[String(kind)] ?? kind} ${step}`).join(', ');
}
