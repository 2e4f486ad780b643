import { join } from 'node:path';
import type { ExportedEntry } from '../../api/cli/audit/verifier/exported-entry.ts';

/* What a browser runs, here: plain modules with WebCrypto, which Node has as well. TypeScript knows no types of theirs. */

export interface BrowserVerdict {
  ok: boolean;
  entries: number;
  root: string;
  checkpoints: number;
  trusted: number;
  pruned: number;
  truncated: { from: number; to: number }[];
  keys: string[];
  head: { size: number; note: string } | null;
  findings: { index: number | null; before?: number; message: string; means: string }[];
}

export interface Given {
  entries: readonly ExportedEntry[];
  checkpoints: readonly string[];
  key: string;
  trusted?: readonly string[];
  /** What a server says that is asked for keys alone; default what the entries say. */
  keyEntries?: readonly ExportedEntry[];
}

export function browserScript(name: string) {
  return import(join(import.meta.dirname, '../../api/console/scripts', name));
}

export async function browserVerdict(given: Given): Promise<BrowserVerdict> {
  const { entries, checkpoints, trusted = [], keyEntries = entries } = given;
  const { verifyLog } = await browserScript('verify-log.js');
  const { readKey } = await browserScript('signed-note.js');
  const key = await readKey(given.key);
  const source = {
    entries: () => pagesOf(entries),
    keyEntries: () => pagesOf(keyEntries),
    checkpoints: () => pagesOf(checkpoints.map((note) => ({ note }))),
  };
  return await verifyLog(source, { key, trusted }, () => undefined);
}

async function* pagesOf<Item>(items: readonly Item[]): AsyncGenerator<Item[]> {
  for (let from = 0; from < items.length; from += 200) yield items.slice(from, from + 200);
}
