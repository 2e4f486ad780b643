import { basename } from 'node:path';
import { stdout } from 'node:process';
import type { PlaybookUnderTest } from '../../engine/core/cases/playbook-under-test.ts';
import type { StoredRun } from '../../engine/core/cases/replay/stored-run.ts';
import type { Json, JsonObject } from '../../schemas/json.ts';
import { callServer } from './call-server.ts';
import { CliError, exitCodes } from './cli-error.ts';
import { compileAround } from './commands-test-load.ts';
import { findPlaybooks } from './find-playbooks.ts';
import type { CommonOptions } from './list-command.ts';
import { itemsOf, printJson, say } from './print.ts';
import { oneLine } from './server-text.ts';
import { readSettings, type Settings } from './settings.ts';

/** States in which nothing more happens. */
const ended = ['succeeded', 'failed', 'denied', 'cancelled', 'timed-out', 'undone', 'undo-incomplete'];

/** `riposte test --replay <run>`: an ended run of the server as a case of the playbook under the paths. */
export async function replay(id: string, paths: readonly string[], options: CommonOptions): Promise<void> {
  const settings = readSettings(options);
  const [{ replayRun }, { writeCases }] = await Promise.all([
    import('../../engine/core/cases/replay/replay-run.ts'),
    import('../../engine/core/cases/write-cases.ts'),
  ]);
  const run = await fetchRun(settings, id);
  const { file, under } = await findPlaybook(paths, run.playbookId);
  const replayed = replayRun(run, under);
  const same = under.loaded.digest === run.digest;
  const remarks = [
    `run ${run.id} of ${run.playbookId} ${run.version}`,
    ...(same ? [] : ['the playbook beside this file is another version than the run had']),
    ...(replayed.masked === 0 ? [] : [`${replayed.masked} masked: secrets, and texts too long to keep`]),
  ];
  const cases = { kind: 'cases/v1' as const, playbook: `./${basename(file)}`, cases: [replayed.case] };
  if (options.json) printJson(cases as unknown as JsonObject);
  else stdout.write(writeCases(cases, { above: [remarks.map(oneLine)], below: [] }));
  const wrong = [
    ...replayed.problems,
    ...replayed.differences.map(({ field, rows }) => [field, ...rows.map((row) => `  ${row}`)].join('\n')),
  ];
  if (wrong.length > 0) {
    const why = same ? '' : ' The playbook here is another version.';
    throw new CliError(
      exitCodes.findings,
      `Played offline the case does something else than the run did.${why}\n${wrong.map(oneLines).join('\n')}`,
    );
  }
  say('The case passes.');
}

function oneLines(text: string): string {
  return text.split('\n').map(oneLine).join('\n');
}

async function fetchRun(settings: Settings, id: string): Promise<StoredRun> {
  const { readStoredRun } = await import('../../engine/core/cases/replay/stored-run.ts');
  const path = `/v1/runs/${encodeURIComponent(id)}`;
  const run = await callServer(settings, path);
  if (typeof run.state !== 'string' || !ended.includes(run.state))
    throw new CliError(exitCodes.findings, `${id} is ${oneLine(run.state)}; a case needs its end.`);
  const steps = await allPages(settings, `${path}/steps`);
  const entries = await allPages(settings, `${path}/entries`);
  const children: { [runId: string]: StoredRun } = {};
  for (const step of steps) {
    // A detached call goes its own way, and its end is not this run's.
    if (typeof step.childRunId !== 'string' || step.status === 'pending') continue;
    children[step.childRunId] = await fetchRun(settings, step.childRunId);
  }
  const stored = readStoredRun(run, steps, entries, children);
  if (stored === null)
    throw new CliError(
      exitCodes.failure,
      'The server answers another shape of a run than this command knows.',
    );
  if (!stored.entries.some(({ type }) => type === 'run.finished'))
    throw new CliError(
      exitCodes.findings,
      `The last entries of ${id} are not sealed yet. Ask again in a second.`,
    );
  return stored;
}

async function allPages(settings: Settings, path: string): Promise<JsonObject[]> {
  const items: JsonObject[] = [];
  let next: Json = null;
  do {
    const query: string =
      next === null ? '?limit=200' : `?limit=200&cursor=${encodeURIComponent(String(next))}`;
    const page: JsonObject = await callServer(settings, path + query);
    items.push(...itemsOf(page));
    next = page.next ?? null;
  } while (next !== null);
  return items;
}

async function findPlaybook(
  paths: readonly string[],
  id: string,
): Promise<{ file: string; under: PlaybookUnderTest }> {
  const playbooks = await findPlaybooks(paths.map((path) => path.replace(/\.cases(\.ya?ml)$/, '$1')));
  const compiledAt = await compileAround(playbooks.map(({ file }) => file));
  for (const { file } of playbooks) {
    const compiled = compiledAt(file);
    if (compiled?.ok === true && compiled.under.loaded.plan.playbook.id === id)
      return { file, under: compiled.under };
  }
  throw new CliError(
    exitCodes.usage,
    `No playbook under ${paths.join(', ')} has the id "${id}" and compiles; name the file or folder that has it.`,
  );
}
