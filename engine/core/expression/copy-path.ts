import { isJsonObject, type Json, type JsonObject } from '../../../schemas/json.ts';
import { ExpressionError } from './expression-error.ts';
import { isForbiddenKey } from './forbidden-key.ts';
import { dataDepthMax } from './limits.ts';

/**
 * T8: the value at a path, copied from the raw data without passing through the engine, so numbers
 * and texts stay as they came. Own keys only; a missing key is an error (T4).
 *
 * @throws ExpressionError if a key or index is not there, or the value is not plain JSON
 */
export function copyPath(
  names: { [root: string]: Json },
  root: string,
  path: readonly (string | number)[],
): Json {
  let value: Json | undefined = Object.hasOwn(names, root) ? names[root] : undefined;
  if (value === undefined) throw new ExpressionError(`there is no "${root}" here`);
  let seen = root;
  for (const key of path) {
    value = childOf(value, key);
    if (value === undefined) throw new ExpressionError(`no such key: ${JSON.stringify(key)} in ${seen}`);
    seen += typeof key === 'number' ? `[${key}]` : `.${key}`;
  }
  return copyJson(value, 0);
}

function childOf(value: Json, key: string | number): Json | undefined {
  if (typeof key === 'number') return Array.isArray(value) ? value[key] : undefined;
  return isJsonObject(value) && Object.hasOwn(value, key) && !isForbiddenKey(key) ? value[key] : undefined;
}

/** A copy, because results are stored and must not change with the data they were taken from. */
export function copyJson(value: Json, depth = 0): Json {
  if (depth > dataDepthMax) throw new ExpressionError(`the data is nested deeper than ${dataDepthMax}`);
  if (Array.isArray(value)) return value.map((item) => copyJson(item, depth + 1));
  if (isJsonObject(value)) {
    const copy: JsonObject = {};
    for (const [key, item] of Object.entries(value)) {
      if (!isForbiddenKey(key)) copy[key] = copyJson(item, depth + 1);
    }
    return copy;
  }
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value;
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  throw new ExpressionError('the data is not plain JSON');
}
