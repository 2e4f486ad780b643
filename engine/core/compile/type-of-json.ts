import { isJsonObject, type Json } from '../../../schemas/json.ts';
import { dyn, type ValueType } from '../expression/value-type.ts';

/** The type of a constant. Elements of a list may differ, so they stay unknown. */
export function typeOfJson(value: Json): ValueType {
  switch (typeof value) {
    case 'string':
      return { t: 'string' };
    case 'boolean':
      return { t: 'bool' };
    case 'number':
      return { t: Number.isInteger(value) ? 'int' : 'double' };
    default:
      break;
  }
  if (Array.isArray(value)) return { t: 'list', of: dyn };
  if (!isJsonObject(value)) return { t: 'null' };
  const fields = Object.entries(value).map(([name, field]) => [name, typeOfJson(field)] as const);
  return { t: 'map', fields: Object.fromEntries(fields), open: false };
}
