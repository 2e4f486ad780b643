import type { Command } from 'commander';
import { callServer } from './call-server.ts';
import { type Column, itemsOf, printJson, printTable, say } from './print.ts';
import { type GlobalOptions, readSettings } from './settings.ts';

/** What every command can be told; commander merges the program's options into each command's. */
export interface CommonOptions extends GlobalOptions {
  json?: true;
}

export function optionsOf<Options extends CommonOptions>(command: Command): Options {
  return command.optsWithGlobals<Options>();
}

/** Prints one page of a list: a table for people, the answer itself for machines. */
export async function showList(
  options: CommonOptions & { limit?: string; cursor?: string },
  path: string,
  filter: { [name: string]: string | undefined },
  columns: readonly Column[],
  empty: string,
): Promise<void> {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries({ ...filter, limit: options.limit, cursor: options.cursor })) {
    if (value !== undefined) query.set(name, value);
  }
  const answer = await callServer(readSettings(options), query.size === 0 ? path : `${path}?${query}`);
  if (options.json) return printJson(answer);
  const items = itemsOf(answer);
  if (items.length === 0) return say(empty);
  printTable(items, columns);
  if (typeof answer.next === 'string') say(`More: --cursor ${answer.next}`);
}

export function addListOptions(command: Command): Command {
  return command
    .option('--limit <n>', 'items per page, at most 200')
    .option('--cursor <cursor>', 'the next page');
}
