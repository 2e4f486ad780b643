import type { Json, JsonObject } from '../../../schemas/json.ts';

/**
 * What a person typed for an argument, as the kind of value that its schema takes: text as it stands
 * where text is wanted, JSON everywhere else. Whether it fits is judged with all arguments together.
 */
export function readArgument(
  schema: JsonObject,
  typed: string,
): { ok: true; value: Json } | { ok: false; wanted: string } {
  if (takesText(schema)) return { ok: true, value: typed };
  try {
    return { ok: true, value: JSON.parse(typed) as Json };
  } catch {
    return { ok: false, wanted: typeof schema.type === 'string' ? `JSON of type ${schema.type}` : 'JSON' };
  }
}

/** The other way round: what is shown for changing. */
export function showArgument(schema: JsonObject, value: Json | undefined): string {
  if (value === undefined) return '';
  return takesText(schema) && typeof value === 'string' ? value : JSON.stringify(value);
}

/** The values to choose from, or null when there are too many to list. */
export function choicesOf(schema: JsonObject): Json[] | null {
  if (Array.isArray(schema.enum)) return schema.enum;
  return schema.type === 'boolean' ? [true, false] : null;
}

function takesText(schema: JsonObject): boolean {
  if (Array.isArray(schema.enum)) return schema.enum.every((choice) => typeof choice === 'string');
  return schema.type === 'string';
}
