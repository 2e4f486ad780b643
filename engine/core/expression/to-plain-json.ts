import { Optional } from '@marcbachmann/cel-js';
import { Duration, UnsignedInt } from '@marcbachmann/cel-js/evaluator';

import type { Json, JsonObject } from '../../../schemas/json.ts';
import { ExpressionError } from './expression-error.ts';
import { isForbiddenKey } from './forbidden-key.ts';
import { dataDepthMax } from './limits.ts';
import type { Meter } from './meter.ts';

/**
 * A value of the engine as plain JSON (T1, 7.4): int if it is safe as a number, timestamp as
 * RFC 3339 in UTC with milliseconds, duration in seconds with `s`. Lone surrogates, which
 * `substring` can cut out of valid text, become U+FFFD: the audit log refuses them.
 *
 * @param meter charged per value, because `[x, x, x]` nested three times is small in memory and large in text
 * @throws ExpressionError for bytes, types, open optionals, unsafe ints and infinite doubles
 */
export function toPlainJson(value: unknown, meter?: Meter, depth = 0): Json {
  meter?.charge(1);
  switch (typeof value) {
    case 'boolean':
      return value;
    case 'string':
      meter?.chargeSize(value);
      return storable(value);
    case 'bigint':
      return fromInt(value);
    case 'number':
      return fromDouble(value);
    default:
      return fromObject(value, meter, depth);
  }
}

function fromObject(value: unknown, meter: Meter | undefined, depth: number): Json {
  if (value === null) return null;
  if (depth > 2 * dataDepthMax) throw new ExpressionError('the result is nested too deeply');
  if (Array.isArray(value)) return value.map((item) => toPlainJson(item, meter, depth + 1));
  if (value instanceof Map) return fromEntries(value.entries(), meter, depth);
  if (value instanceof Date) return timestampText(value);
  if (value instanceof Duration) return durationText(value);
  if (value instanceof UnsignedInt) return fromInt(value.valueOf());
  if (value instanceof Optional) {
    throw new ExpressionError('the result is optional; end with .orValue(…) or use coalesce(…)');
  }
  if (value instanceof Uint8Array) throw new ExpressionError('bytes are not JSON; use .base64() or .hex()');
  if (typeof value === 'object' && Object.getPrototypeOf(value) === Object.prototype) {
    return fromEntries(Object.entries(value), meter, depth);
  }
  throw new ExpressionError('the result is not a value that JSON knows');
}

function fromEntries(
  entries: Iterable<[unknown, unknown]>,
  meter: Meter | undefined,
  depth: number,
): JsonObject {
  const object: JsonObject = {};
  for (const [name, value] of entries) {
    const key = storable(String(name));
    if (!isForbiddenKey(key)) object[key] = toPlainJson(value, meter, depth + 1);
  }
  return object;
}

/** What a JSON column refuses, made visible: one expression must not keep its run from being stored. */
function storable(text: string): string {
  return text.toWellFormed().replaceAll('\u0000', '\uFFFD');
}

function fromInt(value: bigint): number {
  const number = Number(value);
  if (Number.isSafeInteger(number)) return number;
  throw new ExpressionError(`${String(value).slice(0, 40)} is too large for a JSON number; use string(…)`);
}

function fromDouble(value: number): number {
  if (!Number.isFinite(value)) throw new ExpressionError('the result is not a finite number');
  return value === 0 ? 0 : value;
}

/** RFC 3339 in UTC with exactly three fraction digits. */
export function timestampText(value: Date): string {
  const year = value.getUTCFullYear();
  if (year >= 1 && year <= 9999) return value.toISOString();
  throw new ExpressionError('the timestamp is outside the years 1 to 9999');
}

/** Seconds with `s`, as few digits as needed: `90s`, `-0.5s`. The library's own text loses the sign of a fraction. */
export function durationText(value: Duration): string {
  const nanos = value.seconds * 1_000_000_000n + BigInt(value.nanos);
  const size = nanos < 0n ? -nanos : nanos;
  const fraction = String(size % 1_000_000_000n)
    .padStart(9, '0')
    .replace(/(?<!0)0+$/, '');
  return `${nanos < 0n ? '-' : ''}${size / 1_000_000_000n}${fraction ? `.${fraction}` : ''}s`;
}
