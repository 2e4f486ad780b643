import type { Hash } from './merkle.ts';
import { hashBytes } from './merkle.ts';
import { decodeBase64 } from './verifier-key.ts';

/** C2SP tlog-checkpoint: what a log signs. Origin, size and root, and no extension lines. */
export interface Checkpoint {
  origin: string;
  size: number;
  root: Hash;
}

export function formatCheckpoint({ origin, size, root }: Checkpoint): string {
  return `${origin}\n${size}\n${Buffer.from(root).toString('base64')}\n`;
}

/** Null when the text is no checkpoint. Extension lines of other logs are allowed and not read. */
export function parseCheckpoint(text: string): Checkpoint | null {
  const [origin, sizeText, rootText, ...rest] = text.split('\n');
  if (origin === undefined || origin === '' || sizeText === undefined || rootText === undefined) return null;
  if (rest.at(-1) !== '' || rest.slice(0, -1).includes('')) return null;
  if (!/^(0|[1-9][0-9]{0,15})$/.test(sizeText)) return null;
  const size = Number(sizeText);
  const root = decodeBase64(rootText);
  if (!Number.isSafeInteger(size) || root === null || root.length !== hashBytes) return null;
  return { origin, size, root };
}
