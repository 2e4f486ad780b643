import { CliError, exitCodes } from '../cli-error.ts';
import type { CommonOptions } from '../list-command.ts';
import { printFields, printJson, printLine } from '../print.ts';
import { oneLine } from '../server-text.ts';
import { type ArtifactVerdict, verifyArtifacts } from './verifier/artifacts.ts';
import { type BundledLog, entriesThatHold, verifyBundle } from './verifier/verify-bundle.ts';

/** The same as the program says that lies in the bundle. */
export function showBundleVerdict(
  folder: string,
  options: CommonOptions & { key?: string[]; checkpoint?: string[] },
): void {
  const { key: keys, checkpoint } = options;
  if (keys === undefined)
    throw new CliError(exitCodes.usage, "Name the log's key with --key; a bundle without it proves nothing.");
  if (checkpoint !== undefined)
    throw new CliError(exitCodes.usage, 'A bundle carries its own checkpoints: leave out --checkpoint.');
  const logs = verdictOf(folder, keys);
  const artifacts = verifyArtifacts(folder, entriesThatHold(logs));
  if (options.json) printJson({ schemaVersion: 1, logs: logs.map((log) => ({ ...log })), artifacts });
  else {
    for (const log of logs) printLog(log);
    for (const artifact of artifacts) printArtifact(artifact);
  }
  const files = [...logs.flatMap((log) => log.files), ...artifacts];
  if (logs.some((log) => log.files.length === 0) || files.some(({ fault }) => fault !== null))
    throw new CliError(exitCodes.findings, 'The bundle does not hold. Keep the evidence.');
}

function verdictOf(folder: string, keys: readonly string[]): BundledLog[] {
  try {
    return verifyBundle(folder, keys);
  } catch (error) {
    if (error instanceof RangeError) throw new CliError(exitCodes.usage, error.message);
    throw error;
  }
}

function printLog({ origin, by, files }: BundledLog): void {
  printFields([
    ['log', origin],
    ['key', by ?? 'NO: nothing vouches for it; give it with --key'],
    ['verified', `${files.filter(({ fault }) => fault === null).length} of ${files.length} entries`],
  ]);
  for (const { file, entry, fault } of files)
    printLine(oneLine(`${file}  ${fault === null ? entry : `NO: ${fault}`}`));
}

function printArtifact({ file, known, fault }: ArtifactVerdict): void {
  printLine(oneLine(`${file}  ${fault === null ? known : `NO: ${fault}`}`));
}
