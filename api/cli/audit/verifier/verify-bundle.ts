import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readKey } from './key.ts';
import { verifyProof } from './verify-proof.ts';

/*
 * A bundle: entries with their proofs, of one log or of several that followed each other. The first entry of a
 * log names the key of the one before, so whoever knows the newest key follows to the oldest.
 */

/** Of the newest log first; the folder of a bundle itself is that of the newest. */
export function bundleFolders(folder: string): string[] {
  const before = join(folder, 'before');
  return existsSync(before) ? [folder, ...bundleFolders(before)] : [folder];
}

export interface BundledLog {
  origin: string;
  /** Null when nothing vouches for its key. */
  key: string | null;
  by: 'given' | 'named by the log after it' | null;
  files: { file: string; entry: string | null; fault: string | null }[];
}

/** @throws RangeError when a key is none */
export function verifyBundle(folder: string, keys: readonly string[]): BundledLog[] {
  const known = new Map<string, string>();
  for (const text of keys) {
    const key = readKey(text);
    if (key === null) throw new RangeError('the key is not a verifier key of the form name+id+base64');
    known.set(key.name, key.text);
  }
  const logs: BundledLog[] = [];
  for (const each of bundleFolders(folder)) {
    const [origin = ''] = textOf(join(each, 'checkpoint'))?.split('\n') ?? [];
    const named = logs.at(-1);
    const given = known.get(origin);
    const key = given ?? (named === undefined ? null : keyNamedBy(named, origin));
    const by = given !== undefined ? 'given' : key === null ? null : 'named by the log after it';
    logs.push({ origin, key, by, files: filesOf(each, key) });
  }
  return logs;
}

export function entriesThatHold(logs: readonly BundledLog[]): string[] {
  return logs.flatMap(({ files }) =>
    files.flatMap(({ entry, fault }) => (entry !== null && fault === null ? [entry] : [])),
  );
}

/** What is not there does not hold, as what was changed does not. */
function filesOf(folder: string, key: string | null): BundledLog['files'] {
  const proofs = join(folder, 'proofs');
  const files = (existsSync(proofs) ? readdirSync(proofs) : []).sort(
    (a, b) => Number.parseInt(a, 10) - Number.parseInt(b, 10),
  );
  const checkpoint = textOf(join(folder, 'checkpoint'));
  const promised = listed(folder);
  const missing = [
    ...(checkpoint === null ? [{ file: 'checkpoint', entry: null, fault: 'it is not here' }] : []),
    ...(promised === null
      ? [{ file: 'manifest.json', entry: null, fault: 'it is not here or damaged' }]
      : []),
  ];
  const judged = files.map((file) => {
    if (key === null)
      return { file, entry: null, fault: 'nothing vouches for the key of its log; give it too' };
    const proof = readFileSync(join(folder, 'proofs', file), 'utf8');
    const verdict = verifyProof({ proof, entry: null, key });
    const fault = verdict.ok ? misplaced(file, verdict.index, proof, checkpoint ?? '') : verdict.why;
    return { file, entry: verdict.ok && fault === null ? verdict.entry : null, fault };
  });
  const lost = (promised ?? []).filter((file) => !files.includes(file));
  return [
    ...missing,
    ...judged,
    ...lost.map((file) => ({ file, entry: null, fault: 'the manifest names it and it is not here' })),
  ];
}

function misplaced(file: string, index: number, proof: string, checkpoint: string): string | null {
  if (file !== `${index}.tlog-proof`) return `it is the proof of entry ${index}`;
  return proof.endsWith(`\n\n${checkpoint}`) ? null : 'it is under another checkpoint than the bundle';
}

/** Not signed: it only helps to notice what got lost on the way. Null when it cannot be read. */
function listed(folder: string): string[] | null {
  try {
    const { entries } = JSON.parse(textOf(join(folder, 'manifest.json')) ?? '') as {
      entries: { file: string }[];
    };
    return entries.map(({ file }) => file.replace('proofs/', ''));
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof TypeError) return null;
    throw error;
  }
}

function textOf(path: string): string | null {
  return existsSync(path) ? readFileSync(path, 'utf8') : null;
}

/** What the verified first entry of the log after it says, if it is about this log. */
function keyNamedBy({ files }: BundledLog, origin: string): string | null {
  const first = files.find(({ file }) => file === '0.tlog-proof')?.entry;
  if (first == null) return null;
  const { type, data } = JSON.parse(first) as {
    type?: unknown;
    data?: { before?: { [field: string]: unknown } };
  };
  const before = data?.before;
  return type === 'log.started' && before?.origin === origin && typeof before.key === 'string'
    ? before.key
    : null;
}
