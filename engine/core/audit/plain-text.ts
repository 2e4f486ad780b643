import { createHash } from 'node:crypto';

/*
 * Text from outside (alert fields, comments, names) made fit for an entry: always valid Unicode,
 * never longer than its field allows, and visibly marked where something was changed.
 */

/** Bytes that a string costs inside an entry: UTF-8, after JSON escaping, without the quotes. */
export function encodedBytes(text: string): number {
  return Buffer.byteLength(JSON.stringify(text)) - 2;
}

/**
 * RFC 8785 knows no lone surrogates, and an alert may hold one. Each is written out as the six characters
 * `\ud83d`, so that the reader sees what was there; dropping or refusing it would hide the alert.
 */
export function repairText(text: string): string {
  if (text.isWellFormed()) return text;
  return Array.from(text, (character) =>
    character.isWellFormed() ? character : `\\u${character.charCodeAt(0).toString(16)}`,
  ).join('');
}

/**
 * At most `limit` bytes inside the entry. A longer text is cut between characters and ends in
 * `…[cut from <bytes> bytes, sha256:<hex>]`; the digest is over the whole repaired text in UTF-8.
 */
export function boundText(text: string, limit: number): string {
  const repaired = repairText(text);
  // Escaping only adds bytes, so the cheap test spares the expensive one for nearly every field.
  if (repaired.length * 6 <= limit || encodedBytes(repaired) <= limit) return repaired;
  const digest = createHash('sha256').update(repaired).digest('hex');
  const marker = `…[cut from ${Buffer.byteLength(repaired)} bytes, sha256:${digest}]`;
  let room = limit - encodedBytes(marker);
  let end = 0;
  for (const character of repaired) {
    room -= encodedBytes(character);
    if (room < 0) break;
    end += character.length;
  }
  return repaired.slice(0, end) + marker;
}
