import { readFileSync } from 'node:fs';

import { describe, expect, test } from 'vitest';

import { checkExpression } from '../../engine/core/expression/check-expression.ts';
import { dyn, type TypeEnv, typeFromSchema } from '../../engine/core/expression/value-type.ts';
import { isReservedName } from '../../engine/core/expression/vocabulary.ts';

const alertSchema = JSON.parse(
  readFileSync(new URL('../../schemas/alert.schema.json', import.meta.url), 'utf8'),
);

const types: TypeEnv = {
  alert: typeFromSchema(alertSchema),
  inputs: typeFromSchema({
    type: 'object',
    additionalProperties: false,
    properties: {
      count: { type: 'integer' },
      ratio: { type: 'number' },
      name: { type: 'string' },
      maybe: { type: ['string', 'null'] },
      tags: { type: 'array', items: { type: 'string' } },
      extra: { type: 'object', properties: { known: { type: 'boolean' } } },
    },
  }),
  steps: dyn,
};

function problems(expr: string, want?: Parameters<typeof checkExpression>[2]) {
  return checkExpression(expr, types, want).problems;
}

describe('names', () => {
  test('an unknown root is reported with its place and the nearest name', () => {
    expect(problems('input.name == "x"')).toEqual([
      {
        code: 'compile/unknown-name',
        start: 0,
        end: 5,
        message: 'there is no "input" here',
        hint: 'did you mean "inputs"?',
        instead: { start: 0, end: 5, text: 'inputs' },
      },
    ]);
  });

  test('an unknown field of a closed object is reported, inside comprehensions too', () => {
    expect(problems('alert.titel == ""')).toMatchObject([
      { code: 'compile/unknown-name', start: 6, end: 11, hint: 'did you mean "title"?' },
    ]);
    expect(problems('alert.targets.hosts.exists(h, h.nme == "x")')).toMatchObject([
      { code: 'compile/unknown-name', start: 32, end: 35 },
    ]);
    expect(problems('alert.targets.hosts.filter(h, true).map(h, h.nme)')).toMatchObject([
      { start: 45, end: 48 },
    ]);
    expect(problems('alert.targets.mails[0].sendr')).toMatchObject([{ start: 23, end: 28 }]);
  });

  test('all unknown names are reported at once, in source order', () => {
    expect(problems('foo == 1 && alert.bar == 2 && inputs.baz == 3').map((problem) => problem.start)).toEqual(
      [0, 18, 37],
    );
  });

  test('dynamic and open data is let through', () => {
    for (const expr of [
      'alert.raw.any.thing == 1',
      'steps.x.outputs.y',
      'inputs.extra.other + 1',
      'inputs.extra.known',
    ]) {
      expect(problems(expr)).toEqual([]);
    }
  });

  test('names that the language has taken can be told beforehand', () => {
    expect(['list', 'type', 'optional', 'in', 'if', 'cel'].every(isReservedName)).toBe(true);
    expect(['host', 'mail', 'steps', 'size'].some(isReservedName)).toBe(false);
  });
});

describe('types', () => {
  test.each<[string, number, number]>([
    ['alert.title + 1', 0, 15],
    ['alert.title > 3', 0, 15],
    ['alert.targets.hosts.exists(h, h.name == 1)', 30, 41],
    ['inputs.name && true', 0, 19],
    ['inputs.name ? 1 : 2', 0, 11],
    ['inputs.count == null', 0, 20],
    ['"x" in inputs.name', 0, 18],
    ['inputs.count.join(",")', 0, 22],
    ['inputs.tags.map(t, t + 1)', 19, 24],
    ['inputs.?name.orValue(3)', 21, 22],
    ['lower(inputs.count)', 0, 19],
    ['inputs.name.first', 12, 17],
    ['alert.targets.hosts.name', 20, 24],
  ])('%s is refused at %i to %i', (expr, start, end) => {
    expect(problems(expr)).toMatchObject([{ code: 'compile/expression-type', start, end }]);
  });

  test.each([
    'alert.confidence + 1 > inputs.ratio * 2',
    'alert.confidence in [0, 1]',
    'inputs.count == 1.0',
    'inputs.maybe == null || inputs.maybe == "x"',
    'inputs.?ratio.orValue(0) > 1',
    'size(alert.targets) > 0 && "hosts" in alert.targets',
    'size(inputs.extra) == 0 || inputs.extra == {}',
    'inputs.extra.map(k, k).join(",") == ""',
    'now() - duration("1h") > timestamp(alert.created_at)',
    'alert.targets.hosts.map(h, h.name).filter(n, n.startsWith("WS")).size() > 0',
    'coalesce(alert.incident.?title, "none").contains("x")',
    'steps.a.outputs.x + 1 > 2 && steps.a.outputs.x.contains("y")',
    '(inputs.count > 1 ? inputs.tags : [])[0] == "x"',
    'alert.targets.hosts[inputs.count].name == "x"',
  ])('%s passes', (expr) => {
    expect(problems(expr, 'bool')).toEqual([]);
  });

  test.each([
    'inputs.tags.filter(t, t && true)[0]',
    'inputs.tags.map(t, t + 1)[inputs.count]',
    'inputs.tags[inputs.name && true ? 0 : 1]',
    '(inputs.name && true ? inputs.extra : {}).known',
    'alert.targets.hosts.filter(h, h.name > 3)[0].id == "x"',
    'alert.targets.hosts.filter(h, h.name > 3)[?0].?id.orValue("") == "x"',
    'inputs.name.split(inputs.count)[0] == "x"',
  ])('are read in front of a field and an index as well, and inside of one: %s', (expr) => {
    expect(problems(expr)).toMatchObject([{ code: 'compile/expression-type' }]);
  });

  test('the type of the result is given, as rich as the data tells it', () => {
    expect(checkExpression('inputs.tags', types).type).toEqual({ t: 'list', of: { t: 'string' } });
    expect(checkExpression('alert.targets.ips.filter(i, true)', types).type).toMatchObject({
      t: 'list',
      of: { t: 'map', open: false },
    });
    expect(checkExpression('inputs.count + 0.5', types).type).toEqual({ t: 'double' });
    expect(checkExpression('now()', types).type).toEqual({ t: 'timestamp' });
    expect(checkExpression('steps.x', types).type).toEqual(dyn);
  });

  test.each<[string, Parameters<typeof checkExpression>[2]]>([
    ['inputs.name', 'bool'],
    ['inputs.count', 'string'],
    ['inputs.tags', 'map'],
    ['inputs.name', 'list'],
    ['inputs.ratio', 'int'],
    ['inputs.name', 'number'],
    ['inputs.name', 'timestamp'],
  ])('%s is refused where %s is needed', (expr, want) => {
    expect(problems(expr, want)).toMatchObject([
      { code: 'compile/expression-type', start: 0, end: expr.length },
    ]);
  });

  test('a dynamic value is let through wherever', () => {
    for (const want of ['bool', 'string', 'list', 'number'] as const)
      expect(problems('alert.raw', want)).toEqual([]);
  });

  test('what cannot leave as JSON is refused', () => {
    expect(problems('inputs.?name')).toMatchObject([
      { code: 'compile/expression-type', hint: 'end with .orValue(…) or use coalesce(…)' },
    ]);
    expect(problems('b"x"')).toMatchObject([{ code: 'compile/expression-type' }]);
  });
});

describe('syntax', () => {
  test.each<[string, number, string | undefined]>([
    ['a = 1', 2, 'compare with "=="'],
    ['a & b', 2, 'write "&&"'],
    ['a | lower', 2, 'write "||"; there are no filters'],
    ['${{ a }}', 0, 'leave out "${{ }}" inside an expression'],
    ['', 0, 'write an expression'],
    ['a ==', 4, undefined],
    ['"open', 0, undefined],
    ['a.b c', 4, undefined],
    ['if', 0, undefined],
  ])('%j is refused at %i', (expr, start, hint) => {
    const [problem] = problems(expr);
    expect(problem).toMatchObject({ code: 'compile/bad-expression', start });
    expect(problem?.hint).toBe(hint);
  });
});

describe('typeFromSchema', () => {
  test('follows references inside the document, and stops at those that never end', () => {
    const schema = {
      $ref: '#/$defs/node',
      $defs: {
        node: {
          type: 'object',
          additionalProperties: false,
          properties: { next: { $ref: '#/$defs/node' }, id: { type: 'integer' } },
        },
      },
    };
    expect(checkExpression('n.next.next.id + 1', { n: typeFromSchema(schema) }).problems).toEqual([]);
    expect(checkExpression('n.next.next.ib', { n: typeFromSchema(schema) }).problems).toHaveLength(1);
  });

  test('takes what is uncertain as dynamic', () => {
    for (const schema of [
      {},
      { type: ['string', 'null'] },
      { anyOf: [{ type: 'string' }] },
      { $ref: 'https://x' },
      { enum: [1, 'a'] },
    ]) {
      expect(typeFromSchema(schema)).toEqual(dyn);
    }
    expect(typeFromSchema({ enum: ['a', 'b'] })).toEqual({ t: 'string' });
    expect(typeFromSchema({ type: 'object' })).toMatchObject({ t: 'map', open: true });
  });
});
