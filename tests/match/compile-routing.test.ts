import { describe, expect, it } from 'vitest';
import { compileRouting, compileRoutingInPieces } from '../../engine/core/match/compile-routing.ts';

const playbooks = ['isolate-host', 'answer-phishing'];
const compile = (text: string) => compileRouting(text, { file: 'routing.yaml', playbooks });

function problems(text: string): string[] {
  return compile(text).diagnostics.map(({ line, column, code }) => `${line}:${column} ${code}`);
}

describe('a routing file', () => {
  it('is compiled, with defaults where it says nothing', () => {
    const compiled = compile(`kind: routing/v1
playbooks:
  - id: answer-phishing
    order: 10
    enabled: false
    expires: 2026-12-31
    match: alert.source == "defender"
    mode: ask
  - id: isolate-host
    match: \${{ alert.severity == "high" }}
`);
    expect(compiled).toEqual({
      ok: true,
      diagnostics: [],
      routing: {
        routes: [
          {
            playbook: 'answer-phishing',
            order: 10,
            enabled: false,
            expires: '2026-12-31',
            match: 'alert.source == "defender"',
            mode: 'ask',
          },
          {
            playbook: 'isolate-host',
            order: 1000,
            enabled: true,
            expires: null,
            match: 'alert.severity == "high"',
            mode: null,
          },
        ],
      },
    });
  });

  it('names every problem at once, at its place', () => {
    const text = `kind: routing/v1
playbooks:
  - id: isolate-hots
  - id: answer-phishing
    enabeld: false
    mode: bold
    match: alert.serverity == "high"
  - id: answer-phishing
    order: soon
    expires: 31.12.2026
`;
    expect(problems(text)).toEqual([
      '3:9 match/unknown-playbook',
      '5:5 compile/unknown-field',
      '6:11 compile/invalid-value',
      '7:18 compile/unknown-name',
      '8:9 compile/duplicate-id',
      '9:12 compile/wrong-type',
      '10:14 compile/invalid-value',
    ]);
  });

  it('offers the id that was meant', () => {
    expect(compile('kind: routing/v1\nplaybooks: [{ id: isolate-hots }]\n').diagnostics).toMatchObject([
      { code: 'match/unknown-playbook', help: 'did you mean "isolate-host"?' },
    ]);
  });

  it.each([
    ['', 'compile/wrong-type'],
    ['kind: playbook/v1\nplaybooks: []\n', 'compile/invalid-value'],
    ['kind: routing/v1\n', 'compile/missing-field'],
    ['kind: routing/v1\nkind: routing/v1\nplaybooks: []\n', 'compile/duplicate-key'],
    ['kind: routing/v1\nplaybooks: [{ id: isolate-host, match: "1 + 1" }]\n', 'compile/expression-type'],
    ['kind: routing/v1\nplaybooks: [{ id: isolate-host, match: "steps.x == 1" }]\n', 'compile/unknown-name'],
  ])('%j is refused', (text, code) => {
    const compiled = compile(text);
    expect(compiled.ok).toBe(false);
    expect(compiled.diagnostics.map((each) => each.code)).toContain(code);
  });
});

describe('a routing file of ten thousand entries', () => {
  const ids = Array.from({ length: 10_000 }, (_, n) => `playbook-${n}`);
  const entries = ids.map((id, n) => `  - { id: ${id}, match: alert.category == "c${n}" }\n`);
  const text = `kind: routing/v1\nplaybooks:\n${entries.join('')}`;
  const options = { file: 'routing.yaml', playbooks: ids };

  it.each([
    ['whole', text],
    ['with a mistake in its last line', `${text}  - { id: playbook-0, order: soon }\n`],
  ])('comes to the same in pieces: %s', (_name, written) => {
    const work = compileRoutingInPieces(written, options);
    let pieces = 0;
    let step = work.next();
    for (; step.done !== true; step = work.next()) pieces += 1;
    expect(step.value).toEqual(compileRouting(written, options));
    expect(pieces).toBeGreaterThan(50);
  });
});
