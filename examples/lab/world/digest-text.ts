import { createHash } from 'node:crypto';

/** First 16 hex digits of the SHA-256: enough to recognise the same text, short enough to read. */
export function digestText(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}
