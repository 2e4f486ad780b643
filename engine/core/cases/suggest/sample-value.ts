import { isJsonObject, type Json, type JsonObject } from '../../../../schemas/json.ts';
import { validatorOf } from '../../schema/validator-of.ts';

/*
 * A small value that a schema allows. Knows the words that manifests and inputs use; where a pattern is
 * more than it can fill, the first candidate that passes the validator wins, and else whoever
 * plays the case finds out.
 */
export function sampleValue(schema: JsonObject | undefined): Json {
  if (schema === undefined) return 'some';
  if (Object.hasOwn(schema, 'const')) return schema.const as Json;
  const [first] = listOf(schema.enum);
  if (first !== undefined) return first;
  if (Object.hasOwn(schema, 'default')) return schema.default as Json;
  const [example] = listOf(schema.examples);
  if (example !== undefined) return example;
  const [alternative] = [...listOf(schema.oneOf), ...listOf(schema.anyOf)];
  switch (typeOf(schema)) {
    case 'string':
      return sampleText(schema);
    case 'integer':
    case 'number':
      return typeof schema.minimum === 'number' ? schema.minimum : 1;
    case 'boolean':
      return false;
    case 'null':
      return null;
    case 'array': {
      const count = typeof schema.minItems === 'number' ? schema.minItems : 0;
      return Array.from({ length: count }, (_, index) => distinct(sampleValue(itemsOf(schema)), index, []));
    }
    case 'object':
      return sampleObject(schema);
    default:
      return isJsonObject(alternative) ? sampleValue(alternative) : 'some';
  }
}

export function itemsOf(schema: JsonObject | undefined): JsonObject | undefined {
  return isJsonObject(schema?.items) ? schema.items : undefined;
}

/** The same element as another one: what tells them apart is numbered. */
export function distinct(value: Json, index: number, inside: readonly (string | number | null)[]): Json {
  if (index === 0) return value;
  const [key, ...rest] = inside;
  if (key !== undefined && key !== null && isJsonObject(value))
    return { ...value, [key]: distinct(value[key] ?? 'some', index, rest) };
  if (isJsonObject(value)) return Object.hasOwn(value, 'id') ? distinct(value, index, ['id']) : value;
  if (typeof value === 'number') return value + index;
  return typeof value === 'string' ? numbered(value, index) : value;
}

/** Keeps the length and the form, since ids often have one. */
function numbered(text: string, index: number): string {
  const digits = String(index + 1);
  const at = text.indexOf('@') === -1 ? text.length : text.indexOf('@');
  const name = text.slice(0, at);
  return (name.length > 8 ? name.slice(0, name.length - digits.length) : name) + digits + text.slice(at);
}

function sampleObject(schema: JsonObject): JsonObject {
  const properties = isJsonObject(schema.properties) ? schema.properties : {};
  const required = listOf(schema.required).filter((name) => typeof name === 'string');
  return Object.fromEntries(
    required.map((name) => {
      const field = properties[name];
      return [name, sampleValue(isJsonObject(field) ? field : undefined)];
    }),
  );
}

function sampleText(schema: JsonObject): string {
  const length = typeof schema.minLength === 'number' ? schema.minLength : 1;
  const long = [40, 64, 32].map((count) => 'a1b2c3d4'.repeat(count / 8));
  const candidates = [
    'some',
    ...repeated(schema.pattern),
    'a'.repeat(length),
    'someone@example.test',
    'example.test',
    '192.0.2.1',
    '2026-01-01T00:00:00Z',
    'https://example.test/',
    '1h',
    '1',
    '00000000-0000-4000-8000-000000000001',
    ...long,
  ];
  const validate = validatorOf(schema);
  return candidates.find((text) => validate(text).length === 0) ?? 'some';
}

/** `^[0-9a-f]{64}$` and its kin. */
function repeated(pattern: Json | undefined): string[] {
  const [, signs, count] =
    /^\^\[([^\]]+)\]\{(\d+)(?:,\d*)?\}\$$/.exec(typeof pattern === 'string' ? pattern : '') ?? [];
  return signs === undefined ? [] : [signs.charAt(0).repeat(Math.max(1, Number(count)))];
}

function typeOf(schema: JsonObject): Json | undefined {
  const { type } = schema;
  if (Array.isArray(type)) return type.find((each) => each !== 'null');
  return type ?? (Object.hasOwn(schema, 'properties') ? 'object' : undefined);
}

function listOf(value: Json | undefined): Json[] {
  return Array.isArray(value) ? value : [];
}
