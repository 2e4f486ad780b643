import { isJsonObject, type Json, type JsonObject } from '../../../schemas/json.ts';

/**
 * What is known about a value before a run. `dyn` means nothing is known and everything is
 * allowed. A `map` that is `open` may hold keys beyond `fields`, and those are `dyn`.
 */
export type ValueType =
  | {
      t: 'dyn' | 'null' | 'bool' | 'int' | 'double' | 'string' | 'bytes' | 'timestamp' | 'duration';
    }
  | { t: 'list'; of: ValueType }
  | { t: 'map'; fields: { [name: string]: ValueType }; open: boolean }
  | { t: 'optional'; of: ValueType };

/** Types of the root names an expression can see. */
export interface TypeEnv {
  [root: string]: ValueType;
}

export const dyn: ValueType = { t: 'dyn' };

// Deeper than any schema of ours; a schema that refers to itself ends here as `dyn`.
const schemaDepthMax = 12;

/**
 * Type of the values a JSON Schema (2020-12) allows. `integer` is int, `number` is double, an
 * object without `additionalProperties: false` is open. Whatever is not certain (several types,
 * null allowed, combinators, a reference outside the document) is `dyn`.
 */
export function typeFromSchema(schema: JsonObject): ValueType {
  return typeOf(schema, schema, 0);
}

function typeOf(schema: Json | undefined, document: JsonObject, depth: number): ValueType {
  if (!isJsonObject(schema) || depth > schemaDepthMax) return dyn;
  if (typeof schema.$ref === 'string') return typeOf(resolveRef(schema.$ref, document), document, depth + 1);
  if (['anyOf', 'oneOf', 'allOf', 'if', 'not'].some((keyword) => Object.hasOwn(schema, keyword))) return dyn;
  switch (schema.type ?? typeOfConstants(schema)) {
    case 'boolean':
      return { t: 'bool' };
    case 'integer':
      return { t: 'int' };
    case 'number':
      return { t: 'double' };
    case 'string':
      return { t: 'string' };
    case 'null':
      return { t: 'null' };
    case 'array':
      return { t: 'list', of: typeOf(schema.items, document, depth + 1) };
    case 'object':
      return objectType(schema, document, depth);
    default:
      return dyn;
  }
}

function objectType(schema: JsonObject, document: JsonObject, depth: number): ValueType {
  const fields: { [name: string]: ValueType } = Object.create(null);
  const properties = isJsonObject(schema.properties) ? schema.properties : {};
  for (const [name, property] of Object.entries(properties)) {
    fields[name] = typeOf(property, document, depth + 1);
  }
  const closed = schema.additionalProperties === false && !Object.hasOwn(schema, 'patternProperties');
  return { t: 'map', fields, open: !closed };
}

function typeOfConstants(schema: JsonObject): string | undefined {
  const values = Array.isArray(schema.enum)
    ? schema.enum
    : Object.hasOwn(schema, 'const')
      ? [schema.const]
      : [];
  const kinds = new Set(values.map((value) => typeof value));
  if (kinds.size !== 1) return undefined;
  return kinds.has('string') ? 'string' : kinds.has('boolean') ? 'boolean' : undefined;
}

function resolveRef(ref: string, document: JsonObject): Json | undefined {
  if (!ref.startsWith('#/')) return undefined;
  let value: Json | undefined = document;
  for (const part of ref.slice(2).split('/')) {
    const key = part.replaceAll('~1', '/').replaceAll('~0', '~');
    if (!isJsonObject(value) || !Object.hasOwn(value, key)) return undefined;
    value = value[key];
  }
  return value;
}

/** As people and messages write it: `list of string`. */
export function describeType(type: ValueType): string {
  switch (type.t) {
    case 'dyn':
      return 'any value';
    case 'list':
      return type.of.t === 'dyn' ? 'list' : `list of ${describeType(type.of)}`;
    case 'optional':
      return `optional ${describeType(type.of)}`;
    default:
      return type.t;
  }
}
