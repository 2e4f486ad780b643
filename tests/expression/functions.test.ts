import { describe, expect, test } from 'vitest';

import { checkExpression } from '../../engine/core/expression/check-expression.ts';
import { evaluate } from '../../engine/core/expression/evaluate.ts';
import type { Json } from '../../schemas/json.ts';

// 28 March 2027, 23:30 UTC: in Berlin already the 29th, one day after the clocks went forward.
const scope = {
  names: { a: { x: null, y: 'Y', list: ['b', 'a'], bad: '10.0.0.1:443', map: { z: 1, a: 2 } } } as {
    [root: string]: Json;
  },
  nowMs: Date.UTC(2027, 2, 28, 23, 30, 15, 250),
};

describe('added functions', () => {
  test.each<[string, Json]>([
    ['re_match("powershell.exe -enc AAAA", "(?i)-ENC\\\\s")', true],
    ['re_match("abc", "b")', true],
    ['re_match("abc", "^b")', false],
    ['glob("WS-17.corp.test", "WS-*.corp.test")', true],
    ['glob("WS-17", "ws-*")', false],
    ['glob("abc", "a?c")', true],
    ['glob("abc", "a?")', false],
    ['glob("aaab", "*a*b")', true],
    ['glob("a.b", "a[.]b")', false],
    ['glob("", "*")', true],
    ['cidr_contains("10.0.0.0/8", "10.255.0.1")', true],
    ['cidr_contains("10.0.0.0/8", "11.0.0.1")', false],
    ['cidr_contains("10.1.2.3/8", "10.0.0.1")', true],
    ['cidr_contains("10.0.0.0/8", "::ffff:10.0.0.1")', true],
    ['cidr_contains("2001:db8::/32", "2001:db8:1::5")', true],
    ['cidr_contains("2001:db8::/32", "10.0.0.1")', false],
    ['cidr_contains("0.0.0.0/0", "1.2.3.4")', true],
    ['cidr_contains("10.0.0.1", "10.0.0.1")', true],
    ['lower("ÄB")', 'äb'],
    ['sha256("abc")', 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'],
    ['to_json({"b": [1, 1.5, null], "a": "\\"x"})', '{"a":"\\"x","b":[1,1.5,null]}'],
    ['to_json(a.map)', '{"a":2,"z":1}'],
    ['to_json(now())', '"2027-03-28T23:30:15.250Z"'],
    ['url_encode("a b/ü?&\'()*!~.-_")', 'a%20b%2F%C3%BC%3F%26%27%28%29%2A%21~.-_'],
    ['now()', '2027-03-28T23:30:15.250Z'],
    ['now() - duration("30m") < now()', true],
    ['coalesce(a.?gone, a.x, a.?y)', 'Y'],
    ['coalesce(a.?gone, a.?x)', null],
    ['coalesce("first", "second")', 'first'],
  ])('%s is %j', (expr, value) => {
    expect(checkExpression(expr, { a: { t: 'dyn' } }).problems).toEqual([]);
    expect(evaluate(expr, scope)).toEqual({ ok: true, value });
  });

  test('cidr_contains fails on text that is not an address, so that deny_if denies', () => {
    expect(evaluate('cidr_contains("10.0.0.0/8", a.bad)', scope)).toMatchObject({ ok: false });
    expect(evaluate('cidr_contains(a.bad, "10.0.0.1")', scope)).toMatchObject({ ok: false });
    expect(evaluate('cidr_contains("10.0.0.0/8", "010.0.0.1")', scope)).toMatchObject({ ok: false });
    expect(evaluate('cidr_contains("fe80::/10", "fe80::1%eth0")', scope)).toMatchObject({ ok: false });
  });

  test('a range written in the playbook is checked when it is published', () => {
    expect(checkExpression('cidr_contains("10.0.0.0/33", "10.0.0.1")', {}).problems).toMatchObject([
      { code: 'compile/bad-expression', start: 14, end: 27 },
    ]);
  });
});

describe('domain_of', () => {
  test.each<[string, string]>([
    ['ann@Corp.Test', 'corp.test'],
    ['Ann <ann@corp.test>', 'corp.test'],
    ['"a@b" <"x@y"@corp.test.>', 'corp.test'],
    ['mailto:ann@corp.test?subject=x', 'corp.test'],
    ['https://Evil.test:8443/a@b', 'evil.test'],
    ['https://corp.test@evil.test/', 'evil.test'],
    ['hxxp://evil.test/x', 'evil.test'],
    ['corp.test', 'corp.test'],
    ['bücher.test', 'xn--bcher-kva.test'],
    ['https://10.0.0.1/', ''],
    ['http://0x7f.1/', ''],
    ['http://[::1]/', ''],
    ['a@x.test, b@y.test', ''],
    ['ann at corp.test', ''],
    ['ann@', ''],
    ['', ''],
  ])('of %j is %j', (text, domain) => {
    expect(evaluate('domain_of(t)', { names: { t: text }, nowMs: 0 })).toEqual({ ok: true, value: domain });
  });
});

describe('text and lists, as far as the library has them', () => {
  test.each<[string, Json]>([
    ['["a", "b"].join(", ")', 'a, b'],
    ['["a", "b"].join()', 'ab'],
    ['[].join(",")', ''],
    ['"a,b".split(",")', ['a', 'b']],
    ['"AbC".lowerAscii() + "x".upperAscii() + " t ".trim()', 'abcXt'],
    ['"abc".substring(1, 2) + string("abc".indexOf("c"))', 'b2'],
    ['"abc".startsWith("a") && "abc".endsWith("c") && "abc".contains("b")', true],
    ['size("äöü") + size([1]) + size({"a": 1})', 5],
    ['a.list.map(x, x + "!")', ['b!', 'a!']],
    ['a.map.map(k, k)', ['a', 'z']],
    ['b"abc".base64() + b"abc".hex()', 'YWJj616263'],
    ['type(1) == int', true],
  ])('%s is %j', (expr, value) => {
    expect(evaluate(expr, scope)).toEqual({ ok: true, value });
  });

  test('a list of other things is not joined silently', () => {
    expect(evaluate('[1, 2].join(",")', scope)).toMatchObject({ ok: false });
    expect(evaluate('a.map.join(",")', scope)).toMatchObject({ ok: false });
  });
});

describe('time zones do not depend on the machine', () => {
  test.each<[string, Json]>([
    ['now().getHours()', 23],
    ['now().getHours("Europe/Berlin")', 1],
    ['now().getDate("Europe/Berlin")', 29],
    ['now().getDayOfMonth("Europe/Berlin")', 28],
    ['now().getMonth("Europe/Berlin")', 2],
    ['now().getFullYear("America/New_York")', 2027],
    ['now().getDayOfWeek("Europe/Berlin")', 1],
    ['now().getDayOfWeek()', 0],
    ['now().getDayOfYear()', 86],
    ['now().getDayOfYear("Europe/Berlin")', 87],
    ['now().getMinutes("+05:30")', 0],
    ['now().getMilliseconds("UTC")', 250],
  ])('%s is %j', (expr, value) => {
    expect(evaluate(expr, scope)).toEqual({ ok: true, value });
  });

  test('an unknown zone is a failure', () => {
    expect(evaluate('now().getHours("Mars/Olympus")', scope)).toMatchObject({ ok: false });
  });
});
