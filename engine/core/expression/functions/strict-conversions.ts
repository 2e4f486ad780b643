import { Duration } from '@marcbachmann/cel-js/evaluator';

import { ExpressionError } from '../expression-error.ts';

/*
 * `int`, `double`, `timestamp` and `duration` of text. The library's own read more than CEL allows: `int("")`
 * is 0, `double("0x10")` is 16, and `timestamp("2026-01-01 00:00:00.0")` is read in the time zone
 * of the machine; `duration` of a long row of digits takes cubic time. A condition on a field that is empty must fail, not compare with 0.
 */

const intMax = 9_223_372_036_854_775_807n;
const intMin = -9_223_372_036_854_775_808n;

/** @throws ExpressionError if the value is not a whole number of 64 bits */
export function toInt(value: unknown): bigint {
  if (typeof value === 'bigint') return value;
  if (typeof value === 'number' && Number.isFinite(value)) return inRange(BigInt(Math.trunc(value)));
  if (typeof value === 'string' && /^[+-]?[0-9]{1,19}$/.test(value))
    return inRange(BigInt(value.replace(/^\+/, '')));
  if (value instanceof Date) return BigInt(Math.floor(value.getTime() / 1000));
  throw new ExpressionError(`int(): cannot read ${show(value)} as a whole number`);
}

/** @throws ExpressionError if the value is not a finite number */
export function toDouble(value: unknown): number {
  if (typeof value === 'number') return value;
  if (typeof value === 'bigint') return Number(value);
  if (
    typeof value === 'string' &&
    /^[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]{1,4})?$/.test(value)
  ) {
    const number = Number(value);
    if (Number.isFinite(number)) return number;
  }
  throw new ExpressionError(`double(): cannot read ${show(value)} as a number`);
}

const rfc3339 = /^(\d{4})-(\d{2})-(\d{2})[Tt]\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?(?:[Zz]|[+-]\d{2}:\d{2})$/;

/**
 * RFC 3339 text, always with a zone, or whole seconds since 1970. Milliseconds are kept, finer is cut.
 *
 * @throws ExpressionError if it is neither, or no such instant exists between the years 1 and 9999
 */
export function toTimestamp(value: unknown): Date {
  if (value instanceof Date) return value;
  if (typeof value === 'bigint') return instant(Number(value) * 1000, value);
  if (typeof value === 'string' && namesDay(value)) return instant(Date.parse(value.toUpperCase()), value);
  throw new ExpressionError(`timestamp(): ${show(value)} is not RFC 3339`);
}

/** Null: it is not RFC 3339 with a zone, or no such instant exists between the years 1 and 9999. */
export function readInstant(text: string): Date | null {
  const ms = namesDay(text) ? Date.parse(text.toUpperCase()) : Number.NaN;
  return isInstant(ms) ? new Date(ms) : null;
}

/** Date.parse turns 30 February into 2 March. */
function namesDay(text: string): boolean {
  const [, year, month, day] = rfc3339.exec(text) ?? [];
  return day !== undefined && Number(day) <= new Date(Date.UTC(Number(year), Number(month), 0)).getUTCDate();
}

function instant(ms: number, source: unknown): Date {
  if (isInstant(ms)) return new Date(ms);
  throw new ExpressionError(`timestamp(): no such instant: ${show(source)}`);
}

function isInstant(ms: number): boolean {
  return ms >= -62_135_596_800_000 && ms <= 253_402_300_799_999;
}

const unitNanos: { [unit: string]: bigint } = {
  h: 3_600_000_000_000n,
  m: 60_000_000_000n,
  s: 1_000_000_000n,
  ms: 1_000_000n,
  us: 1_000n,
  µs: 1_000n,
  ns: 1n,
};

// 10,000 years, as in CEL.
const durationMaxNanos = 315_576_000_000n * 1_000_000_000n;

/**
 * `90s`, `-1.5h`, `2h45m`: numbers with units h, m, s, ms, us and ns, at most 64 characters.
 *
 * @throws ExpressionError if it is not such text, or longer than 10,000 years
 */
export function toDuration(value: unknown): Duration {
  if (value instanceof Duration) return value;
  const number = /(\d{1,18})(?:\.(\d{1,9}))?(h|ms|m|s|us|µs|ns)/g;
  const text = typeof value === 'string' && value.length <= 64 ? value : '';
  const unsigned = text.replace(/^[+-]/, '');
  if (unsigned === '' || unsigned.replace(number, '') !== '') {
    throw new ExpressionError(`duration(): cannot read ${show(value)}; write "90s", "15m" or "2h30m"`);
  }
  let nanos = 0n;
  for (const [, whole = '0', fraction = '', unit = 's'] of unsigned.matchAll(number)) {
    const size = unitNanos[unit] ?? 0n;
    nanos += BigInt(whole) * size + (BigInt(fraction.padEnd(9, '0')) * size) / 1_000_000_000n;
  }
  if (nanos > durationMaxNanos) throw new ExpressionError('duration(): longer than 10,000 years');
  return fromNanos(text.startsWith('-') ? -nanos : nanos);
}

/**
 * The form in which the library adds and compares durations rightly: nanoseconds never negative. The
 * difference of two timestamps comes with both parts negative, and adding to that is a second off.
 */
export function evenDuration(value: unknown): unknown {
  return value instanceof Duration ? fromNanos(value.seconds * 1_000_000_000n + BigInt(value.nanos)) : value;
}

function fromNanos(nanos: bigint): Duration {
  const fraction = ((nanos % 1_000_000_000n) + 1_000_000_000n) % 1_000_000_000n;
  return new Duration((nanos - fraction) / 1_000_000_000n, Number(fraction));
}

function inRange(value: bigint): bigint {
  if (value <= intMax && value >= intMin) return value;
  throw new ExpressionError('int(): outside 64 bits');
}

function show(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.slice(0, 64));
  if (typeof value === 'bigint' || typeof value === 'number' || typeof value === 'boolean')
    return String(value);
  return value === null ? 'null' : 'this value';
}
