import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type BundledLog, beforeFolder, bundleFiles, type Subject } from '../../evidence/bundle-files.ts';
import { evidenceProgram } from '../../evidence/evidence-program.ts';
import { CliError, exitCodes } from '../cli-error.ts';
import type { Settings } from '../settings.ts';
import { streamServer } from '../stream-server.ts';
import { unpack } from './unpack.ts';

/** Evidence as the server sends it, in a folder of its own. What checks it is this copy's and not the server's. */

export interface Bundle {
  /** The newest first, down to the oldest that says anything. */
  logs: BundledLog[];
}

export async function writeBundle(
  settings: Settings,
  { kind, id }: Subject,
  folder: string,
): Promise<Bundle> {
  if (existsSync(folder)) throw new CliError(exitCodes.usage, `${folder} exists already; name a new folder.`);
  const archive = await streamServer(settings, `/v1/${kind}s/${encodeURIComponent(id)}/evidence`);
  let logs: BundledLog[];
  try {
    await unpack(archive, (name, content) => {
      const path = join(folder, expectedName(name));
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, content, { flag: 'wx' });
    });
    logs = logsIn(folder);
  } catch (error) {
    rmSync(folder, { recursive: true, force: true });
    throw new CliError(
      exitCodes.failure,
      `The server did not send the whole evidence (${error instanceof Error ? error.message : String(error)}). Nothing was kept; ask again.`,
    );
  }
  for (const { name, text } of await evidenceProgram()) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  return { logs };
}

const evidence = /^(before\/)*(proofs\/(0|[1-9]\d{0,14})\.tlog-proof|checkpoint|key|manifest\.json)$/;
const beside = /^(entries\.csv|README\.md|(verify-bundle|verifier\/[a-z0-9-]+)\.ts|verifier\/README\.md)$/;

/** A server that was taken over must not write where it likes. */
function expectedName(name: string): string {
  const [, path = ''] = /^[\w-]+\/(.*)$/.exec(name) ?? [];
  if (!evidence.test(path) && !beside.test(path)) throw new RangeError('it has a file that no evidence has');
  return path;
}

/** @throws RangeError where the archive has no manifest, or one that is none */
function logsIn(folder: string): BundledLog[] {
  const before = join(folder, beforeFolder);
  return [readManifest(join(folder, bundleFiles.manifest)), ...(existsSync(before) ? logsIn(before) : [])];
}

function readManifest(path: string): BundledLog {
  if (!existsSync(path)) throw new RangeError('it has no manifest');
  const { log, origin, key, size, entries, withoutText } = JSON.parse(
    readFileSync(path, 'utf8'),
  ) as BundledLog;
  const texts = [log, origin, key].every((text) => typeof text === 'string');
  if (!texts || !Number.isInteger(size) || !Array.isArray(entries) || !Array.isArray(withoutText))
    throw new RangeError('its manifest is none');
  return { log, origin, key, size, entries, withoutText };
}
