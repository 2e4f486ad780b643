import type { Command } from 'commander';
import type { JsonObject } from '../../schemas/json.ts';
import { callServer } from './call-server.ts';
import { pages } from './pages.ts';
import { type Column, itemsOf, printJson, printTable, say } from './print.ts';
import { type GlobalOptions, readSettings } from './settings.ts';

/** What every command can be told; commander merges the program's options into each command's. */
export interface CommonOptions extends GlobalOptions {
  json?: true;
}

export function optionsOf<Options extends CommonOptions>(command: Command): Options {
  return command.optsWithGlobals<Options>();
}

/** Prints all of a list, page by page, for who did not ask for one page of it. */
export async function showWhole(
  options: CommonOptions,
  path: string,
  filter: { [name: string]: string | undefined },
  columns: readonly Column[],
  empty: string,
): Promise<void> {
  const items: JsonObject[] = [];
  for await (const item of pages(readSettings(options), `${path}?${queryOf({ ...filter, limit: '200' })}`))
    items.push(item);
  if (options.json) return printJson({ items, next: null });
  if (items.length === 0) return say(empty);
  printTable(items, columns);
}

/** Prints one page of a list: a table for people, the answer itself for machines. */
export async function showList(
  options: CommonOptions & { limit?: string; cursor?: string },
  path: string,
  filter: { [name: string]: string | undefined },
  columns: readonly Column[],
  empty: string,
): Promise<void> {
  const query = queryOf({ ...filter, limit: options.limit, cursor: options.cursor });
  const answer = await callServer(readSettings(options), query.size === 0 ? path : `${path}?${query}`);
  if (options.json) return printJson(answer);
  const items = itemsOf(answer);
  if (items.length === 0) return say(empty);
  printTable(items, columns);
  if (typeof answer.next === 'string') say(`More: --cursor ${answer.next}`);
}

function queryOf(given: { [name: string]: string | undefined }): URLSearchParams {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(given)) if (value !== undefined) query.set(name, value);
  return query;
}

export function addListOptions(command: Command): Command {
  return command
    .option('--limit <n>', 'items per page, at most 200')
    .option('--cursor <cursor>', 'the next page');
}
