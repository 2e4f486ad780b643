import { describe, expect, test } from 'vitest';

import { checkExpression } from '../../engine/core/expression/check-expression.ts';
import { evaluate } from '../../engine/core/expression/evaluate.ts';
import type { Json } from '../../schemas/json.ts';

const budget = { ok: false, code: 'run/expression-budget' };

function run(expr: string, names: { [root: string]: Json } = {}) {
  return evaluate(expr, { names, nowMs: 0 });
}

function codes(expr: string): string[] {
  return checkExpression(expr, {}).problems.map((problem) => problem.code);
}

function numbers(count: number): number[] {
  return Array.from({ length: count }, (_, i) => i);
}

describe('structure limits hold when publishing and when running', () => {
  const nested = (depth: number) => `${'('.repeat(depth)}1${')'.repeat(depth)}`;
  test.each<[string, string, string]>([
    ['2,000 characters', `"${'x'.repeat(1_998)}"`, `"${'x'.repeat(1_999)}"`],
    ['500 nodes', Array(250).fill('1').join('+'), Array(251).fill('1').join('+')],
    ['depth 24', nested(23), nested(24)],
    ['list literals of 200', `[${Array(200).fill('1')}]`, `[${Array(201).fill('1')}]`],
    ['comprehensions 2 deep', '[1].map(a, [1].map(b, 1))', '[1].map(a, [1].map(b, [1].map(c, 1)))'],
  ])('%s', (_limit, within, beyond) => {
    expect(codes(within)).toEqual([]);
    expect(run(within).ok).toBe(true);
    expect(codes(beyond)).toEqual(['compile/expression-too-large']);
    expect(run(beyond)).toMatchObject({ ok: false, code: 'run/expression-failed' });
  });

  test('a map literal of more than 200 entries cannot even be written within the node limit', () => {
    const entries = Array.from({ length: 201 }, (_, i) => `${i}:1`);
    expect(codes(`{${entries}}`)).toEqual(['compile/expression-too-large']);
  });

  test('one comprehension after another is not nesting', () => {
    expect(codes('[1].map(a, a).filter(a, true).exists(a, a == 1)')).toEqual([]);
  });
});

describe('100,000 comprehension steps', () => {
  test('are counted exactly', () => {
    const names = { xs: numbers(1_000), ys: numbers(99) };
    // 1,000 outer and 99,000 inner items: the last one fits.
    expect(run('xs.all(x, ys.all(y, true))', names)).toEqual({ ok: true, value: true });
    expect(run('xs.all(x, ys.all(y, true)) && [1].all(z, true)', names)).toMatchObject(budget);
  });

  test.each([
    'all(b, true)',
    'exists(b, false)',
    'exists_one(b, false)',
    'map(b, 1)',
    'map(b, true, 1)',
    'filter(b, false)',
  ])('are counted in %s', (call) => {
    expect(run(`xs.map(a, xs.${call})`, { xs: numbers(400) })).toMatchObject(budget);
  });

  test('start anew with each evaluation', () => {
    const names = { xs: numbers(60_000) };
    for (let i = 0; i < 3; i += 1) expect(run('xs.all(x, true)', names).ok).toBe(true);
  });

  test('cannot be hidden in ||, && or a quantifier, which swallow errors', () => {
    const names = { xs: numbers(400) };
    expect(run('xs.exists(a, xs.all(b, true) && false) || true', names)).toMatchObject(budget);
    expect(run('true || xs.map(a, xs.map(b, 1)) == []', names)).toEqual({ ok: true, value: true });
  });

  test('end a walk over a large alert without walking it all', () => {
    expect(run('xs.map(a, xs.map(b, a + b))', { xs: numbers(5_000) })).toMatchObject(budget);
  });
});

describe('the work budget stands in for 50 ms, the same on every machine', () => {
  const words = Array.from({ length: 5_000 }, (_, i) => `word ${i}`);
  const text = 'a'.repeat(500_000);
  const needle = `${'a'.repeat(10_000)}b${'a'.repeat(10_000)}`;
  test.each<[string, string]>([
    ['a comparison with every item for every item', 'words.all(w, w in words)'],
    ['lists that double', '[words+words+words+words].map(a, [a+a+a+a+a+a+a+a].map(b, b+b+b+b+b+b+b+b+b))'],
    [
      'lists that double and are only measured',
      '[words+words+words+words+words+words+words+words].map(a, size(a+a+a+a+a+a+a+a+a+a+a+a+a+a+a+a+a+a+a+a))',
    ],
    ['texts that double', '[text+text+text+text].map(a, a+a+a+a+a+a+a+a+a+a+a+a+a+a+a+a+a+a+a+a+a+a)'],
    ['a long list joined by a long text', 'words.join(text)'],
    [
      'a tree of shared values written out',
      '[[text,text,text,text,text,text]].map(a, [a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a])',
    ],
    [
      'a tree of shared values compared',
      '[[words,words,words,words,words,words]].map(a, [a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a] == [a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a])',
    ],
    ['a text searched for a text made for it', 'text.lastIndexOf(needle)'],
    ['contains, likewise', 'text.contains(needle)'],
    ['split, likewise', 'text.split(needle)'],
    ['time zones for every item', 'words.map(w, now().getHours("Europe/Berlin"))'],
    ['a pattern of many instructions on long texts', 'words.all(w, !re_match(text, "[ab]{900}c"))'],
  ])('%s', (_name, expr) => {
    expect(run(expr, { words, text, needle })).toMatchObject(budget);
  });

  test('leaves room for what playbooks do with large data', () => {
    const messages = Array.from({ length: 2_000 }, (_, i) => ({
      id: `m${i}`,
      sender: `u${i % 7}@evil.test`,
    }));
    const names = { messages, text, command: 'powershell -enc SQBFAFgA'.repeat(200) };
    expect(
      run(
        'messages.filter(m, m.sender.endsWith("@evil.test") && domain_of(m.sender) != "corp.test").size()',
        names,
      ),
    ).toEqual({
      ok: true,
      value: 2_000,
    });
    expect(run('re_match(command, "(?i)-e(nc|ncodedcommand)\\\\s+[a-z0-9+/=]{20,}")', names).ok).toBe(true);
    expect(run('lower(text).contains("mimikatz") || sha256(text) == ""', names)).toEqual({
      ok: true,
      value: false,
    });
  });
});

describe('regular expressions', () => {
  test('matches() is refused, with re_match as the way out', () => {
    expect(checkExpression('"x".matches("(a+)+$")', {}).problems).toEqual([
      {
        code: 'compile/backtracking-regex',
        start: 0,
        end: 21,
        message: 'matches() uses a regular expression engine that one long text can stall',
        hint: 'write re_match("x", "(a+)+$")',
        instead: { start: 0, end: 21, text: 're_match("x", "(a+)+$")' },
      },
    ]);
  });

  test('brackets before matches() go with it', () => {
    const expr = 'true && ("a" + "b").matches("x")';
    const [problem] = checkExpression(expr, {}).problems;
    expect(problem?.instead).toEqual({ start: 8, end: expr.length, text: 're_match("a" + "b", "x")' });
  });

  test.each([
    'a.b.matches("x")',
    '[a].exists(x, x.matches("x"))',
    'true || "a".matches("b")',
    '{"k": "a".matches("b")}',
  ])('matches() is found and refused at run time, too: %s', (expr) => {
    expect(run(expr, { a: { b: 'x' } })).toMatchObject({ ok: false, code: 'run/expression-failed' });
  });

  test('a catastrophic pattern on 5,000 characters answers', () => {
    expect(run('re_match(text, "^(a+)+$")', { text: `${'a'.repeat(5_000)}!` })).toEqual({
      ok: true,
      value: false,
    });
    expect(run('re_match(text, "(a|a)*(a|a)*b")', { text: 'a'.repeat(5_000) })).toEqual({
      ok: true,
      value: false,
    });
  });

  test('the pattern must be literal, linear and small', () => {
    expect(codes('re_match("x", "y" + "z")')).toEqual(['compile/bad-expression']);
    expect(codes('re_match("x", "(a")')).toEqual(['compile/bad-expression']);
    expect(codes('re_match("x", "(a)\\\\1")')).toEqual(['compile/bad-expression']);
    expect(codes('re_match("x", "a{900}b{900}")')).toEqual(['compile/bad-expression']);
    expect(run('re_match("x", p)', { p: 'x' })).toMatchObject({ ok: false });
  });

  test('text is cut at 64 KiB', () => {
    const names = { text: `${'a'.repeat(64 * 1024)}b` };
    expect(run('re_match(text, "b")', names)).toEqual({ ok: true, value: false });
    expect(run('re_match(text, "a$")', names)).toEqual({ ok: true, value: true });
  });
});

describe('the vocabulary is closed', () => {
  test.each(['cel.bind(a, 1, a)', 'b"{}".json()', 'b"a".at(0)', 'uint("1")', 'foo(1)', '"a".foo()'])(
    '%s',
    (expr) => {
      expect(codes(expr)).toContain('compile/bad-expression');
      expect(run(expr)).toMatchObject({ ok: false, code: 'run/expression-failed' });
    },
  );

  test('a near miss is named', () => {
    expect(checkExpression('domain_off("x")', {}).problems[0]?.hint).toBe('did you mean "domain_of"?');
    expect(checkExpression('"x".startswith("x")', {}).problems[0]?.hint).toBe(
      'did you mean ".startsWith()"?',
    );
    expect(checkExpression('"x".lower()', {}).problems[0]?.hint).toBe('write lower("x")');
  });
});
