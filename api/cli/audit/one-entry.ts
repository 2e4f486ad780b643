import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { formatProofFile } from '../../../engine/core/audit/proof-file.ts';
import type { JsonObject } from '../../../schemas/json.ts';
import { callServer } from '../call-server.ts';
import { CliError, exitCodes } from '../cli-error.ts';
import type { CommonOptions } from '../list-command.ts';
import { printFields, printJson, say } from '../print.ts';
import { oneLine } from '../server-text.ts';
import { readSettings, type Settings } from '../settings.ts';
import { type ProofVerdict, verifyProof } from './verifier/verify-proof.ts';

/** One entry for somebody who shall see no other: written here, checked offline. */

export async function writeProof(
  indexText: string,
  options: CommonOptions & { out?: string },
): Promise<void> {
  const { out } = options;
  if (out !== undefined && existsSync(out))
    throw new CliError(exitCodes.usage, `${out} exists already; name a new file.`);
  if (!/^(0|[1-9][0-9]{0,14})$/.test(indexText))
    throw new CliError(
      exitCodes.usage,
      `${oneLine(indexText)} is no index; "riposte audit entries" shows them.`,
    );
  const proof = await askProof(readSettings(options), Number(indexText));
  const file = proofFileOf(proof);
  if (options.json) printJson({ schemaVersion: 1, ...proof, file });
  if (out !== undefined) writeFileSync(out, file);
  else if (!options.json) process.stdout.write(file);
  say(`Verify it anywhere: riposte audit verify --proof ${out ?? '<file>'} --key '${oneLine(proof.key)}'`);
}

export async function askProof(
  settings: Settings,
  index: number,
  size?: number,
  log?: string,
): Promise<JsonObject> {
  const at = size === undefined ? '' : `&size=${size}`;
  const of = log === undefined ? '' : `&log=${encodeURIComponent(log)}`;
  return await callServer(settings, `/v1/audit/proofs/inclusion?index=${index}${at}${of}`);
}

export function proofFileOf(proof: JsonObject): string {
  const { index, hashes, checkpoint, entry } = proof;
  if (typeof checkpoint !== 'string' || !Array.isArray(hashes))
    throw new CliError(exitCodes.failure, 'The server gave no signed checkpoint with its proof.');
  return formatProofFile({
    index: Number(index),
    hashes: hashes.map((hash) => Buffer.from(String(hash), 'hex')),
    checkpoint,
    extra: typeof entry === 'string' ? Buffer.from(entry) : null,
  });
}

interface ProofOptions extends CommonOptions {
  folder: string | undefined;
  proof?: string;
  entry?: string;
  key?: string | undefined;
  checkpoint?: string[];
}

export function showProofVerdict(options: ProofOptions): void {
  const { proof, entry, key } = options;
  if (proof === undefined) throw new CliError(exitCodes.usage, '--entry goes with --proof.');
  if (options.folder !== undefined || options.checkpoint !== undefined)
    throw new CliError(
      exitCodes.usage,
      'A proof carries its own checkpoint: leave out folder and --checkpoint.',
    );
  if (key === undefined)
    throw new CliError(exitCodes.usage, "Name the log's key with --key; a proof without it proves nothing.");
  const verdict = verdictOf(readFileSync(proof, 'utf8'), entry, key);
  if (options.json) printJson({ schemaVersion: 1, ...verdict });
  else if (verdict.ok)
    printFields([
      ['verified', `entry ${verdict.index} of ${verdict.size}`],
      ['log', verdict.origin],
      ['root', verdict.root],
      ['entry', verdict.entry],
    ]);
  if (!verdict.ok)
    throw new CliError(exitCodes.findings, `The proof does not hold: ${oneLine(verdict.why)}.`);
}

function verdictOf(proof: string, entry: string | undefined, key: string): ProofVerdict {
  try {
    return verifyProof({ proof, entry: entry === undefined ? null : readFileSync(entry), key });
  } catch (error) {
    if (error instanceof RangeError) throw new CliError(exitCodes.usage, error.message);
    throw error;
  }
}
