import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { checkExpression } from '../../engine/core/expression/check-expression.ts';
import { evaluate } from '../../engine/core/expression/evaluate.ts';
import { parseTemplate, unwrapExpression } from '../../engine/core/expression/parse-template.ts';
import { renderTemplate } from '../../engine/core/expression/render-template.ts';
import type { Json } from '../../schemas/json.ts';

function run(expr: string, names: { [root: string]: Json }) {
  return evaluate(expr, { names, nowMs: 0 });
}

const prototypeNames = [
  'constructor',
  '__proto__',
  'prototype',
  'toString',
  'hasOwnProperty',
  'valueOf',
  'then',
];

describe('only own keys exist', () => {
  test.each(prototypeNames)('%s is no such key, by path, through the engine and as an index', (key) => {
    const names = { a: { b: { c: 1 } } };
    for (const expr of [`a.${key}`, `a.b.${key}.x`, `a["${key}"]`, `a.${key} == 1`, `[a][0].${key}`, key]) {
      expect(run(expr, names)).toMatchObject({ ok: false, code: 'run/expression-failed' });
    }
    if (key !== '__proto__') expect(run(`has(a.${key})`, names)).toEqual({ ok: true, value: false });
    expect(run(`a.?${key}.orValue(0)`, names)).toEqual({ ok: true, value: 0 });
    expect(run(`"${key}" in a`, names)).toEqual({ ok: true, value: false });
    expect(run(`"${key}" in {"x": 1}`, names)).toEqual({ ok: true, value: false });
  });

  test.each(['constructor', '__proto__', 'prototype'])(
    'an own key %s that slipped in stays invisible',
    (key) => {
      const names = JSON.parse(`{"a": {"${key}": {"x": 1}, "ok": 2}}`);
      expect(run(`a.${key}`, names)).toMatchObject({ ok: false });
      expect(run('a', names)).toEqual({ ok: true, value: { ok: 2 } });
      expect(run('[a][0]', names)).toEqual({ ok: true, value: { ok: 2 } });
      expect(run('size(a)', names)).toEqual({ ok: true, value: 1 });
      expect(run('to_json(a)', names)).toEqual({ ok: true, value: '{"ok":2}' });
      expect(run('a.ok == 2', names)).toEqual({ ok: true, value: true });
      expect(run(`{"${key}": 1, "ok": 2}`, {})).toEqual({ ok: true, value: { ok: 2 } });
      expect(({} as { x?: unknown }).x).toBeUndefined();
    },
  );

  test('a key toString with a value is data like any other', () => {
    const names = { a: { toString: 'x' } } as unknown as { [root: string]: Json };
    expect(run('a.toString + "y"', names)).toEqual({ ok: true, value: 'xy' });
    expect(run('a == {"toString": "x"}', names)).toEqual({ ok: true, value: true });
  });

  test('a name inherited by the scope object is not a name', () => {
    expect(run('toString', {})).toMatchObject({ ok: false });
    expect(run('size(constructor)', {})).toMatchObject({ ok: false });
  });
});

describe('large and deep data', () => {
  test('100,000 levels are refused, not walked', () => {
    const deep = JSON.parse(`${'['.repeat(100_000)}${']'.repeat(100_000)}`);
    for (const expr of ['d', 'size(d)', 'd == d', 'to_json(d)', 'd[0]', '[d].map(x, x)']) {
      expect(run(expr, { d: deep })).toMatchObject({ ok: false, code: 'run/expression-failed' });
    }
  });

  test('100 levels are not', () => {
    const deep = JSON.parse(`${'['.repeat(100)}1${']'.repeat(100)}`);
    expect(run('to_json(d).size()', { d: deep })).toEqual({ ok: true, value: 201 });
  });

  test('data beside the path that an expression names costs nothing and breaks nothing', () => {
    const deep = JSON.parse(`${'['.repeat(50_000)}${']'.repeat(50_000)}`);
    expect(run('a.b == "x"', { a: { b: 'x', other: deep }, c: deep })).toEqual({ ok: true, value: true });
  });

  test('a list of 200,000 can be measured and walked once up to the budget', () => {
    const list = Array.from({ length: 200_000 }, (_, i) => i);
    expect(run('size(l)', { l: list })).toEqual({ ok: true, value: 200_000 });
    expect(run('l.all(x, x >= 0)', { l: list })).toMatchObject({ ok: false, code: 'run/expression-budget' });
  });
});

test('text that a substring cut in half leaves as valid Unicode', () => {
  expect(run('t.substring(0, 1)', { t: '😀' })).toEqual({ ok: true, value: '\uFFFD' });
});

test('the order of keys in the data does not matter', () => {
  const [one, other] = [{ m: { b: 1, a: 2 } }, { m: { a: 2, b: 1 } }];
  for (const expr of ['m.map(k, k)', 'to_json(m)', 'm == {"a": 2, "b": 1}']) {
    expect(run(expr, one)).toEqual(run(expr, other));
  }
});

describe('whatever comes, evaluate answers with plain JSON or a failure', () => {
  const key = fc.oneof(fc.constantFrom('a', 'b', 'list', ...prototypeNames), fc.string({ maxLength: 4 }));
  const { json } = fc.letrec<{ json: Json }>((tie) => ({
    json: fc.oneof(
      { maxDepth: 4 },
      fc.constant(null),
      fc.boolean(),
      fc.oneof(fc.integer(), fc.double({ noNaN: true, noDefaultInfinity: true })),
      fc.string({ unit: 'binary' }),
      fc.array(tie('json'), { maxLength: 4 }),
      fc.array(fc.tuple(key, tie('json')), { maxLength: 4 }).map((entries) => {
        const object: { [key: string]: Json } = {};
        // As JSON.parse does it: `__proto__` becomes an own key.
        for (const [name, value] of entries) {
          Object.defineProperty(object, name, {
            value,
            enumerable: true,
            configurable: true,
            writable: true,
          });
        }
        return object;
      }),
    ),
  }));

  const { expr } = fc.letrec<{ expr: string }>((tie) => {
    const e = tie('expr');
    const operator = fc.constantFrom('==', '!=', '<', '>=', '+', '-', '*', '/', '%', 'in', '&&', '||');
    return {
      expr: fc.oneof(
        { maxDepth: 4 },
        fc.constantFrom('x', 'y', 'x.a', 'x.?b', 'x.list[0]', 'x["__proto__"]', 'x.constructor', 'now()'),
        fc.constantFrom(
          '1',
          '0',
          '-1',
          '2.5',
          '9223372036854775807',
          '"s"',
          "b'x'",
          'null',
          'true',
          '[]',
          '{}',
          '3u',
        ),
        fc.tuple(e, operator, e).map(([l, op, r]) => `(${l} ${op} ${r})`),
        fc.tuple(e, e, e).map(([c, l, r]) => `(${c} ? ${l} : ${r})`),
        fc
          .tuple(e, fc.constantFrom('all', 'exists', 'exists_one', 'map', 'filter'), e)
          .map(([l, m, b]) => `${l}.${m}(y, ${b})`),
        fc
          .tuple(
            fc.constantFrom(
              'size',
              'string',
              'int',
              'double',
              'to_json',
              'lower',
              'sha256',
              'url_encode',
              'domain_of',
              'type',
              'dyn',
              'timestamp',
              'duration',
              'bool',
              'bytes',
              'has',
              'coalesce',
            ),
            e,
          )
          .map(([f, a]) => `${f}(${a})`),
        fc
          .tuple(fc.constantFrom('glob', 'cidr_contains', 'coalesce'), e, e)
          .map(([f, a, b]) => `${f}(${a}, ${b})`),
        fc
          .tuple(e, fc.constantFrom('orValue', 'or', 'join', 'split', 'contains', 'indexOf', 'getHours'), e)
          .map(([r, m, a]) => `${r}.${m}(${a})`),
        fc.tuple(e, e).map(([l, i]) => `${l}[${i}]`),
        fc.array(e, { maxLength: 3 }).map((items) => `[${items}]`),
        fc.array(fc.tuple(e, e), { maxLength: 3 }).map((items) => `{${items.map(([k, v]) => `${k}: ${v}`)}}`),
      ),
    };
  });

  function isPlainJson(value: unknown): boolean {
    if (value === null || typeof value === 'boolean') return true;
    if (typeof value === 'string') return true;
    if (typeof value === 'number') return Number.isFinite(value);
    if (Array.isArray(value)) return Object.keys(value).length === value.length && value.every(isPlainJson);
    return (
      typeof value === 'object' &&
      Object.getPrototypeOf(value) === Object.prototype &&
      Object.getOwnPropertySymbols(value).length === 0 &&
      Object.entries(value).every(([name, item]) => name !== '__proto__' && isPlainJson(item))
    );
  }

  function answers(text: string, x: Json): void {
    const result = run(text, { x, y: 1 });
    if (result.ok) expect(isPlainJson(result.value)).toBe(true);
    else expect(['run/expression-failed', 'run/expression-budget']).toContain(result.code);
    expect(run(text, { x, y: 1 })).toEqual(result);
    checkExpression(text, { x: { t: 'dyn' } });
  }

  test('for expressions of the grammar on any data', () => {
    fc.assert(fc.property(expr, json, answers), { numRuns: 2_000 });
  });

  test('for arbitrary text', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 60 }), json, answers), { numRuns: 1_000 });
  });

  test('for a path, the data itself or a failure', () => {
    fc.assert(fc.property(fc.constantFrom('x', 'x.a', 'x.list[0]', 'x["b"]'), json, answers), {
      numRuns: 500,
    });
  });

  test('for templates around them', () => {
    const around = fc.tuple(fc.string({ maxLength: 5 }), expr, fc.string({ maxLength: 5 }));
    fc.assert(
      fc.property(around, json, ([before, inner, after], x) => {
        const { template } = parseTemplate({ f: [`${before}\${{ ${inner} }}${after}`] });
        const result = renderTemplate(template, { names: { x }, nowMs: 0 });
        expect(result.ok ? isPlainJson(result.value) : result.code.startsWith('run/')).toBe(true);
        unwrapExpression(`${before}\${{ ${inner} }}${after}`);
      }),
      { numRuns: 500 },
    );
  });
});
