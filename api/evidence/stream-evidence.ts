import { createHash } from 'node:crypto';
import { csvHead, csvItemOf, csvRow } from '../../engine/core/audit/entry-csv.ts';
import { formatProofFile } from '../../engine/core/audit/proof-file.ts';
import { tarEnd, tarHead, tarPadding } from '../../engine/core/audit/tar.ts';
import type { Read } from '../../engine/runtime/read/open-read.ts';
import type { TenantId } from '../../schemas/ids.ts';
import { artifactFiles } from './artifact-files.ts';
import {
  type BundledArtifact,
  type BundledLog,
  beforeFolder,
  bundleFiles,
  type Subject,
} from './bundle-files.ts';
import { evidenceProgram } from './evidence-program.ts';
import { evidenceReadme } from './evidence-readme.ts';
import type { FoundArtifact } from './find-artifacts.ts';
import { csvHeadBytes, type FoundLog } from './find-evidence.ts';

export interface ToSend {
  logs: readonly FoundLog[];
  artifacts: readonly FoundArtifact[];
}

/*
 * Evidence for somebody outside, as an archive: each entry with the proof that it is in the signed log, all of a log
 * under one checkpoint, what targets answered and no step holds, and the program that checks them. The rest of the log stays here. It is made while it is sent, a
 * file at a time, so its size costs no memory but the list of its files.
 */
export async function* streamEvidence(
  read: Read,
  tenant: TenantId,
  subject: Subject,
  { logs: found, artifacts: foundArtifacts }: ToSend,
  nowMs: number,
): AsyncGenerator<Uint8Array, void> {
  const folder = `evidence-${subject.id}`;
  const head = (name: string, bytes: number) =>
    tarHead({ name: `${folder}/${name}`, bytes }, Math.floor(nowMs / 1_000));
  function* file(name: string, content: string | Uint8Array): Generator<Uint8Array> {
    const bytes = Buffer.from(content);
    yield head(name, bytes.length);
    yield bytes;
    yield tarPadding(bytes.length);
  }
  const artifacts: BundledArtifact[] = [];
  for await (const { artifact, bytes } of artifactFiles(read, tenant, foundArtifacts)) {
    artifacts.push(artifact);
    if (artifact.file !== null && bytes !== null) yield* file(artifact.file, bytes);
  }
  const logs: BundledLog[] = [];
  for (const [depth, each] of found.entries()) {
    const at = `${beforeFolder}/`.repeat(depth);
    const { logId, origin, vkey, size, note } = each.log;
    const { withoutText } = each;
    const log: BundledLog = { log: logId, origin, key: vkey ?? '', size, entries: [], withoutText };
    for (const index of provedIn(each, found.length)) {
      const proof = await proofOf(read, tenant, each, index);
      const name = `${bundleFiles.proofs}/${index}.tlog-proof`;
      log.entries.push({ index, file: name, digest: digestOf(proof) });
      yield* file(at + name, proof);
    }
    yield* file(at + bundleFiles.checkpoint, note);
    yield* file(at + bundleFiles.key, `${log.key}\n`);
    const manifest = {
      schemaVersion: 1,
      [subject.kind]: subject.id,
      ...log,
      ...(depth === 0 && { artifacts }),
    };
    yield* file(at + bundleFiles.manifest, `${JSON.stringify(manifest, null, 2)}\n`);
    logs.push(log);
  }
  const bytes = found.reduce((sum, { csvBytes }) => sum + csvBytes, csvHeadBytes());
  yield head(bundleFiles.table, bytes);
  yield* expectBytes(csvOf(read, tenant, found), bytes);
  yield tarPadding(bytes);
  yield* file(bundleFiles.readme, evidenceReadme(subject, logs, artifacts));
  for (const { name, text } of await evidenceProgram()) yield* file(name, text);
  yield tarEnd;
}

/** The first entry names the key of the log before: by it whoever knows the newest key follows. */
function provedIn({ indexes, withoutText }: FoundLog, logs: number): number[] {
  const gone = new Set(withoutText);
  const proved = indexes.filter((index) => !gone.has(index));
  return logs > 1 && proved[0] !== 0 ? [0, ...proved] : proved;
}

async function proofOf(read: Read, tenant: TenantId, { log }: FoundLog, index: number): Promise<string> {
  const { entry, hashes } = await read.proveInclusion(tenant, log, index, log.size);
  if (entry === null) throw changed();
  return formatProofFile({ index, hashes, checkpoint: log.note, extra: entry });
}

/** Column by column the same, the newest log last. */
async function* csvOf(
  read: Read,
  tenant: TenantId,
  found: readonly FoundLog[],
): AsyncGenerator<Uint8Array, void> {
  yield Buffer.from(csvHead());
  for (const { log, indexes } of found.toReversed())
    for (let from = 0; from < indexes.length; from += 200) {
      const some = indexes.slice(from, from + 200);
      const filter = { log: log.logId, indexes: some, sort: 'index' } as const;
      const { items } = await read.listEntries(tenant, filter, { limit: 200 });
      yield Buffer.from(items.map((item) => csvRow(csvItemOf(item))).join(''));
    }
}

/** How long the table is was said before it: a text that retention took meanwhile would shift all that follows. */
async function* expectBytes(
  pieces: AsyncIterable<Uint8Array>,
  bytes: number,
): AsyncGenerator<Uint8Array, void> {
  let sent = 0;
  for await (const piece of pieces) {
    sent += piece.length;
    if (sent > bytes) throw changed();
    yield piece;
  }
  if (sent !== bytes) throw changed();
}

/** Breaks the answer off: asked for again, the bundle says what is missing. */
function changed(): Error {
  return new Error('texts of entries went while evidence about them was being sent');
}

function digestOf(text: string): string {
  return `sha256:${createHash('sha256').update(text).digest('hex')}`;
}
