import { describe, expect, test } from 'vitest';

import { evaluate } from '../../engine/core/expression/evaluate.ts';
import { parseTemplate, unwrapExpression } from '../../engine/core/expression/parse-template.ts';
import { renderTemplate } from '../../engine/core/expression/render-template.ts';
import type { Json } from '../../schemas/json.ts';

const names: { [root: string]: Json } = {
  inputs: {
    host: 'WS-17',
    tags: ['a', 'b'],
    count: 5,
    ratio: 0.5,
    on: true,
    nothing: null,
    map: { b: 1, a: [2] },
  },
  hostile: { text: '${{ inputs.host }}' },
};
const scope = { names, nowMs: Date.UTC(2026, 10, 20, 3, 0, 0, 7) };

function render(value: Json) {
  const { template, problems } = parseTemplate(value);
  expect(problems).toEqual([]);
  return renderTemplate(template, scope);
}

describe('T1: a scalar that is exactly one expression keeps the type of its result', () => {
  test.each<[string, Json]>([
    ['${{ inputs.tags }}', ['a', 'b']],
    ['${{ inputs.count + 1 }}', 6],
    ['${{ inputs.nothing }}', null],
    ['${{ inputs.on && true }}', true],
    ['${{ inputs.map }}', { a: [2], b: 1 }],
    ['${{ inputs.tags.map(t, t + "!") }}', ['a!', 'b!']],
  ])('%s', (text, value) => {
    expect(render(text)).toEqual({ ok: true, value });
  });

  test('inside lists and maps as well, while plain values stay as they are', () => {
    expect(render({ list: ['${{ inputs.count }}', 'x', 1], plain: { n: null } })).toEqual({
      ok: true,
      value: { list: [5, 'x', 1], plain: { n: null } },
    });
  });

  test('a space around the expression makes it text', () => {
    expect(render('${{ inputs.count }} ')).toEqual({ ok: true, value: '5 ' });
  });
});

describe('T2: in mixed text each part becomes text', () => {
  test.each<[string, string]>([
    ['a ${{ inputs.host }} b', 'a WS-17 b'],
    ['n=${{ inputs.count }}', 'n=5'],
    ['r=${{ inputs.ratio }}', 'r=0.5'],
    ['b=${{ inputs.on }}', 'b=true'],
    ['t=${{ now() }}', 't=2026-11-20T03:00:00.007Z'],
    ['d=${{ duration("1h30m") }}', 'd=5400s'],
    ['d=${{ duration("-0.25s") }}', 'd=-0.25s'],
    ['${{ inputs.host }}${{ inputs.count }}', 'WS-175'],
  ])('%s', (text, value) => {
    expect(render(text)).toEqual({ ok: true, value });
  });
});

describe('T3: null, list, map and bytes in mixed text are an error', () => {
  test.each(['x ${{ inputs.nothing }}', 'x ${{ inputs.tags }}', 'x ${{ inputs.map }}', 'x ${{ b"abc" }}'])(
    '%s',
    (text) => {
      expect(render(text)).toMatchObject({ ok: false, code: 'run/expression-failed' });
    },
  );

  test('the message says what to write instead, and in which field', () => {
    expect(render({ with: { text: 'x ${{ inputs.tags }}' } })).toEqual({
      ok: false,
      code: 'run/expression-failed',
      message:
        'with.text: inputs.tags is a list in the middle of a text; write .join(", ") or to_json(…) to say how it reads',
    });
    expect(render('${{ inputs.tags.join(", ") }} ${{ to_json(inputs.map) }}')).toEqual({
      ok: true,
      value: 'a, b {"a":[2],"b":1}',
    });
  });
});

describe('T4: a missing key is an error', () => {
  test.each([
    'inputs.gone',
    'inputs.gone + "x"',
    'gone',
    'inputs.tags[7]',
    'inputs.host.length',
    'size(inputs.gone)',
  ])('%s', (expr) => {
    expect(evaluate(expr, scope)).toMatchObject({ ok: false, code: 'run/expression-failed' });
  });

  test('unless it is asked for with has() or .?', () => {
    expect(evaluate('has(inputs.gone)', scope)).toEqual({ ok: true, value: false });
    expect(evaluate('inputs.?gone.?deeper.orValue("none")', scope)).toEqual({ ok: true, value: 'none' });
    expect(evaluate('coalesce(inputs.?gone, inputs.nothing, "none")', scope)).toEqual({
      ok: true,
      value: 'none',
    });
  });

  test('an optional that was not opened is an error, not null', () => {
    expect(evaluate('inputs.?host', scope)).toMatchObject({ ok: false });
  });
});

describe('T5: a field defined as an expression takes it bare, and a wrapping is taken off', () => {
  test('bare', () => {
    expect(unwrapExpression(' a == b\n')).toEqual({
      expr: 'a == b',
      offset: 1,
      wrapped: false,
      problem: null,
    });
  });

  test('wrapped, with the offset of the expression in the text', () => {
    expect(unwrapExpression('${{  a == {"x": {}} }}')).toEqual({
      expr: 'a == {"x": {}}',
      offset: 5,
      wrapped: true,
      problem: null,
    });
  });

  test.each(['${{ a }} && ${{ b }}', '${{ a', '${{ a }} '.concat('&& b')])('%s is a problem', (text) => {
    expect(unwrapExpression(text).problem).toMatchObject({ offset: 0, length: text.length });
  });
});

describe('T6: $${{ writes a literal ${{', () => {
  test.each<[string, string]>([
    ['$${{ x }}', '${{ x }}'],
    ['a $${{ b ${{ inputs.host }}', 'a ${{ b WS-17'],
    ['cost: $5 {{ x }}', 'cost: $5 {{ x }}'],
  ])('%s', (text, value) => {
    expect(render(text)).toEqual({ ok: true, value });
  });
});

describe('T7: nothing nests and no result is templated again', () => {
  test('a template that came with the data stays characters', () => {
    expect(render('${{ hostile.text }}')).toEqual({ ok: true, value: '${{ inputs.host }}' });
    expect(render('> ${{ hostile.text }}')).toEqual({ ok: true, value: '> ${{ inputs.host }}' });
  });

  test('a "${{" inside an expression is a problem at its place', () => {
    expect(parseTemplate({ a: ['x ${{ b ${{ c }} }}'] }).problems).toEqual([
      {
        at: ['a', 0],
        offset: 8,
        length: 3,
        message: 'a "${{" inside an expression; expressions do not nest',
      },
    ]);
  });

  test('but quoted text may contain both braces', () => {
    expect(render('${{ "${{ }}" }}')).toEqual({ ok: true, value: '${{ }}' });
    expect(render('${{ {"a": {"b": 1}} }}')).toEqual({ ok: true, value: { a: { b: 1 } } });
    expect(render("${{ '''it's }}''' }}")).toEqual({ ok: true, value: "it's }}" });
  });
});

describe('T8: a value that is only a path is copied from the raw data', () => {
  const big = { n: 1e20, d: 2, id: 9007199254740992, list: [{ x: [1.5, null] }] };
  const raw = { names: { big }, nowMs: 0 };

  test('numbers that the engine could not carry stay as they came', () => {
    expect(evaluate('big.n', raw)).toEqual({ ok: true, value: 1e20 });
    expect(evaluate(' big["id"] ', raw)).toEqual({ ok: true, value: 9007199254740992 });
    expect(evaluate('big.list[0].x', raw)).toEqual({ ok: true, value: [1.5, null] });
  });

  test('as a copy that does not change with the data', () => {
    const result = evaluate('big.list', raw);
    expect(result.ok && result.value).not.toBe(big.list);
  });
});

describe('authored values that cannot be parsed', () => {
  test('an expression that is never closed', () => {
    expect(parseTemplate('ab ${{ x').problems).toEqual([
      { at: [], offset: 3, length: 5, message: 'this "${{" is never closed with "}}"' },
    ]);
    expect(parseTemplate('${{ "x }}').problems).toHaveLength(1);
    expect(parseTemplate('${{ x } }').problems).toHaveLength(1);
  });

  test('an empty expression', () => {
    expect(parseTemplate('a ${{  }}').problems).toMatchObject([{ offset: 2, length: 7 }]);
  });

  test('a key that reaches the prototype', () => {
    expect(parseTemplate(JSON.parse('{"a": {"__proto__": 1}}')).problems).toMatchObject([{ at: ['a'] }]);
  });
});

test('each expression is listed with its place, for the compiler', () => {
  expect(parseTemplate({ a: 'x ${{ b }} ${{c}}' }).expressions).toEqual([
    { at: ['a'], expr: 'b', offset: 6 },
    { at: ['a'], expr: 'c', offset: 14 },
  ]);
});

test('values without expressions stay one literal', () => {
  expect(parseTemplate({ a: [1, { b: 'x' }] }).template).toEqual({
    t: 'literal',
    value: { a: [1, { b: 'x' }] },
  });
});
