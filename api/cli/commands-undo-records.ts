import type { Command } from 'commander';
import { isJsonObject, type Json, type JsonObject } from '../../schemas/json.ts';
import { callServer } from './call-server.ts';
import { CliError, exitCodes } from './cli-error.ts';
import { addListOptions, type CommonOptions, optionsOf, showList } from './list-command.ts';
import { itemsOf, printJson, printLine, printTable, targetText } from './print.ts';
import { oneLine } from './server-text.ts';
import { readSettings } from './settings.ts';

interface ListOptions extends CommonOptions {
  limit?: string;
  cursor?: string;
  state?: string;
  system?: string;
  target?: string;
  incident?: string;
  run?: string;
}

interface RetryOptions extends CommonOptions {
  reason?: string;
  overwrite?: true;
}

/** `riposte undo` has an option of that name too and reads it first, so that commander cannot demand it here. */
function reasonOf({ reason }: RetryOptions): string {
  if (reason === undefined) throw new CliError(exitCodes.usage, 'Say why: --reason.');
  return reason;
}

/** What could not be taken back, over all runs: `riposte undo list`, `retry` and `accept`. */
export function addUndoRecordCommands(undo: Command): void {
  addListOptions(undo.command('list'))
    .description('what could not be taken back, over all runs, newest first')
    .option(
      '--state <states>',
      'undo-failed, changed-since, undoing or left-as-is; default: what waits for a person',
    )
    .option('--system <system>', 'only of one system, e.g. edr')
    .option('--target <kind:id>', 'only of one target, e.g. host:H17')
    .option('--incident <id>', 'only of one incident')
    .option('--run <id>', 'only of one run')
    .action((_options: unknown, command: Command) => listRecords(optionsOf<ListOptions>(command)));
  undo
    .command('retry')
    .description(
      'take records back again, each by itself; a target that was changed since is looked at again',
    )
    .argument('<record...>')
    .option('--reason <text>', 'why; needed')
    .option('--overwrite', 'also over a target that was changed since: people are asked about what was found')
    .action((ids: string[], _options: unknown, command: Command) =>
      retry(ids, optionsOf<RetryOptions>(command)),
    );
  undo
    .command('accept')
    .description('leave the target as it is and close the record; nothing is sent')
    .argument('<record>')
    .option('--reason <text>', 'why; needed')
    .action((id: string, _options: unknown, command: Command) =>
      acceptAsIs(id, optionsOf<RetryOptions>(command)),
    );
}

function listRecords(options: ListOptions): Promise<void> {
  const { state, system, target, incident, run } = options;
  return showList(
    options,
    '/v1/undo',
    { state, system, target, incident, run },
    [
      { title: 'RECORD', value: (record) => record.id },
      { title: 'STATE', value: (record) => record.state },
      { title: 'ACTION', value: (record) => record.action },
      { title: 'TARGET', value: (record) => targetText(record.target) },
      { title: 'FOUND', value: (record) => foundText(record.changed) },
      { title: 'RUN', value: (record) => (isJsonObject(record.run) ? record.run.id : '') },
      { title: 'WHY', value: (record) => (isJsonObject(record.failure) ? record.failure.message : '') },
    ],
    'Nothing of this kind is left.',
  );
}

function foundText(changed: Json | undefined): string {
  if (!isJsonObject(changed) || !isJsonObject(changed.found)) return '';
  return Object.entries(changed.found)
    .map(([name, value]) => `${name}=${String(value)}`)
    .join(' ');
}

/** The digest that is sent is the one of the state that the list shows at this moment. */
async function retry(ids: string[], options: RetryOptions): Promise<void> {
  const settings = readSettings(options);
  const records: JsonObject[] = [];
  for (const id of ids) records.push({ id, ...(options.overwrite === true && (await seen(options, id))) });
  const body = { reason: reasonOf(options), records };
  show(options, itemsOf(await callServer(settings, '/v1/undo/retry', { method: 'POST', body })));
}

async function seen(options: CommonOptions, id: string): Promise<JsonObject> {
  const { changed } = await callServer(readSettings(options), `/v1/undo/${encodeURIComponent(id)}`);
  return isJsonObject(changed) && changed.digest !== undefined ? { overwrite: changed.digest } : {};
}

async function acceptAsIs(id: string, options: RetryOptions): Promise<void> {
  const answer = await callServer(readSettings(options), `/v1/undo/${encodeURIComponent(id)}/accept`, {
    method: 'POST',
    body: { reason: reasonOf(options) },
  });
  if (options.json) return printJson(answer);
  printLine(`${oneLine(answer.id)}  ${oneLine(answer.state)}`);
}

function show(options: CommonOptions, items: readonly JsonObject[]): void {
  if (options.json) printJson({ items: [...items] });
  else
    printTable(items, [
      { title: 'RECORD', value: (item) => item.id },
      { title: 'STATE', value: (item) => (item.ok === true ? 'undoing' : 'refused') },
      { title: 'RUN', value: (item) => item.runId ?? '' },
      { title: 'WHY', value: (item) => item.detail ?? '' },
    ]);
  const refused = items.filter((item) => item.ok !== true);
  if (refused.length > 0)
    throw new CliError(
      exitCodes.findings,
      `${refused.length} of ${items.length} not begun: ${oneLine(refused[0]?.detail)}`,
    );
}
