import { isUtf8 } from 'node:buffer';
import { isJsonObject } from '../../../schemas/json.ts';
import { type Entry, entryTypes } from '../contracts/entry.ts';
import { isCanonicalText } from './canonical-text.ts';
import { entryBytesMax } from './entry.ts';

/** Why bytes in the log are not an entry that this engine wrote. */
export type UnreadableCode = 'too-long' | 'not-utf8' | 'not-json' | 'not-canonical' | 'not-an-entry';

export type ReadEntry = { ok: true; entry: Entry } | { ok: false; code: UnreadableCode; message: string };

/**
 * Bytes back to an entry. Besides the fields that everybody relies on, it demands that serialising what
 * was parsed gives the same bytes again: this is what finds duplicate names (which `JSON.parse` hides),
 * floats in odd spellings, white space and reordered members.
 */
export function readEntry(bytes: Uint8Array): ReadEntry {
  if (bytes.length > entryBytesMax) return unreadable('too-long', `${bytes.length} bytes`);
  if (!isUtf8(bytes)) return unreadable('not-utf8', 'the bytes are not UTF-8');
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('utf8');
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return unreadable('not-json', 'the text is not JSON');
  }
  if (!isJsonObject(value)) return unreadable('not-an-entry', 'the entry is not an object');
  if (!isCanonicalText(value, text))
    return unreadable('not-canonical', 'the text is not its own RFC 8785 form');
  const missing = missingField(value);
  if (missing !== null) return unreadable('not-an-entry', `${missing} is missing or malformed`);
  return { ok: true, entry: value as unknown as Entry };
}

const knownTypes: ReadonlySet<string> = new Set(entryTypes);

/** Only what later code reads from stored entries; a newer writer may add fields and stays readable. */
function missingField(value: { [name: string]: unknown }): string | null {
  if (value.v !== 1) return 'v';
  for (const name of ['id', 'tenant']) if (!isWord(value[name])) return name;
  for (const name of ['runId', 'actionKey', 'approvalId', 'planDigest']) {
    if (value[name] !== undefined && !isWord(value[name])) return name;
  }
  if (!isTime(value.time)) return 'time';
  if (typeof value.type !== 'string' || !knownTypes.has(value.type)) return 'type';
  if (!isJsonObject(value.actor) || typeof value.actor.id !== 'string') return 'actor';
  if (value.data !== undefined && !isJsonObject(value.data)) return 'data';
  return null;
}

function isWord(value: unknown): boolean {
  return typeof value === 'string' && value.length <= 256 && /^[\x21-\x7e]+$/.test(value);
}

function isTime(value: unknown): boolean {
  if (typeof value !== 'string' || !/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/.test(value)) return false;
  const ms = Date.parse(value);
  // Before 1970 nothing was logged, and PostgreSQL knows no year 0000.
  return ms >= 0 && new Date(ms).toISOString() === value;
}

function unreadable(code: UnreadableCode, message: string): ReadEntry {
  return { ok: false, code, message };
}
