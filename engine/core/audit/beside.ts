import { createHash } from 'node:crypto';
import type { Entry } from '../contracts/entry.ts';

/** Digest, in hex, of what did not fit into an entry and is kept beside it; null when all of it is inside. */
export function besideOf({ data }: Entry): string | null {
  const { media_type: type, sha256, size } = data ?? {};
  const named = type === 'application/json' && typeof size === 'number';
  return named && typeof sha256 === 'string' && /^[0-9a-f]{64}$/.test(sha256) ? sha256 : null;
}

export function fitsBeside(bytes: Uint8Array, sha256: string): boolean {
  return createHash('sha256').update(bytes).digest('hex') === sha256;
}
