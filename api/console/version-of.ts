import { createHash } from 'node:crypto';

/** Another one as soon as one of these is another. For an open page, which compares and says nothing of it. */
export function versionOf(parts: readonly unknown[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 16);
}
