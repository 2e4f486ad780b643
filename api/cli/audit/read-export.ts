import { createHash } from 'node:crypto';
import { closeSync, existsSync, openSync, readFileSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { StringDecoder } from 'node:string_decoder';
import { isJsonObject, type JsonObject } from '../../../schemas/json.ts';
import { beforeFolder } from '../../evidence/bundle-files.ts';
import { CliError, exitCodes } from '../cli-error.ts';
import { digestOf, exportFiles } from './export-log.ts';
import type { ExportedEntry } from './verifier/exported-entry.ts';

/** This export and those of the logs before it, the newest first. */
export function exportChain(folder: string): string[] {
  const before = join(folder, beforeFolder);
  return existsSync(before) ? [folder, ...exportChain(before)] : [folder];
}

/** Evidence of one incident: proofs of single entries, and no whole log. */
export function isBundle(folder: string): boolean {
  const has = (name: string) => existsSync(join(folder, name));
  return (has('proofs') || has('verify-bundle.ts')) && !has(exportFiles.entries);
}

/** Files whose digest is not what the manifest says. */
export function changedFiles(folder: string): string[] {
  const path = join(folder, 'manifest.json');
  if (!existsSync(path))
    throw new CliError(exitCodes.usage, `${folder} is no export: it has no manifest.json.`);
  const manifest = readJson(path);
  const files = isJsonObject(manifest.files) ? manifest.files : {};
  // One that nothing stands beside may be without it; what an entry names is missed there.
  const names = Object.values(exportFiles).filter((name) => name !== exportFiles.data || name in files);
  const missing = names.filter((name) => !existsSync(join(folder, name)));
  if (missing.length > 0)
    throw new CliError(
      exitCodes.findings,
      `${folder}: ${missing.join(' and ')} missing; the export was changed or cut.`,
    );
  return names.filter((name) => files[name] !== digestOf(join(folder, name)));
}

export function* exportedEntries(folder: string): Generator<ExportedEntry> {
  for (const line of linesOf(join(folder, exportFiles.entries))) {
    const { idx, leaf, raw } = line;
    yield { idx: Number(idx), leaf: String(leaf), raw: typeof raw === 'string' ? raw : null };
  }
}

/** What did not fit into entries, by their indexes: digests alone, as the texts may be many. */
export function exportedData(folder: string): Map<number, string> {
  const digests = new Map<number, string>();
  const path = join(folder, exportFiles.data);
  if (!existsSync(path)) return digests;
  for (const { idx, raw } of linesOf(path))
    if (typeof raw === 'string') digests.set(Number(idx), createHash('sha256').update(raw).digest('hex'));
  return digests;
}

export function exportedNotes(folder: string): string[] {
  return [...linesOf(join(folder, exportFiles.checkpoints))].flatMap(({ note }) =>
    typeof note === 'string' ? [note] : [],
  );
}

export function exportedKey(folder: string): string {
  return readFileSync(join(folder, exportFiles.key), 'utf8').trim();
}

/** Many times the longest entry. Without an end, a file without line feeds would fill the memory. */
const lineCharsMax = 16 * 1024 * 1024;

/** A line at a time: a log of millions of entries is larger than the memory. */
function* linesOf(path: string): Generator<JsonObject> {
  const file = openSync(path, 'r');
  const decoder = new StringDecoder('utf8');
  const chunk = Buffer.alloc(1 << 20);
  let rest = '';
  try {
    for (let read = readSync(file, chunk); read > 0; read = readSync(file, chunk)) {
      const lines = (rest + decoder.write(chunk.subarray(0, read))).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) yield parseLine(path, line);
      if (rest.length > lineCharsMax) throw noLine(path);
    }
    if (rest !== '') yield parseLine(path, rest);
  } finally {
    closeSync(file);
  }
}

function parseLine(path: string, line: string): JsonObject {
  try {
    const value: unknown = JSON.parse(line);
    if (isJsonObject(value as JsonObject)) return value as JsonObject;
  } catch {
    // Said below, with the file's name.
  }
  throw noLine(path);
}

function noLine(path: string): CliError {
  return new CliError(
    exitCodes.findings,
    `${path}: a line is not a JSON object; the export was changed or cut.`,
  );
}

function readJson(path: string): JsonObject {
  return parseLine(path, readFileSync(path, 'utf8'));
}
