import { createHash } from 'node:crypto';
import { closeSync, mkdirSync, openSync, readSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { besideOf } from '../../../engine/core/audit/beside.ts';
import { readEntry } from '../../../engine/core/audit/read-entry.ts';
import { isJsonObject, type JsonObject } from '../../../schemas/json.ts';
import { beforeFolder } from '../../evidence/bundle-files.ts';
import { callServer } from '../call-server.ts';
import { CliError, exitCodes } from '../cli-error.ts';
import { pages } from '../pages.ts';
import type { Settings } from '../settings.ts';
import { exportReadme } from './export-readme.ts';
import { writeWhole } from './whole-folder.ts';

/*
 * The log as files that a stranger can check (audit facts 1.8): every entry's exact text, what did not fit into
 * it, every signed checkpoint, the key as the server names it, and a manifest with the digest of each file.
 */

export const exportFiles = {
  entries: 'entries.jsonl',
  checkpoints: 'checkpoints.jsonl',
  data: 'data.jsonl',
  key: 'key',
} as const;

export interface Exported {
  entries: number;
  checkpoints: number;
  origin: string;
  key: string;
}

/** The newest log, and below it, one in the other, those before it. */
export function exportLogs(settings: Settings, folder: string): Promise<Exported & { before: number }> {
  return writeWhole(folder, async (part) => {
    const [newest, ...earlier] = await logNames(settings);
    const exported = await writeLog(settings, part, newest);
    let at = part;
    let before = 0;
    for (const log of earlier) {
      // A log that ended before its first checkpoint proves nothing; the next one names it.
      const [head] = await firstPage(settings, `/v1/audit/checkpoints?limit=1&log=${log}`);
      if (head === undefined) continue;
      at = join(at, beforeFolder);
      await writeLog(settings, at, log);
      before += 1;
    }
    return { ...exported, before };
  });
}

/** The newest first. */
export async function logNames(settings: Settings): Promise<string[]> {
  const { logs } = await callServer(settings, '/v1/audit/orders');
  return (Array.isArray(logs) ? logs.filter(isJsonObject) : []).map(({ log }) => String(log));
}

export function exportLog(settings: Settings, folder: string, log: string): Promise<Exported> {
  return writeWhole(folder, (part) => writeLog(settings, part, log));
}

/** @param log undefined: the newest */
async function writeLog(settings: Settings, folder: string, log: string | undefined): Promise<Exported> {
  const { overtaken, ...exported } = await writeFiles(settings, folder, log);
  if (!overtaken) return exported;
  // Before texts go a head covers the entry that says so: the newest one has it. What is missing then was removed.
  rmSync(folder, { recursive: true });
  const { overtaken: _, ...again } = await writeFiles(settings, folder, log);
  return again;
}

async function writeFiles(
  settings: Settings,
  folder: string,
  log: string | undefined,
): Promise<Exported & { overtaken: boolean }> {
  const of = log === undefined ? '' : `&log=${log}`;
  // The head first: entries are sealed all the time, and those after the last checkpoint prove nothing yet.
  const [head] = await firstPage(settings, `/v1/audit/checkpoints?limit=1${of}`);
  if (head === undefined)
    throw new CliError(exitCodes.findings, 'There is no checkpoint yet; try again in a second.');
  const size = Number(head.size);
  mkdirSync(folder, { recursive: true });
  let goneTo = 0;
  let truncatedTo = 0;
  const besides: number[] = [];
  const entries = await writeLines(
    join(folder, exportFiles.entries),
    pages(settings, `/v1/audit/entries?sort=index&limit=200${of}`),
    (item) => {
      if (Number(item.index) >= size) return null;
      if (isGone(item)) goneTo = Number(item.index) + 1;
      truncatedTo = Math.max(truncatedTo, truncatedBy(item));
      if (hasBeside(item)) besides.push(Number(item.index));
      return { idx: Number(item.index), leaf: item.leaf, raw: item.entry };
    },
  );
  const checkpoints = await writeLines(
    join(folder, exportFiles.checkpoints),
    pages(settings, `/v1/audit/checkpoints?sort=size&limit=200${of}`),
    (item) => (Number(item.size) <= size ? { size: Number(item.size), note: item.note } : null),
  );
  await writeLines(join(folder, exportFiles.data), askData(settings, besides, of), (item) => item);
  const exported = { entries, checkpoints, origin: String(head.origin), key: String(head.key) };
  writeFileSync(join(folder, exportFiles.key), `${exported.key}\n`);
  const files = Object.values(exportFiles).map((name) => [name, digestOf(join(folder, name))] as const);
  const manifest = { schemaVersion: 1, ...exported, from: 0, to: size, files: Object.fromEntries(files) };
  writeFileSync(join(folder, 'manifest.json'), `${JSON.stringify(manifest, null, 2)}\n`);
  writeFileSync(join(folder, 'README.md'), exportReadme({ origin: exported.origin, size }));
  return { ...exported, overtaken: goneTo > truncatedTo };
}

/** Its text went by retention, or somebody removed it; foreign bytes have none either. */
export function isGone({ entry, type }: JsonObject): boolean {
  return entry === null && type !== 'unreadable';
}

/** Up to which index a truncation says that texts go; 0 for what is none. Whether the log's key signed it, the verifier asks. */
function truncatedBy({ entry, type }: JsonObject): number {
  if (type !== 'audit.truncated' || typeof entry !== 'string') return 0;
  const read = readEntry(Buffer.from(entry));
  const to = read.ok ? read.entry.data?.to : 0;
  return typeof to === 'number' ? to : 0;
}

/** A piece at a time: an export of millions of entries is larger than what Node reads at once (2 GiB). */
function hasBeside({ entry }: JsonObject): boolean {
  if (typeof entry !== 'string' || !entry.includes('"media_type":')) return false;
  const read = readEntry(Buffer.from(entry));
  return read.ok && besideOf(read.entry) !== null;
}

/** What is not there any more is left out: the verifier misses it. */
async function* askData(
  settings: Settings,
  indexes: readonly number[],
  of: string,
): AsyncGenerator<JsonObject> {
  for (const idx of indexes) {
    const { data } = await callServer(settings, `/v1/audit/data?index=${idx}${of}`);
    if (typeof data === 'string') yield { idx, raw: data };
  }
}

export function digestOf(path: string): string {
  const hash = createHash('sha256');
  const file = openSync(path, 'r');
  const chunk = Buffer.alloc(1 << 20);
  try {
    for (let read = readSync(file, chunk); read > 0; read = readSync(file, chunk))
      hash.update(chunk.subarray(0, read));
  } finally {
    closeSync(file);
  }
  return `sha256:${hash.digest('hex')}`;
}

/**
 * Every entry that the newest checkpoint of a log covers, from the first one on.
 * @param log default the newest
 */
export async function* sealedItems(settings: Settings, log?: string): AsyncGenerator<JsonObject> {
  const of = log === undefined ? '' : `&log=${encodeURIComponent(log)}`;
  const [head] = await firstPage(settings, `/v1/audit/checkpoints?limit=1${of}`);
  if (head === undefined)
    throw new CliError(exitCodes.findings, 'There is no checkpoint yet; try again in a second.');
  for await (const item of pages(settings, `/v1/audit/entries?sort=index&limit=200${of}`)) {
    if (Number(item.index) >= Number(head.size)) return;
    yield item;
  }
}

async function firstPage(settings: Settings, path: string): Promise<JsonObject[]> {
  const answer = await callServer(settings, path);
  return Array.isArray(answer.items) ? answer.items.filter(isJsonObject) : [];
}

/** Ends at the first item that belongs to a later time. */
async function writeLines(
  path: string,
  items: AsyncIterable<JsonObject>,
  toLine: (item: JsonObject) => object | null,
): Promise<number> {
  const file = openSync(path, 'wx');
  let count = 0;
  try {
    for await (const item of items) {
      const line = toLine(item);
      if (line === null) break;
      writeSync(file, `${JSON.stringify(line)}\n`);
      count += 1;
    }
  } finally {
    closeSync(file);
  }
  return count;
}
