import { isJsonObject, type Json, type JsonObject } from '../../schemas/json.ts';

/*
 * Vendor answers are read field by field, by what is expected. A field of another kind counts as
 * absent; whether that matters is the caller's decision.
 */

export function textOf(object: JsonObject, name: string): string | null {
  const value = ownValue(object, name);
  return typeof value === 'string' ? value : null;
}

/** Absent or empty text is null. */
export function nonEmptyTextOf(object: JsonObject, name: string): string | null {
  const value = textOf(object, name);
  return value === null || value.trim() === '' ? null : value;
}

export function booleanOf(object: JsonObject, name: string): boolean | null {
  const value = ownValue(object, name);
  return typeof value === 'boolean' ? value : null;
}

export function objectOf(object: JsonObject, name: string): JsonObject {
  const value = ownValue(object, name);
  return isJsonObject(value) ? value : {};
}

/** The texts of a list; null if there is no list. */
export function textsOf(object: JsonObject, name: string): string[] | null {
  const value = ownValue(object, name);
  return Array.isArray(value) ? value.filter((item): item is string => typeof item === 'string') : null;
}

/** The `value` of a collection answer; null unless every row is an object. */
export function rowsOf(body: JsonObject, name = 'value'): JsonObject[] | null {
  const value = ownValue(body, name);
  if (!Array.isArray(value)) return null;
  const rows = value.filter((row): row is JsonObject => isJsonObject(row));
  return rows.length === value.length ? rows : null;
}

function ownValue(object: JsonObject, name: string): Json | undefined {
  return Object.hasOwn(object, name) ? object[name] : undefined;
}
