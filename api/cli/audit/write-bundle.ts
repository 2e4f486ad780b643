import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import {
  type BundledArtifact,
  type BundledLog,
  beforeFolder,
  bundleFiles,
  type Subject,
} from '../../evidence/bundle-files.ts';
import { evidenceProgram } from '../../evidence/evidence-program.ts';
import { evidenceReadme } from '../../evidence/evidence-readme.ts';
import { CliError, exitCodes } from '../cli-error.ts';
import type { Settings } from '../settings.ts';
import { streamServer } from '../stream-server.ts';
import { unpack } from './unpack.ts';
import { readKey } from './verifier/key.ts';
import { writeWhole } from './whole-folder.ts';

/** Evidence as the server sends it, in a folder of its own. What checks it, and says how, is this copy's and not the server's. */

export interface Bundle {
  /** The newest first, down to the oldest that says anything. */
  logs: BundledLog[];
  artifacts: BundledArtifact[];
}

export function writeBundle(settings: Settings, subject: Subject, folder: string): Promise<Bundle> {
  return writeWhole(folder, async (part) => {
    const { logs, artifacts } = await take(settings, subject, part);
    const readme = { name: bundleFiles.readme, text: evidenceReadme(subject, logs, artifacts) };
    for (const { name, text } of [readme, ...(await evidenceProgram())]) write(join(part, name), text, 'w');
    return { logs, artifacts };
  });
}

async function take(settings: Settings, { kind, id }: Subject, part: string): Promise<Bundle> {
  const archive = await streamServer(settings, `/v1/${kind}s/${encodeURIComponent(id)}/evidence`);
  try {
    await unpack(archive, (name, content) => {
      const path = placeOf(part, name);
      if (path !== null) write(path, content, 'wx');
    });
    return { logs: logsIn(part), artifacts: artifactsIn(part) };
  } catch (error) {
    throw new CliError(
      exitCodes.failure,
      `The server did not send the whole evidence (${error instanceof Error ? error.message : String(error)}). Nothing was kept; ask again.`,
    );
  }
}

function write(path: string, content: string | Uint8Array, flag: 'w' | 'wx'): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content, { flag });
}

const evidence =
  /^((before\/)*(proofs\/(0|[1-9]\d{0,14})\.tlog-proof|checkpoint|key|manifest\.json)|artifacts\/art_\w{1,64}\.json|entries\.csv)$/;
/** For whoever has nothing else. A copy of ours has its own, also of those that it does not know. */
const replaced = /^(README\.md|(verify-bundle|verifier\/[a-z0-9-]+)\.ts|verifier\/README\.md)$/;

/** A server that was taken over must not write where it likes. Null: not kept. */
function placeOf(folder: string, name: string): string | null {
  const [, path = ''] = /^[\w-]+\/(.*)$/.exec(name) ?? [];
  if (evidence.test(path)) return join(folder, path);
  if (replaced.test(path)) return null;
  throw new RangeError('it has a file that no evidence has');
}

/** A host and a path. It is part of the key, and with that of a command that people copy into a shell. */
const plainOrigin = /^[\w.:/[\]-]+$/;

/** @throws RangeError where the archive has no manifest, or one that is none */
function logsIn(folder: string): BundledLog[] {
  const before = join(folder, beforeFolder);
  return [readManifest(join(folder, bundleFiles.manifest)), ...(existsSync(before) ? logsIn(before) : [])];
}

/** A server that knows of no artifacts sends none. @throws RangeError where the list is none */
function artifactsIn(folder: string): BundledArtifact[] {
  const manifest = readFileSync(join(folder, bundleFiles.manifest), 'utf8');
  const { artifacts = [] } = JSON.parse(manifest) as { artifacts?: BundledArtifact[] };
  if (!Array.isArray(artifacts) || artifacts.some((each) => typeof each !== 'object' || each === null))
    throw new RangeError('its manifest is none');
  return artifacts;
}

function readManifest(path: string): BundledLog {
  if (!existsSync(path)) throw new RangeError('it has no manifest');
  const { log, origin, key, size, entries, withoutText } = JSON.parse(
    readFileSync(path, 'utf8'),
  ) as BundledLog;
  const texts = [log, origin, key].every((text) => typeof text === 'string');
  const named = texts && plainOrigin.test(origin) && (key === '' || readKey(key)?.name === origin);
  if (!named || !Number.isInteger(size) || !Array.isArray(entries) || !Array.isArray(withoutText))
    throw new RangeError('its manifest is none');
  return { log, origin, key, size, entries, withoutText };
}
