import { join } from 'node:path';
import type { ExportedEntry } from '../../api/cli/audit/verifier/exported-entry.ts';
import { bundleEntries } from '../../engine/core/audit/entry-bundle.ts';
import { rootOf } from '../../engine/core/audit/merkle.ts';

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
  orders: { done: number; unsigned: number };
  head: { size: number; note: string } | null;
  findings: { index: number | null; before?: number; message: string; means: string; exact?: number }[];
  count: number;
}

export interface Given {
  entries: readonly ExportedEntry[];
  checkpoints: readonly string[];
  key: string;
  trusted?: readonly string[];
  /** What a server says that is asked for keys alone; default what the entries say. */
  keyEntries?: readonly ExportedEntry[];
  /** What the tiles are made of; default the entries. */
  tiles?: readonly ExportedEntry[];
  /** From that many answers on, tiles are made of these instead. */
  later?: { answers: number; tiles: readonly ExportedEntry[] };
}

/** @param wanted.to the first entry behind it */
export async function rangeVerdict(
  given: Given,
  wanted: { from: number; to: number },
): Promise<BrowserVerdict> {
  const { verifyRange } = await browserScript('verify-range.js');
  const { readKey } = await browserScript('signed-note.js');
  const { later } = given;
  const before = tilesOver(given.tiles ?? given.entries, given.entries);
  const after = later === undefined ? before : tilesOver(later.tiles);
  let answers = 0;
  const source = {
    newest: given.checkpoints.at(-1) ?? '',
    tile: (...place: Parameters<typeof before.tile>) =>
      (later !== undefined && answers++ >= later.answers ? after : before).tile(...place),
  };
  const believed = { key: await readKey(given.key), trusted: given.trusted ?? [], ...wanted };
  return await verifyRange(source, believed, () => undefined);
}

/** As the log's routes serve them. @param bundled of which bundles of texts are made */
function tilesOver(entries: readonly ExportedEntry[], bundled = entries) {
  const leaves = entries.map(({ leaf }) => Buffer.from(leaf, 'hex'));
  return {
    size: entries.length,
    async tile(level: number | 'entries', n: number, width: number): Promise<Uint8Array | null> {
      if (level === 'entries') {
        const texts = bundled.slice(n * 256, n * 256 + width).map(({ raw }) => raw);
        return texts.includes(null) ? null : bundleEntries(texts.map((text) => Buffer.from(text ?? '')));
      }
      const below = 256 ** level;
      const roots = Array.from({ length: width }, (_, at) => (n * 256 + at) * below).map((from) =>
        rootOf(leaves.slice(from, from + below)),
      );
      return new Uint8Array(Buffer.concat(roots));
    },
  };
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
    ...tilesOver(given.tiles ?? entries),
  };
  return await verifyLog(source, { key, trusted }, () => undefined);
}

async function* pagesOf<Item>(items: readonly Item[]): AsyncGenerator<Item[]> {
  for (let from = 0; from < items.length; from += 200) yield items.slice(from, from + 200);
}
