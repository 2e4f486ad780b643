import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** What a browser needs to ask for a passkey; `version` changes with its content. Read once, at the start. */
export function readScript(): { script: string; version: string } {
  const script = readFileSync(join(import.meta.dirname, 'scripts', 'passkey.js'), 'utf8');
  return { script, version: createHash('sha256').update(script).digest('hex').slice(0, 12) };
}
