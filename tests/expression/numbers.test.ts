import { describe, expect, test } from 'vitest';

import { evaluate } from '../../engine/core/expression/evaluate.ts';
import type { Json } from '../../schemas/json.ts';

const names: { [root: string]: Json } = {
  n: { whole: 5, half: 0.5, one: 1, huge: 1e20, list: [1, 2.5], ints: [1, 2] },
};

function run(expr: string) {
  return evaluate(expr, { names, nowMs: 0 });
}

describe('7.4: int and double live together', () => {
  test.each<[string, Json]>([
    ['n.half + 1', 1.5],
    ['1 + n.half', 1.5],
    ['n.whole - 0.5', 4.5],
    ['n.whole * 0.5', 2.5],
    ['n.whole / 2', 2],
    ['n.whole / 2.0', 2.5],
    ['5.0 / 2', 2.5],
    ['-7 / 2', -3],
    ['1 == 1.0', true],
    ['n.one == 1.0', true],
    ['1.0 != n.one', false],
    ['n.half < 1', true],
    ['n.whole >= 4.9', true],
    ['n.half in [0, 1]', false],
    ['1.0 in n.list', true],
    ['n.one in [1.0, 2.5]', true],
    ['2.5 in n.list', true],
    ['n.whole in n.ints', false],
    ['1 in [1, 2]', true],
    ['1.5 in [1, 2]', false],
    ['n.ints == [1.0, 2.0]', true],
    ['n.whole == "5"', false],
  ])('%s is %j', (expr, value) => {
    expect(run(expr)).toEqual({ ok: true, value });
  });
});

describe('results are JSON numbers or failures', () => {
  test('the largest safe int leaves, the next one does not', () => {
    expect(run('9007199254740990 + 1')).toEqual({ ok: true, value: Number.MAX_SAFE_INTEGER });
    expect(run('9007199254740991 + 1')).toMatchObject({ ok: false });
    expect(run('string(9007199254740991 + 1)')).toEqual({ ok: true, value: '9007199254740992' });
  });

  test.each(['1.0 / 0', '0.0 / 0.0', '1 / 0', '1 % 0', '9223372036854775807 + 1', 'n.huge * 1e300'])(
    '%s fails',
    (expr) => {
      expect(run(expr)).toMatchObject({ ok: false, code: 'run/expression-failed' });
    },
  );

  test('minus zero is zero', () => {
    const result = run('-0.0 * 1');
    expect(result.ok && Object.is(result.value, 0)).toBe(true);
  });
});

test('a whole number is double where its schema says number', () => {
  const types = { n: { t: 'map', open: true, fields: { whole: { t: 'double' } } } } as const;
  expect(evaluate('n.whole / 2', { names, nowMs: 0, types })).toEqual({ ok: true, value: 2.5 });
  expect(evaluate('n.whole / 2', { names, nowMs: 0 })).toEqual({ ok: true, value: 2 });
});

describe('an alert is known by its schema, whoever evaluates', () => {
  const scope = (confidence: number) => {
    const alert = { confidence, raw: { score: 1 }, targets: { hosts: [{ id: 'H1' }] } };
    return { names: { alert, signal: { type: 'alert.created', alert } }, nowMs: 0 };
  };

  test.each([
    'alert.confidence / 2 > 0.4',
    'alert["confidence"] / 2 > 0.4',
    'alert.?confidence.orValue(0) / 2 > 0.4',
    'has(alert.confidence) && alert.targets.hosts.exists(h, h.id == "H1" && alert.confidence / 2 > 0.4)',
    '[alert].exists(one, one.confidence / 2 > 0.4)',
    'signal.alert.confidence / 2 > 0.4',
    'type(alert.confidence) == double',
  ])('%s holds for the most certain one as well', (expr) => {
    expect(evaluate(expr, scope(0.9))).toEqual({ ok: true, value: true });
    expect(evaluate(expr, scope(1))).toEqual({ ok: true, value: true });
  });

  test('what its schema leaves open stays whole', () => {
    expect(evaluate('alert.raw.score / 2', scope(1))).toEqual({ ok: true, value: 0 });
  });

  test('a whole one is written as before', () => {
    expect(evaluate('alert.confidence', scope(1))).toEqual({ ok: true, value: 1 });
    expect(evaluate('string(alert.confidence)', scope(1))).toEqual({ ok: true, value: '1' });
    expect(evaluate('to_json({"c": alert.confidence})', scope(1))).toEqual({ ok: true, value: '{"c":1}' });
    expect(evaluate('alert.confidence == 1 && alert.confidence in [0, 1]', scope(1))).toEqual({
      ok: true,
      value: true,
    });
  });
});

describe('conversions read exactly what CEL allows', () => {
  test.each<[string, Json]>([
    ['int("42")', 42],
    ['int("-7")', -7],
    ['int(2.9)', 2],
    ['int(timestamp("1970-01-01T00:01:00Z"))', 60],
    ['double("1.5e2")', 150],
    ['double(3)', 3],
    ['timestamp("2026-02-28T23:59:59.1234567+02:00")', '2026-02-28T21:59:59.123Z'],
    ['timestamp(60)', '1970-01-01T00:01:00.000Z'],
    ['string(timestamp("2026-01-01t00:00:00z"))', '2026-01-01T00:00:00.000Z'],
    ['duration("1h30m")', '5400s'],
    ['duration("-1.5s") + duration("1ms")', '-1.499s'],
    ['timestamp(0) - timestamp("1970-01-01T00:00:01.5Z") + duration("1ms")', '-1.499s'],
    ['timestamp(0) - timestamp("1970-01-01T00:00:01.5Z") == duration("-1.5s")', true],
    ['duration("1s") - duration("1.5s")', '-0.5s'],
    ['timestamp(10) + duration("-1.5s")', '1970-01-01T00:00:08.500Z'],
    ['string(1.5) + string(2) + string(true)', '1.52true'],
  ])('%s is %j', (expr, value) => {
    expect(run(expr)).toEqual({ ok: true, value });
  });

  test.each([
    'int("")',
    'int(" 1")',
    'int("0x10")',
    'int("1.5")',
    'int(1e300)',
    'double("")',
    'double("0x10")',
    'double("NaN")',
    'timestamp("2026-01-01 00:00:00.000")',
    'timestamp("2026-01-01T00:00:00")',
    'timestamp("2026-02-30T00:00:00Z")',
    'timestamp(99999999999999)',
    'timestamp("9999-12-31T23:59:59Z") + duration("1h")',
    'duration("")',
    'duration("5")',
    'duration("1d")',
    `duration("${'1'.repeat(70)}s")`,
  ])('%s fails', (expr) => {
    expect(run(expr)).toMatchObject({ ok: false, code: 'run/expression-failed' });
  });
});
