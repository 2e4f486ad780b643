import { describe, expect, test } from 'vitest';

import { checkExpression } from '../../engine/core/expression/check-expression.ts';
import { isGuarded } from '../../engine/core/expression/references.ts';

function references(expr: string) {
  return checkExpression(expr, {}).references;
}

function guards(expr: string): [string, number | null][] {
  return references(expr).map((use) => [[use.root, ...use.path].join('.'), use.guardedFrom]);
}

test('every path is listed with the place of each of its keys', () => {
  expect(references('steps.asset.outputs.list[0]["x y"] == 1')).toEqual([
    {
      root: 'steps',
      path: ['asset', 'outputs', 'list', 0, 'x y'],
      start: 0,
      end: 34,
      segments: [
        { start: 0, end: 5 },
        { start: 6, end: 11 },
        { start: 12, end: 19 },
        { start: 20, end: 24 },
        { start: 25, end: 26 },
        { start: 28, end: 33 },
      ],
      guarded: false,
      guardedFrom: null,
      provenTo: 0,
    },
  ]);
});

test('a computed index ends a path and is a use of its own', () => {
  expect(guards('a.list[b.i].name')).toEqual([
    ['a.list', null],
    ['b.i', null],
  ]);
});

test('variables of comprehensions are not references, and hide none outside', () => {
  expect(guards('a.list.exists(x, x.y == b) && x.z')).toEqual([
    ['a.list', null],
    ['b', null],
    ['x.z', null],
  ]);
});

test('names of types are not references', () => {
  expect(guards('type(a) == int || optional.none().hasValue()')).toEqual([['a', null]]);
});

describe('guards', () => {
  test.each<[string, number | null]>([
    ['a.b.c', null],
    ['has(a.b.c)', 1],
    ['a.b.?c.?d.orValue(1)', 1],
    ['a.?b.orValue(1)', 0],
    ['a.b[?"c"].orValue(1)', 1],
  ])('%s tolerates a missing key from index %j on', (expr, guardedFrom) => {
    expect(references(expr)).toMatchObject([{ guardedFrom, provenTo: 0, guarded: guardedFrom !== null }]);
  });

  const proven = (expr: string) => references(expr).map((use) => use.provenTo);
  test.each<[string, number[]]>([
    ['has(a.b) && a.b == 1', [0, 1]],
    ['has(a.b) && a.b.c == 1', [0, 1]],
    ['a.b.c == 1 && has(a.b)', [1, 0]],
    ['has(a.b) && has(a.b.c) && a.b.c', [0, 1, 2]],
    ['!has(a.b) || a.b == 1', [0, 1]],
    ['has(a.b) || a.b == 1', [0, 0]],
    ['has(a.b) ? a.b : a.b', [0, 1, 0]],
    ['has(a.b) && a.c == 1', [0, 0]],
    ['has(a.b) && l.all(x, a.b == x)', [0, 0, 1]],
    ['has(steps.x.outputs) && steps.x.outputs.y', [0, 0]],
    ['has(steps.x.outputs.y) && steps.x.outputs.y.z', [0, 3]],
    ['steps.x.status == "succeeded" && steps.x.outputs.y', [0, 3]],
    ['"succeeded" != steps.x.status ? 1 : steps.x.outputs.y.z', [0, 4]],
    ['steps.x.status == "failed" && steps.x.outputs.y', [0, 0]],
    ['steps.x.status == "succeeded" && steps.z.outputs.y', [0, 0]],
  ])('%s proves %j keys', (expr, expected) => {
    expect(proven(expr)).toEqual(expected);
  });

  test('the map of outputs is always there, so has() of it proves nothing', () => {
    const [, use] = references('has(steps.x.outputs) && steps.x.outputs.y');
    expect(use && isGuarded(use, 2)).toBe(false);
    expect(checkExpression('has(steps.x) && has(steps.x.outputs)', {}).provenWhenTrue).toEqual([]);
  });

  test('a proven field guards what lies below it as far as it was proven', () => {
    const [, use] = references('has(steps.x.outputs.y) && steps.x.outputs.y.z');
    expect(use && [isGuarded(use, 2), isGuarded(use, 3), use.guarded]).toEqual([true, false, false]);
    const [, same] = references('has(steps.x.outputs.y) && steps.x.outputs.y == 1');
    expect(same).toMatchObject({ guarded: true, guardedFrom: 0 });
  });

  test('what a condition proves is given for the block it guards', () => {
    expect(checkExpression('steps.x.status == "succeeded" && has(a.b) && c', {}).provenWhenTrue).toEqual([
      { path: ['steps', 'x'], by: 'success' },
      { path: ['a', 'b'], by: 'has' },
    ]);
    expect(checkExpression('steps.x.status == "succeeded" || has(a.b)', {}).provenWhenTrue).toEqual([]);
    expect(checkExpression('!(steps.x.status != "succeeded")', {}).provenWhenTrue).toEqual([
      { path: ['steps', 'x'], by: 'success' },
    ]);
  });
});
