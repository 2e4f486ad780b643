import { describe, expect, test } from 'vitest';
import { jsonLimits, parseJson } from '../../api/http/parse-json.ts';
import { Problem } from '../../api/http/problem.ts';

const parse = (text: string) => parseJson(Buffer.from(text));

function refusalOf(text: string | Uint8Array): string {
  try {
    parseJson(typeof text === 'string' ? Buffer.from(text) : text);
  } catch (error) {
    if (error instanceof Problem) return `${error.code}: ${error.detail}`;
    throw error;
  }
  return 'accepted';
}

describe('JSON from outside', () => {
  test('what an alert looks like comes through unchanged', () => {
    const value = { a: [1, 2.5, true, null, { b: 'Grüße 👋 "quoted" \\ {not: [a, brace' }], '': '' };
    expect(parse(JSON.stringify(value))).toEqual(value);
    expect(parse('"text"')).toBe('text');
  });

  test('the deepest allowed nesting passes and one level more is refused', () => {
    const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth);
    expect(refusalOf(nested(jsonLimits.depth))).toBe('accepted');
    expect(refusalOf(nested(jsonLimits.depth + 1))).toContain('nested deeper');
    expect(refusalOf('['.repeat(1_000_000))).toContain('nested deeper');
  });

  test('brackets inside texts are not nesting', () => {
    expect(refusalOf(JSON.stringify('['.repeat(1000)))).toBe('accepted');
    expect(refusalOf('"\\"[[[[["')).toBe('accepted');
  });

  test('too many keys are refused, also when spread over many objects', () => {
    const one = Object.fromEntries(Array.from({ length: jsonLimits.keys + 1 }, (_, n) => [`k${n}`, 1]));
    expect(refusalOf(JSON.stringify(one))).toContain('keys');
    const spread = JSON.stringify(Array.from({ length: jsonLimits.keys + 1 }, () => ({ a: 1 })));
    expect(refusalOf(spread)).toContain('keys');
  });

  test('a key written twice is refused, however it is escaped', () => {
    expect(refusalOf('{"target":"a","target":"b"}')).toContain('written twice');
    expect(refusalOf('{"a":1,"\\u0061":2}')).toContain('written twice');
    expect(refusalOf('{"a":{"a":1},"b":{"a":1}}')).toBe('accepted');
    expect(refusalOf('{"a":["a","a"]}')).toBe('accepted');
  });

  test.each(['__proto__', 'constructor', 'prototype', '\\u005f_proto__'])(
    'the key %s is refused anywhere',
    (key) => {
      expect(refusalOf(`{"x":[{"${key}":1}]}`)).toContain('not allowed');
    },
  );

  test('a whole number that would be rounded keeps its digits, as a text', () => {
    expect(parse('{"id":9007199254740993,"ids":[-9007199254740993, 12345678901234567890]}')).toEqual({
      id: '9007199254740993',
      ids: ['-9007199254740993', '12345678901234567890'],
    });
    expect(parse('9007199254740993')).toBe('9007199254740993');
    expect(parse('{"n":[9007199254740991,-9007199254740991,1234567890.125,1e20]}')).toEqual({
      n: [9007199254740991, -9007199254740991, 1234567890.125, 1e20],
    });
    expect(parse('[9007199254740993.0,-9.007199254740993e15,9007199254740993E0,9007199254740991.5]')).toEqual(
      ['9007199254740993.0', '-9.007199254740993e15', '9007199254740993E0', '9007199254740991.5'],
    );
    expect(parse('[1.50e300,9007199254740994.0,0.1000000000000000055,-1e-7]')).toEqual([
      1.5e300, 9007199254740994, 0.1, -1e-7,
    ]);
    const texts = '{"a \\" 9007199254740993":"x\\\\","b":": 9007199254740993,"}';
    expect(parse(texts)).toEqual({ 'a " 9007199254740993': 'x\\', b: ': 9007199254740993,' });
  });

  test('what is no JSON does not become some by it', () => {
    expect(refusalOf('{9007199254740993:1}')).toContain('not JSON');
    expect(refusalOf('[009007199254740993]')).toContain('not JSON');
    expect(refusalOf('[9007199254740993x]')).toContain('not JSON');
  });

  test('numbers that would be stored as null are refused', () => {
    expect(refusalOf('{"a":[1e400]}')).toContain('/a/0 must not be a number');
    expect(refusalOf(`{"${'a'.repeat(5_000)}":1e400}`).length).toBeLessThan(300);
    expect(refusalOf('-1e400')).toContain('number');
    expect(refusalOf('{"a":[1e308, -0, 1e-400, 18446744073709551615]}')).toBe('accepted');
  });

  test('texts that the database cannot store are refused', () => {
    expect(refusalOf('{"a":"\\u0000"}')).toContain('U+0000');
    expect(refusalOf('{"a":["\\ud800"]}')).toContain('surrogate');
    expect(refusalOf('{"\\ud800":1}')).toContain('surrogate');
    expect(refusalOf('"\\ud83d\\ude00"')).toBe('accepted');
  });

  test('bytes that are not UTF-8 are refused', () => {
    expect(refusalOf(Uint8Array.from([0x22, 0xff, 0x22]))).toContain('UTF-8');
  });

  test.each([
    '',
    '{',
    '{"a"',
    '{"a":}',
    '[1,]',
    '{"a":1,}',
    'NaN',
    '"open',
    '{"a" "b"}',
    '}{',
    '{"\\x":1}',
    "{'a':1}",
  ])('what is not JSON is refused: %s', (text) => {
    expect(refusalOf(text)).toContain('request/invalid');
  });
});
