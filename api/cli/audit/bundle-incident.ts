import { cpSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { csvHead, csvRow } from '../../../engine/core/audit/entry-csv.ts';
import { isJsonObject, type JsonObject } from '../../../schemas/json.ts';
import { callServer } from '../call-server.ts';
import { CliError, exitCodes } from '../cli-error.ts';
import { pages } from '../pages.ts';
import { oneLine } from '../server-text.ts';
import type { Settings } from '../settings.ts';
import { csvItem } from './export-for.ts';
import { beforeFolder, digestOf, isGone } from './export-log.ts';
import { askProof, proofFileOf } from './one-entry.ts';

/*
 * Evidence of one incident for somebody outside: each of its entries with the proof that it is in the signed
 * log, all under one checkpoint, and the program that checks them. The rest of the log stays here.
 */

export const bundleFiles = {
  proofs: 'proofs',
  table: 'entries.csv',
  checkpoint: 'checkpoint',
  key: 'key',
  manifest: 'manifest.json',
  readme: 'README.md',
  program: 'verify-bundle.ts',
  verifier: 'verifier',
} as const;

export interface BundledLog {
  log: string;
  origin: string;
  key: string;
  size: number;
  entries: { index: number; file: string; digest: string }[];
  /** Entries that retention has left a hash of; of those that only their text tied to the incident nothing is known. */
  withoutText: number[];
}

export interface Bundle {
  incident: string;
  /** The newest first, down to the oldest that says anything about the incident. */
  logs: BundledLog[];
}

interface Found extends BundledLog {
  note: string;
  indexes: number[];
  rows: string[];
}

export async function writeBundle(settings: Settings, incident: string, folder: string): Promise<Bundle> {
  if (existsSync(folder)) throw new CliError(exitCodes.usage, `${folder} exists already; name a new folder.`);
  await callServer(settings, `/v1/incidents/${encodeURIComponent(incident)}`);
  const found = await findEntries(settings, incident);
  if (found.length === 0)
    throw new CliError(exitCodes.findings, 'There is no checkpoint yet; try again in a second.');
  const oldest = found.findLastIndex(({ indexes }) => indexes.length > 0);
  if (oldest < 0) throw new CliError(exitCodes.findings, nothingSaid(incident, found));
  const chain = found.slice(0, oldest + 1);
  let at = folder;
  for (const [depth, each] of chain.entries()) {
    if (depth > 0) at = join(at, beforeFolder);
    // The first entry names the key of the log before: by it whoever knows the newest key follows.
    const indexes = chain.length > 1 ? [...new Set([0, ...each.indexes])] : each.indexes;
    for (const index of indexes) await writeProof(settings, at, each, index);
    writeLog(at, incident, each);
  }
  const write = (name: string, text: string) => writeFileSync(join(folder, name), text);
  // Column by column the same, the newest log last.
  write(bundleFiles.table, [csvHead(), ...chain.toReversed().flatMap(({ rows }) => rows)].join(''));
  const logs = chain.map(({ log, origin, key, size, entries, withoutText }) => ({
    log,
    origin,
    key,
    size,
    entries,
    withoutText,
  }));
  write(bundleFiles.readme, readme({ incident, logs }));
  for (const program of [bundleFiles.program, bundleFiles.verifier])
    cpSync(join(import.meta.dirname, program), join(folder, program), { recursive: true });
  return { incident, logs };
}

/** Every log that has a signed head, the newest first, with what it says about the incident. */
async function findEntries(settings: Settings, incident: string): Promise<Found[]> {
  const { logs } = await callServer(settings, '/v1/audit/orders');
  const found: Found[] = [];
  for (const { log } of Array.isArray(logs) ? logs.filter(isJsonObject) : []) {
    const of = `&log=${encodeURIComponent(String(log))}`;
    const { value: head } = await pages(settings, `/v1/audit/checkpoints?limit=1${of}`).next();
    if (head === undefined) continue;
    const size = Number(head.size);
    const named = `&incident=${encodeURIComponent(incident)}`;
    const each: Found = {
      log: String(log),
      origin: String(head.origin),
      key: String(head.key),
      size,
      entries: [],
      withoutText: [],
      note: '',
      indexes: [],
      rows: [],
    };
    for await (const item of pages(settings, `/v1/audit/entries?sort=index&limit=200${named}${of}`)) {
      if (Number(item.index) >= size) break;
      (isGone(item) ? each.withoutText : each.indexes).push(Number(item.index));
      each.rows.push(csvRow(csvItem(item)));
    }
    each.note = String(head.note);
    found.push(each);
  }
  return found;
}

function nothingSaid(incident: string, found: readonly Found[]): string {
  const gone = found.flatMap(({ withoutText }) => withoutText).length;
  return gone === 0
    ? `No sealed entry is about ${oneLine(incident)} yet.`
    : `Nothing about ${oneLine(incident)} is left to prove: ${haveNoText(gone)}.`;
}

function haveNoText(count: number): string {
  return count === 1
    ? '1 entry about it has no text any more'
    : `${count} entries about it have no text any more`;
}

async function writeProof(
  settings: Settings,
  folder: string,
  { log, size, entries, withoutText }: BundledLog,
  index: number,
): Promise<void> {
  const proof: JsonObject = await askProof(settings, index, size, log);
  // It went since it was listed.
  if (proof.entry === null) {
    withoutText.push(index);
    return;
  }
  const file = `${bundleFiles.proofs}/${index}.tlog-proof`;
  mkdirSync(join(folder, bundleFiles.proofs), { recursive: true });
  writeFileSync(join(folder, file), proofFileOf(proof));
  entries.push({ index, file, digest: digestOf(join(folder, file)) });
}

function writeLog(folder: string, incident: string, { note, ...log }: Found): void {
  const { origin, key, size, entries, withoutText } = log;
  const write = (name: string, text: string) => writeFileSync(join(folder, name), text);
  write(bundleFiles.checkpoint, note);
  write(bundleFiles.key, `${key}\n`);
  const manifest = { schemaVersion: 1, incident, log: log.log, origin, key, size, entries, withoutText };
  write(bundleFiles.manifest, `${JSON.stringify(manifest, null, 2)}\n`);
}

function readme({ incident, logs }: Bundle): string {
  const lines = logs.map(
    ({ origin, size, entries }) =>
      `- ${entries.length} of the ${size} entries that \`${oneLine(origin)}\` had signed when this was written`,
  );
  const gone = logs.flatMap(({ withoutText }) => withoutText).length;
  return `# Evidence of incident ${oneLine(incident)}

Entries of the audit log, each with the proof that it is one of those that were signed:

${lines.join('\n')}

Each log has its own proofs, checkpoint and key; those before the newest lie below each other in \`before/\`. The first entry
of a log names the key of the one before, so the newest key is enough.

    node verify-bundle.ts '<key>'

with Node 24 and nothing else. Take the key from the operator of the log, over another way than this folder; \`key\` is only
what the server said. The program reads \`proofs/\` (C2SP tlog-proof, which other tools read as well) and prints each entry;
\`verifier/\` does the checking and imports nothing but Node's own hashes and signatures.

- What verifies was in the log, unchanged, at its place, when the checkpoint was signed.
- That no other entry is about this incident cannot be seen from here: it takes the whole log
  (\`riposte audit export\`).${gone === 0 ? '' : `\n- ${haveNoText(gone)}, and ${gone === 1 ? 'is' : 'are'} left out: their hashes stay in the log, and an export says whether they went by retention.`}
- \`entries.csv\` is for reading. It proves nothing.
`;
}
