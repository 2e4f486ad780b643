import { createHash } from 'node:crypto';
import { isMoment } from './time.ts';

/*
 * An opaque place in a list. It carries the fingerprint of list, sort and filter, so that a cursor
 * taken to another question is refused instead of skipping rows. It holds no secret and grants
 * nothing: the tenant and the rights come from the caller each time.
 */

export class BadCursor extends Error {
  constructor() {
    super('the cursor does not belong to this list, sort and filter');
    this.name = 'BadCursor';
  }
}

/** `place`: where a step stands in its run, an array of whole numbers. `text`: in the order of the database. */
export type SortKind = 'time' | 'index' | 'place' | 'text';

/** @param key the last row's sort value and id, as text. */
export function encodeCursor(question: string, key: readonly [string, string]): string {
  return Buffer.from(JSON.stringify([1, fingerprint(question), ...key])).toString('base64url');
}

/** @throws BadCursor for anything that `encodeCursor` did not write for this question. */
export function decodeCursor(question: string, kind: SortKind, cursor: string): [string, string] {
  let parts: unknown;
  try {
    parts = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
  } catch {
    throw new BadCursor();
  }
  if (!Array.isArray(parts) || parts.length !== 4 || parts[0] !== 1 || parts[1] !== fingerprint(question)) {
    throw new BadCursor();
  }
  const [, , value, id] = parts as unknown[];
  if (typeof value !== 'string' || typeof id !== 'string') throw new BadCursor();
  if (!isSortValue(kind, value) || !isText(id)) throw new BadCursor();
  return [value, id];
}

// What a forged cursor says must never become a database error.
function isSortValue(kind: SortKind, value: string): boolean {
  if (kind === 'place') return /^\{\d{1,9}(,\d{1,9}){0,63}\}$/.test(value);
  if (kind === 'text') return isText(value);
  if (kind === 'index') return /^\d{1,15}$/.test(value);
  return /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,6})?Z$/.test(value) && isMoment(value);
}

/** What the database could hold as a name or an id. */
function isText(value: string): boolean {
  return value.length <= 1000 && !value.includes('\0');
}

function fingerprint(question: string): string {
  return createHash('sha256').update(question).digest('base64url').slice(0, 16);
}
