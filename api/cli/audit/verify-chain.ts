import { readFileSync } from 'node:fs';
import { CliError, exitCodes } from '../cli-error.ts';
import { printFields, printLine } from '../print.ts';
import { oneLine } from '../server-text.ts';
import {
  changedFiles,
  exportChain,
  exportedData,
  exportedEntries,
  exportedKey,
  exportedNotes,
} from './read-export.ts';
import { readKey } from './verifier/key.ts';
import { signatureOf } from './verifier/signed-note.ts';
import type { Facts } from './verifier/story.ts';
import { type Verdict, verifyExport } from './verifier/verify-export.ts';

/*
 * Follows the logs of an installation, each of which begins by naming the one before. A key that was given
 * reaches backwards, as a sealed first entry names the key of the log before, and forwards as far as that
 * log's key has signed the first head of the next one. Where neither is so, the key has to be given.
 */

export interface Chain {
  changedFiles: string[];
  /** The newest first. */
  links: Link[];
}

export interface Link {
  origin: string;
  /** Null when nothing vouches for its key. */
  verdict: Verdict | null;
  /** Why its key is believed. */
  by: 'given' | 'export' | 'named by the log after it' | 'signed by the log before it' | null;
  /** The log before, when it is named and not at hand. */
  missing: string | null;
}

interface Exported {
  folder: string;
  origin: string;
  notes: string[];
  /** What the first entry says of the log before; null in a first log. */
  before: Before | null;
}

interface Before {
  origin: string;
  key: string;
  head: { size: number; root: string } | null;
}

export function verifyFolders(
  folder: string,
  keys: readonly string[],
  checkpoints: readonly string[],
): Chain {
  const folders = exportChain(folder);
  const changed = folders.flatMap((each) =>
    changedFiles(each).map((name) => (each === folder ? name : `${each}/${name}`)),
  );
  const logs = folders.map(readExported);
  const trusted = checkpoints.map((file) => readFileSync(file, 'utf8'));
  const links = logs.map(({ origin }): Link => ({ origin, verdict: null, by: null, missing: null }));
  const known = believedKeys(logs, keys, links, folder);
  const facts: Facts = { attempted: new Set(), granted: new Set(), voided: new Set(), keys: new Map() };
  // The oldest first: later entries build on what earlier ones say.
  for (let at = logs.length - 1; at >= 0; at -= 1) {
    const log = logs[at];
    const link = links[at];
    if (log === undefined || link === undefined) continue;
    const older = links[at + 1]?.verdict?.keys.at(-1);
    const key = known[at] ?? (older === undefined ? undefined : vouchedKey(log, older));
    if (key === undefined) continue;
    if (known[at] === undefined) link.by = 'signed by the log before it';
    const newer = logs[at - 1]?.before;
    const named = newer?.origin === log.origin ? newer.head : null;
    const missing = log.before !== null && logs[at + 1]?.origin !== log.before.origin;
    if (missing) link.missing = log.before?.origin ?? null;
    // Of several logs each is held against its own; what is about none of them, the newest has to answer for.
    const own = trusted.filter(
      (note) => isAbout(note, log) || (at === 0 && !logs.some((each) => isAbout(note, each))),
    );
    link.verdict = verified(log, key, own, named, missing ? null : facts);
  }
  return { changedFiles: changed, links };
}

function isAbout(note: string, { origin }: Exported): boolean {
  return note.startsWith(`${origin}\n`);
}

function verified(
  { folder, notes }: Exported,
  key: string,
  trusted: readonly string[],
  named: { size: number; root: string } | null,
  facts: Facts | null,
): Verdict {
  try {
    return verifyExport({
      entries: () => exportedEntries(folder),
      checkpoints: notes,
      key,
      trusted,
      facts,
      data: exportedData(folder),
      ...(named === null ? {} : { named }),
    });
  } catch (error) {
    if (error instanceof RangeError) throw new CliError(exitCodes.usage, error.message);
    throw error;
  }
}

/** Given keys, and what each log that is believed says of the one before. */
function believedKeys(
  logs: readonly Exported[],
  keys: readonly string[],
  links: Link[],
  folder: string,
): (string | undefined)[] {
  const given = keys.length > 0 ? keys : [exportedKey(folder)];
  const believed: (string | undefined)[] = [];
  for (const [at, log] of logs.entries()) {
    const own = given.find((key) => nameOf(key) === log.origin);
    const newer = logs[at - 1]?.before;
    const follower = believed[at - 1];
    const named = follower !== undefined && newer?.origin === log.origin ? newer?.key : undefined;
    const link = links[at];
    if (link !== undefined && (own ?? named) !== undefined)
      link.by = own === undefined ? 'named by the log after it' : keys.length > 0 ? 'given' : 'export';
    believed.push(own ?? named);
  }
  // A key of some other log verifies nothing here; it is said by the newest one's signatures.
  if (!believed.some((key) => key !== undefined)) {
    believed[0] = given[0];
    if (links[0] !== undefined) links[0].by = 'given';
  }
  return believed;
}

/** The exported key of a log, if the log before has signed the same head. */
function vouchedKey(log: Exported, older: string): string | undefined {
  const key = readKey(older);
  const claimed = exportedKey(log.folder);
  const by = key !== null && log.notes.some((note) => signatureOf(note, key) === 'good');
  return by && nameOf(claimed) === log.origin ? claimed : undefined;
}

function nameOf(key: string): string | undefined {
  const parsed = readKey(key);
  if (parsed === null)
    throw new CliError(exitCodes.usage, 'the key is not a verifier key of the form name+id+base64');
  return parsed.name;
}

function readExported(folder: string): Exported {
  const [first] = exportedEntries(folder);
  const before = first?.raw === undefined || first.raw === null ? null : beforeOf(first.raw);
  return { folder, origin: nameOf(exportedKey(folder)) ?? '', notes: exportedNotes(folder), before };
}

function beforeOf(raw: string): Before | null {
  try {
    const { data } = JSON.parse(raw) as { data?: { before?: { [field: string]: unknown } } };
    const { origin, key, checkpoint } = data?.before ?? {};
    if (typeof origin !== 'string' || typeof key !== 'string') return null;
    const { size, root } = (checkpoint ?? {}) as { size?: unknown; root?: unknown };
    const head = typeof size === 'number' && typeof root === 'string' ? { size, root } : null;
    return { origin, key, head };
  } catch {
    return null;
  }
}

export function printChain({ links, changedFiles: changed }: Chain): void {
  for (const { origin, verdict, by, missing } of links) {
    if (verdict === null) {
      printFields([
        ['log', origin],
        ['verified', 'NO: nothing vouches for its key; give it with --key'],
      ]);
      continue;
    }
    printFields([
      ['log', links.length > 1 ? origin : undefined],
      ['verified', verdict.ok ? `${verdict.entries} entries` : 'NO'],
      ['root', verdict.root],
      ['checkpoints', `${verdict.checkpoints} signed, ${verdict.trusted} of your own`],
      ['key', verdict.keys.join(', then ')],
      ['believed', links.length > 1 ? (by === 'given' ? 'as you gave it' : by) : undefined],
      ['before it', missing === null ? undefined : `${missing}, which is not here`],
    ]);
    for (const { from, to } of verdict.truncated)
      printLine(
        `the texts of entries ${from} to ${to - 1} are gone by retention, as the log says; nothing else is`,
      );
    for (const { message } of verdict.findings) printLine(oneLine(message));
    if (verdict.orders.unsigned > 0)
      printLine(
        `${verdict.orders.unsigned} of ${verdict.orders.done} orders about the log are unsigned: two passkeys did not sign them`,
      );
    if (verdict.elsewhere > 0)
      printLine(`${verdict.elsewhere} outcomes or actions build on entries that are not at hand`);
  }
  for (const name of changed) printLine(`${oneLine(name)}: not the file that the manifest names`);
}
