import { stat } from 'node:fs/promises';
import { stderr, stdin } from 'node:process';
import { createInterface } from 'node:readline/promises';
import type { Mode } from '../../engine/core/contracts/plan.ts';
import type { JsonObject } from '../../schemas/json.ts';
import { callOnce } from './call-once.ts';
import { callServer } from './call-server.ts';
import { CliError, exitCodes } from './cli-error.ts';
import { followRun } from './follow-run.ts';
import type { CommonOptions } from './list-command.ts';
import { loadPlaybook } from './load-playbook.ts';
import { at, printJson, printLine, say } from './print.ts';
import { oneLine } from './server-text.ts';
import { readSettings, type Settings } from './settings.ts';

/* A start by hand over the API, after a yes. */

export interface StartOptions extends CommonOptions {
  inputs: JsonObject;
  target: { kind: string; id: string; name: string } | null;
  mode?: Mode;
  yes?: true;
  wait?: true;
  timeout: number;
}

export async function startByHand(playbook: string, options: StartOptions): Promise<void> {
  if (!options.yes && stdin.isTTY !== true) {
    throw new CliError(
      exitCodes.usage,
      'This starts a run that may act on real systems. Say --yes, or look first with --dry-run.',
    );
  }
  const settings = readSettings(options);
  const id = await publishedId(settings, playbook);
  if (!options.yes) await confirm(id, options);
  const { target, inputs, mode } = options;
  const started = await callOnce(settings, '/v1/runs', {
    playbookId: id,
    inputs,
    ...(target !== null && { target }),
    ...(mode !== undefined && { mode }),
  });
  const runId = oneLine(started.id);
  if (!options.wait) {
    if (options.json) printJson(started);
    else printLine(`${runId}  ${oneLine(started.state)}`);
    return;
  }
  say(`${runId} has started.`);
  await followRun(settings, runId, options);
}

/** The id, or a file whose very text is what the server would run. */
async function publishedId(settings: Settings, playbook: string): Promise<string> {
  if ((await stat(playbook).catch(() => null)) === null) return playbook;
  const { loaded } = await loadPlaybook(playbook);
  const { id } = loaded.plan.playbook;
  const published = await callServer(settings, `/v1/playbooks/${encodeURIComponent(id)}`);
  if (at(published, 'digest') === loaded.digest) return id;
  throw new CliError(
    exitCodes.findings,
    `The server would run another version of ${id} than this file. Publish it first (riposte publish ${playbook}), or name the playbook by its id.`,
  );
}

async function confirm(id: string, { target, mode }: StartOptions): Promise<void> {
  const about = target === null ? '' : ` for ${target.kind} ${target.id}`;
  const prompt = createInterface({ input: stdin, output: stderr });
  const answer = await prompt
    .question(
      `Start ${oneLine(id)}${oneLine(about)}${mode === undefined ? '' : `, mode ${mode}`}? Type yes: `,
    )
    .finally(() => prompt.close());
  if (answer.trim() !== 'yes') throw new CliError(exitCodes.findings, 'Nothing was started.');
}
