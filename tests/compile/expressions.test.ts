import { describe, expect, it } from 'vitest';
import { playbookWith, remarks, tell } from './compile.ts';

describe('run variables', () => {
  const vars = 'vars:\n  count: ${{ size(alert.targets.hosts) }}\n  label: plain\n';

  it('are typed by their first value while nothing changes them', () => {
    expect(remarks(playbookWith(tell('one', 'x', '    if: vars.count == "many"\n'), vars))).toHaveLength(1);
    expect(remarks(playbookWith(tell('one', 'x', '    if: vars.count > 3\n'), vars))).toEqual([]);
  });

  it('are dynamic as soon as a step sets them', () => {
    const set = '  - set: { count: many }\n';
    expect(remarks(playbookWith(set + tell('one', 'x', '    if: vars.count == "many"\n'), vars))).toEqual([]);
  });

  it('see those before them and not those after', () => {
    const forward = 'vars:\n  a: ${{ vars.b }}\n  b: ${{ vars.a2 }}\n  a2: x\n';
    expect(remarks(playbookWith(tell('one', 'x'), forward)).map((remark) => remark.split(' ')[1])).toEqual([
      'compile/not-visible-here',
      'compile/not-visible-here',
    ]);
  });
});

describe('names at each place', () => {
  const code = (text: string) => remarks(text).map((remark) => remark.split(' ')[1]);

  it.each([
    [
      'a trigger sees the alert only',
      playbookWith(tell('one', 'x')).replace(
        'type: alert.created }',
        'type: alert.created, match: "inputs.note == \'\'" }',
      ),
    ],
    [
      'a dedupe key is evaluated before there is a run',
      playbookWith(tell('one', 'x'), 'dedupe: { key: "${{ run.id }}", window: 1h }'),
    ],
    [
      'run variables come before steps',
      playbookWith(tell('one', 'x'), 'vars: { a: "${{ steps.one.status }}" }'),
    ],
    ['failure belongs to handlers', playbookWith(tell('one', '${{ failure.code }}'))],
    ['guard belongs to deny_if', playbookWith(tell('one', '${{ guard.action }}'))],
    ['signal belongs to wait', playbookWith(tell('one', '${{ signal.x }}'))],
  ])('%s', (_, text) => {
    expect(code(text)).toEqual(['compile/not-visible-here']);
  });

  it('steps cannot be passed on or looked up as a whole', () => {
    expect(code(playbookWith(tell('one', '${{ to_json(steps) }}')))).toEqual(['compile/unknown-step']);
    expect(code(playbookWith(tell('one', '${{ steps[inputs.note].status }}')))).toEqual([
      'compile/unknown-step',
    ]);
  });

  it('positional ids cannot be named', () => {
    expect(
      code(
        playbookWith(
          `  - stop: { outcome: denied }\n    if: alert.confidence > 0.5\n${tell('one', '${{ steps["stop#1"].status }}')}`,
        ),
      ),
    ).toEqual(['compile/unknown-step']);
  });

  it('a wrapped expression is taken as a bare one', () => {
    expect(code(playbookWith(tell('one', 'x', '    if: ${{ alert.confidence > 0.5 }}\n')))).toEqual([]);
    expect(code(playbookWith(tell('one', 'x', '    if: ${{ alert.confidence }} > 0.5\n')))).toEqual([
      'compile/bad-expression',
    ]);
  });

  it('the element of a trigger has the type of the list', () => {
    const trigger = 'type: alert.created, each: alert.targets.hosts, as: host }';
    const inputs = (field: string) =>
      playbookWith(tell('one', 'x'))
        .replace('type: alert.created }', trigger)
        .replace(
          'host_id: { type: string, default: H1 }',
          `host_id: { type: string, from: { new_alert: "\${{ host.${field} }}" } }`,
        );
    expect(code(inputs('id'))).toEqual([]);
    expect(code(inputs('idd'))).toEqual(['compile/unknown-name']);
  });
});
