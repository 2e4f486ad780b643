import { isJsonObject, type Json } from '../../../schemas/json.ts';
import { doublesEverywhere } from './alert-type.ts';
import { ExpressionError } from './expression-error.ts';
import { isForbiddenKey } from './forbidden-key.ts';
import { dataDepthMax } from './limits.ts';
import type { Reference } from './references.ts';
import { dyn, type TypeEnv, type ValueType } from './value-type.ts';

/**
 * JSON as the engine reads it (7.4): a safe whole number becomes int unless its type says double,
 * an object becomes a Map. A Map has own keys only, so `toString` is simply not there, and an
 * object with a key `constructor` cannot pass for another type. Keys are sorted: the store does
 * not keep their order, and a walk over them must not depend on it.
 *
 * @throws ExpressionError if the data is nested deeper than 100 or is not JSON
 */
export function toEngineValue(value: Json, type: ValueType = dyn, depth = 0): unknown {
  if (depth > dataDepthMax) throw new ExpressionError(`the data is nested deeper than ${dataDepthMax}`);
  if (typeof value === 'number') {
    return Number.isSafeInteger(value) && type.t !== 'double' ? BigInt(value) : value;
  }
  if (Array.isArray(value)) {
    const element = type.t === 'list' ? type.of : dyn;
    return value.map((item) => toEngineValue(item, element, depth + 1));
  }
  if (isJsonObject(value)) {
    const map = new Map<string, unknown>();
    for (const key of Object.keys(value).sort()) setField(map, value, key, fieldType(type, key), depth);
    return map;
  }
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value;
  throw new ExpressionError('the data is not plain JSON');
}

function setField(
  map: Map<string, unknown>,
  object: { [key: string]: Json },
  key: string,
  type: ValueType,
  depth: number,
): void {
  const value = object[key];
  if (value !== undefined && !isForbiddenKey(key)) map.set(key, toEngineValue(value, type, depth + 1));
}

function fieldType(type: ValueType, key: string): ValueType {
  return (type.t === 'map' ? own(type.fields, key) : undefined) ?? dyn;
}

function own(types: TypeEnv, name: string): ValueType | undefined {
  return Object.hasOwn(types, name) ? types[name] : undefined;
}

interface Wanted {
  whole: boolean;
  fields: Map<string, Wanted>;
}

/**
 * The part of the data that an expression names, converted. A run may hold 200 steps with 256 KiB
 * of outputs each; `steps.a.status == "succeeded"` converts one text.
 */
export function selectData(
  names: { [root: string]: Json },
  references: readonly Reference[],
  types: TypeEnv = {},
): Map<string, unknown> {
  const roots = new Map<string, Wanted>();
  for (const reference of references) want(roots, reference);
  const data = new Map<string, unknown>();
  for (const [name, wanted] of roots) {
    const value = Object.hasOwn(names, name) ? names[name] : undefined;
    const type = own(types, name) ?? own(doublesEverywhere, name) ?? dyn;
    if (value !== undefined) data.set(name, pick(value, wanted, type));
  }
  return data;
}

function want(roots: Map<string, Wanted>, reference: Reference): void {
  let fields = roots;
  const keys = [reference.root, ...reference.path];
  for (const [i, key] of keys.entries()) {
    // Lists are taken whole: an index beyond the end must still be told from a missing key.
    if (typeof key === 'number') return;
    const known = fields.get(key) ?? { whole: false, fields: new Map() };
    fields.set(key, known);
    if (i === keys.length - 1 || typeof keys[i + 1] === 'number') known.whole = true;
    fields = known.fields;
  }
}

function pick(value: Json, wanted: Wanted, type: ValueType): unknown {
  if (wanted.whole || !isJsonObject(value)) return toEngineValue(value, type);
  const map = new Map<string, unknown>();
  for (const [key, deeper] of wanted.fields) {
    const field = Object.hasOwn(value, key) && !isForbiddenKey(key) ? value[key] : undefined;
    if (field !== undefined) map.set(key, pick(field, deeper, fieldType(type, key)));
  }
  return map;
}
