import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { verifyProof } from './verifier/verify-proof.ts';

/*
 * Lies in every evidence bundle and runs by itself: `node verify-bundle.ts '<key>'`. Exit codes: 0 every entry
 * holds, 1 one does not or is missing, 2 wrong usage.
 */

const [key, ...more] = process.argv.slice(2);
const folder = import.meta.dirname;

if (key === undefined || more.length > 0) {
  process.stderr.write("node verify-bundle.ts '<key>': the log's key as you were given it, name+id+base64\n");
  process.exitCode = 2;
} else {
  try {
    process.exitCode = verifyAll(key) ? 0 : 1;
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 2;
  }
}

function verifyAll(known: string): boolean {
  const files = readdirSync(join(folder, 'proofs')).sort(
    (a, b) => Number.parseInt(a, 10) - Number.parseInt(b, 10),
  );
  const checkpoint = readFileSync(join(folder, 'checkpoint'), 'utf8');
  let bad = 0;
  for (const file of files) {
    const proof = readFileSync(join(folder, 'proofs', file), 'utf8');
    const verdict = verifyProof({ proof, entry: null, key: known });
    const fault = verdict.ok ? misplaced(file, verdict.index, proof, checkpoint) : verdict.why;
    if (fault !== null) bad += 1;
    const said = verdict.ok && fault === null ? verdict.entry : `NO: ${fault ?? ''}`;
    process.stdout.write(`${file}  ${said.replace(/\p{Cc}|\p{Bidi_Control}/gu, '?')}\n`);
  }
  for (const file of listed().filter((name) => !files.includes(name))) {
    bad += 1;
    process.stdout.write(`${file}  NO: the manifest names it and it is not here\n`);
  }
  process.stdout.write(
    bad === 0 && files.length > 0 ? `${files.length} entries hold.\n` : 'It does not hold.\n',
  );
  return bad === 0 && files.length > 0;
}

function misplaced(file: string, index: number, proof: string, checkpoint: string): string | null {
  if (file !== `${index}.tlog-proof`) return `it is the proof of entry ${index}`;
  return proof.endsWith(`\n\n${checkpoint}`) ? null : 'it is under another checkpoint than the bundle';
}

/** Not signed: it only helps to notice what got lost on the way. */
function listed(): string[] {
  const manifest = JSON.parse(readFileSync(join(folder, 'manifest.json'), 'utf8')) as {
    entries: { file: string }[];
  };
  return manifest.entries.map(({ file }) => file.replace('proofs/', ''));
}
