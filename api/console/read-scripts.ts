import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A file of `scripts/` that a page runs. What those import lies beside them. */
export type ScriptName = 'clock' | 'keys' | 'live' | 'passkey' | 'presence' | 'verify';

/** On every page of somebody who is signed in; each works without the others, and the page without all of them. */
export const everyPage: readonly ScriptName[] = ['clock', 'keys', 'live'];

export interface Scripts {
  /** Of all of them together, because one imports another by its bare name; changes with their content. */
  version: string;
  /** By file name. */
  files: ReadonlyMap<string, string>;
}

/** Read once, at the start. */
export function readScripts(): Scripts {
  const folder = join(import.meta.dirname, 'scripts');
  const names = readdirSync(folder).filter((name) => name.endsWith('.js'));
  const files = new Map(names.sort().map((name) => [name, readFileSync(join(folder, name), 'utf8')]));
  const all = createHash('sha256').update(JSON.stringify([...files]));
  return { version: all.digest('hex').slice(0, 12), files };
}
