import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/*
 * Answers that lie in a bundle beside the entries. The manifest, which nobody signed, says their digests; what vouches
 * for one is an entry that holds and names it by its id and the digest of what came.
 */

export interface ArtifactVerdict {
  file: string;
  /** What is known of it, for people. */
  known: string;
  fault: string | null;
}

interface Named {
  id: string;
  sha256: string;
  file: string | null;
  digest: string | null;
  why: string | null;
}

/** @param entries those that hold */
export function verifyArtifacts(folder: string, entries: readonly string[]): ArtifactVerdict[] {
  const named = namedIn(folder);
  if (named === null)
    return [{ file: 'manifest.json', known: '', fault: 'its list of artifacts is damaged' }];
  const judged = named.map((artifact) => judge(folder, artifact, entries));
  const files = new Set(named.map(({ file }) => file));
  const place = join(folder, 'artifacts');
  const strays = (existsSync(place) ? readdirSync(place) : []).map((name) => `artifacts/${name}`);
  return [
    ...judged,
    ...strays
      .filter((file) => !files.has(file))
      .map((file) => ({ file, known: '', fault: 'the manifest does not name it' })),
  ];
}

function judge(
  folder: string,
  { id, sha256, file, digest, why }: Named,
  entries: readonly string[],
): ArtifactVerdict {
  if (file === null)
    return { file: `artifacts/${id}.json`, known: `${sha256} is not here: ${why}`, fault: null };
  const path = join(folder, file);
  if (!existsSync(path)) return { file, known: '', fault: 'the manifest names it and it is not here' };
  const found = `sha256:${createHash('sha256').update(readFileSync(path)).digest('hex')}`;
  if (found !== digest) return { file, known: '', fault: 'it is not what the manifest says' };
  if (why !== null) return { file, known: `not all of ${sha256}: ${why}`, fault: null };
  if (found !== sha256) return { file, known: '', fault: 'it is not what came' };
  const vouched = entries.some((entry) => entry.includes(id) && entry.includes(sha256));
  return { file, known: vouched ? 'an entry names it' : 'no entry names it, only the manifest', fault: null };
}

/** Of bundles from before there were artifacts: none. Null when it is damaged. */
function namedIn(folder: string): Named[] | null {
  const path = join(folder, 'manifest.json');
  // Its own fault, told with the entries.
  if (!existsSync(path)) return [];
  try {
    const { artifacts = [] } = JSON.parse(readFileSync(path, 'utf8')) as { artifacts?: unknown };
    return Array.isArray(artifacts) && artifacts.every(isNamed) ? artifacts : null;
  } catch (error) {
    if (error instanceof SyntaxError) return [];
    throw error;
  }
}

function isNamed(value: unknown): value is Named {
  if (typeof value !== 'object' || value === null) return false;
  const { id, sha256, file, digest, why } = value as { [field: string]: unknown };
  const there = typeof id === 'string' && /^art_\w{1,64}$/.test(id);
  const said = typeof sha256 === 'string' && (why === null || typeof why === 'string');
  const here = file === `artifacts/${String(id)}.json` && typeof digest === 'string';
  return there && said && (here || (file === null && digest === null && why !== null));
}
