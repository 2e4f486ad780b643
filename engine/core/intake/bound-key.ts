import { createHash } from 'node:crypto';

/*
 * An index row of PostgreSQL holds 2,704 bytes, and several of our keys share theirs with two or
 * three short ones. A sender chooses the length of many texts, and a text too long for its index
 * would take the whole transaction with it.
 */
const bytesMax = 1024;

/** A text as a key of an index: itself, or its digest when it is too long. */
export function boundKey(text: string): string {
  if (Buffer.byteLength(text) <= bytesMax) return text;
  return `sha256:${createHash('sha256').update(text).digest('hex')}`;
}
