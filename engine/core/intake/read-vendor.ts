import { isJsonObject, type Json, type JsonObject } from '../../../schemas/json.ts';

/** Text of at most `max` characters; anything else is the empty text, which our schema allows where it means "not said". */
export function textOf(value: Json | undefined, max: number): string {
  if (typeof value !== 'string') return '';
  const cut = value.slice(0, max);
  // A cut through a surrogate pair would make a text that nobody can store out of one that was fine.
  return value.length > max && /[\ud800-\udbff]$/.test(cut) ? cut.slice(0, -1) : cut;
}

export function listOf(value: Json | undefined): Json[] {
  return Array.isArray(value) ? value : [];
}

export function objectOf(value: Json | undefined): JsonObject {
  return isJsonObject(value) ? value : {};
}

/**
 * RFC 3339 in UTC with milliseconds. The vendor writes up to seven fraction digits, which
 * `Date.parse` accepts and cuts; what is no date at all becomes the epoch, so that it is seen.
 */
export function dateOf(value: Json | undefined): string {
  const text =
    typeof value === 'string' && !Number.isNaN(Date.parse(value)) ? new Date(value).toISOString() : '';
  // Other years, such as that of a .NET `MinValue` east of Greenwich, are no instants of the language.
  return /^(?!0000)\d{4}-/.test(text) ? text : new Date(0).toISOString();
}

/** Drops members that say nothing, so that optional fields stay absent and not empty. */
export function said(fields: { [name: string]: string }): JsonObject {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== ''));
}

/** The first of equals by key; elements without a key are dropped. */
export function uniqueBy(list: JsonObject[], key: (each: JsonObject) => string): JsonObject[] {
  const found = new Map<string, JsonObject>();
  for (const each of list) {
    const name = key(each);
    if (name !== '' && !found.has(name)) found.set(name, each);
  }
  return [...found.values()].slice(0, 1000);
}
