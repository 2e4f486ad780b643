import { describe, expect, it } from 'vitest';
import { compilePlaybooks } from '../../engine/core/compile/compile-playbooks.ts';
import { findOverlaps } from '../../engine/core/compile/find-overlaps.ts';
import { compile, playbookWith } from './compile.ts';
import { testRegistry } from './manifests.ts';

const stop = '  - stop: { outcome: succeeded }\n';

function withMatch(match: string, type = 'alert.created'): string {
  return playbookWith(stop).replace(
    'type: alert.created }',
    `type: ${type}, match: ${JSON.stringify(match)} }`,
  );
}

describe('a trigger that can never match', () => {
  it.each([
    ['a word that the field does not have', 'alert.severity == "hihg"', 'did you mean "high"?'],
    ['only such words', 'alert.severity in ["urgent", "severe"]', 'it is one of'],
    ['two words at once', 'alert.category == "phishing" && alert.category == "malware"', undefined],
    [
      'two lists without a common word',
      'alert.severity in ["high", "critical"] && alert.title != "" && alert.severity in ["low"]',
      undefined,
    ],
  ])('is told: %s', (_what, match, help) => {
    const { ok, diagnostics } = compile(withMatch(match));
    expect(ok).toBe(true);
    expect(diagnostics).toMatchObject([
      { code: 'match/never', severity: 'warning', ...(help && { help: expect.stringContaining(help) }) },
    ]);
  });

  it.each([
    ['a word of the list', 'alert.severity == "high"'],
    ['one word of the list among others', 'alert.severity in ["high", "severe"]'],
    ['a field that takes any text', 'alert.title == "hihg"'],
    ['what the vendor sent', 'alert.raw.severity == "urgent"'],
    ['either of two', 'alert.severity == "high" || alert.severity == "low"'],
    ['two lists with a common word', 'alert.severity in ["high", "low"] && alert.severity in ["low"]'],
    ['not a word', 'alert.severity != "hihg"'],
  ])('is not suspected: %s', (_what, match) => {
    expect(compile(withMatch(match)).diagnostics).toEqual([]);
  });

  it('is not suspected where other events may use other words', () => {
    expect(compile(withMatch('alert.severity == "urgent"', 'incident.created')).diagnostics).toEqual([]);
  });
});

describe('two playbooks that answer the same events', () => {
  const isolate = `  - id: isolate
    action: edr.isolate-host
    lease: 72h
    with: { host_id: "\${{ inputs.host_id }}" }
`;
  const playbook = (id: string, match: string | null, steps = isolate, more = '') =>
    playbookWith(steps)
      .replace('under-test', id)
      .replace(
        'triggers: [{ id: new_alert, type: alert.created }]',
        `triggers:\n  - id: new_alert\n    type: alert.created${more}${match === null ? '' : `\n    match: ${match}`}`,
      );
  const told = (...texts: string[]) =>
    findOverlaps(
      compilePlaybooks(
        texts.map((text, index) => ({ file: `${index}.yaml`, text })),
        { registry: testRegistry },
      ),
    ).map(({ file, line, severity, message, seen }) => ({ file, line, severity, message, seen: seen?.file }));

  it('are told once when they demand the same', () => {
    expect(
      told(playbook('a', 'alert.severity == "high"'), playbook('b', 'alert.severity  ==  "high"')),
    ).toEqual([
      {
        file: '1.yaml',
        line: 11,
        severity: 'info',
        message: 'playbook "a" answers the same events, and both contain',
        seen: '0.yaml',
      },
    ]);
  });

  it('are told at the one that demands more', () => {
    const narrow = playbook('a', 'alert.severity == "high" && alert.category == "malware"');
    const wide = playbook('b', 'alert.category == "malware"');
    expect(told(narrow, wide)).toMatchObject([{ file: '0.yaml', seen: '1.yaml' }]);
    expect(told(wide, narrow)).toMatchObject([{ file: '1.yaml', seen: '0.yaml' }]);
    expect(told(narrow, playbook('b', null))).toMatchObject([{ file: '0.yaml', seen: '1.yaml' }]);
  });

  it.each([
    ['each demands something of its own', playbook('b', 'alert.category == "malware"')],
    ['one of them only looks', playbook('b', 'alert.severity == "high"', stop)],
    [
      'one of them is switched off',
      playbook('b', 'alert.severity == "high"', isolate, '\n    enabled: false'),
    ],
    [
      'they listen to other events',
      playbook('b', 'alert.severity == "high"').replace('.created', '.updated'),
    ],
    [
      'the author answered',
      playbook('b', 'alert.severity == "high" # riposte-ignore match/overlaps: routed by hand'),
    ],
  ])('are not told when %s', (_why, other) => {
    expect(told(playbook('a', 'alert.severity == "high"'), other)).toEqual([]);
  });
});
