import { isJsonObject, type Json } from '../../../schemas/json.ts';

/** Stands where a value is that the caller may not read. */
export const masked = '[masked]';

/** Keeps the shape and the names, hides every value: viewers see that a step answered, not what. */
export function maskValues(value: Json): Json {
  if (value === null) return null;
  if (Array.isArray(value)) return value.map(maskValues);
  if (isJsonObject(value)) {
    return Object.fromEntries(Object.entries(value).map(([name, field]) => [name, maskValues(field)]));
  }
  return masked;
}
