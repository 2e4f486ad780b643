import { type ArtifactVerdict, verifyArtifacts } from './verifier/artifacts.ts';
import { type BundledLog, entriesThatHold, verifyBundle } from './verifier/verify-bundle.ts';

/*
 * Lies in every evidence bundle and runs by itself: `node verify-bundle.ts '<key>'`. Exit codes: 0 every entry
 * and artifact holds, 1 one does not or is missing, 2 wrong usage.
 */

const keys = process.argv.slice(2);

if (keys.length === 0) {
  process.stderr.write(
    "node verify-bundle.ts '<key>' ...: the log's key as you were given it, name+id+base64; more than one when no log names that of the one before\n",
  );
  process.exitCode = 2;
} else {
  try {
    const logs = verifyBundle(import.meta.dirname, keys);
    const artifacts = verifyArtifacts(import.meta.dirname, entriesThatHold(logs));
    process.exitCode = tell(logs, artifacts) ? 0 : 1;
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 2;
  }
}

function tell(logs: readonly BundledLog[], artifacts: readonly ArtifactVerdict[]): boolean {
  const say = (text: string) => process.stdout.write(`${text.replace(/\p{Cc}|\p{Bidi_Control}/gu, '?')}\n`);
  for (const { origin, by, files } of logs) {
    if (logs.length > 1) say(`log ${origin}, key ${by ?? 'not known'}`);
    for (const { file, entry, fault } of files) say(`${file}  ${fault === null ? entry : `NO: ${fault}`}`);
  }
  for (const { file, known, fault } of artifacts) say(`${file}  ${fault === null ? known : `NO: ${fault}`}`);
  const files = logs.flatMap((log) => log.files);
  const ok =
    logs.every((log) => log.files.length > 0) &&
    [...files, ...artifacts].every(({ fault }) => fault === null);
  say(ok ? `${files.length} entries hold.` : 'It does not hold.');
  return ok;
}
