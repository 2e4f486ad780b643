import { closeSync, existsSync, openSync, writeSync } from 'node:fs';
import type { Command } from 'commander';
import { CliError, exitCodes } from './cli-error.ts';
import { addListOptions, type CommonOptions, optionsOf, showList } from './list-command.ts';
import { say } from './print.ts';
import { readSettings } from './settings.ts';
import { streamServer } from './stream-server.ts';

interface ArtifactOptions extends CommonOptions {
  limit?: string;
  cursor?: string;
  out?: string;
}

/** Answers that were too large for their steps: those of a run, or one of them. */
export function addArtifactsCommand(program: Command): void {
  addListOptions(program.command('artifacts'))
    .description('answers that were too large for the steps of a run; with the id of one its bytes')
    .argument('<id>', 'of a run, or of one of them (art_…)')
    .option('--out <file>', 'a new file for the bytes of one, instead of stdout')
    .action(async (id: string, _options: unknown, command: Command) => {
      const options = optionsOf<ArtifactOptions>(command);
      await (id.startsWith('art_') ? take(id, options) : list(id, options));
    });
}

function list(run: string, options: ArtifactOptions): Promise<void> {
  if (options.out !== undefined)
    throw new CliError(exitCodes.usage, '--out takes one of them: name it by its id (art_…).');
  return showList(
    options,
    `/v1/runs/${encodeURIComponent(run)}/artifacts`,
    {},
    [
      { title: 'ARTIFACT', value: (item) => item.id },
      { title: 'STEP', value: (item) => item.step },
      { title: 'BYTES', value: (item) => item.size },
      { title: 'SHA-256', value: (item) => item.sha256 },
    ],
    'Every answer of this run was kept with its step.',
  );
}

async function take(id: string, options: ArtifactOptions): Promise<void> {
  const { out } = options;
  if (out !== undefined && existsSync(out))
    throw new CliError(exitCodes.usage, `${out} exists already; name a new file.`);
  const bytes = await streamServer(readSettings(options), `/v1/artifacts/${encodeURIComponent(id)}`);
  const file = out === undefined ? 1 : openSync(out, 'wx');
  try {
    for await (const piece of bytes) writeSync(file, piece);
  } finally {
    if (out !== undefined) closeSync(file);
  }
  if (out !== undefined) say(`Written to ${out}.`);
}
