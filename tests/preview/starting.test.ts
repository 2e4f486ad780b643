import { describe, expect, it } from 'vitest';
import { compilePlaybook } from '../../engine/core/compile/compile-playbook.ts';
import { alertView } from '../../engine/core/intake/alert-view.ts';
import { alertIdToCome, startByAlert, startByHand } from '../../engine/core/preview/start-preview.ts';
import { testRegistry } from '../compile/manifests.ts';

const nowMs = Date.parse('2026-11-20T00:00:00Z');

function loaded(triggers: string, inputs: string) {
  const text = `kind: playbook/v1
id: under-test
title: A playbook under test
description: Made for one test.
status: stable
author: Blue Team
owner: group:soc
falsepositives: [None]
triggers:
${triggers}
inputs:
${inputs}
dedupe: { key: "\${{ inputs.host }}", window: 1h }
steps:
  - stop: { outcome: succeeded, reason: Nothing }
`;
  const compiled = compilePlaybook(text, { file: 'playbook.yaml', registry: testRegistry });
  if (!compiled.ok) throw new Error(JSON.stringify(compiled.diagnostics));
  return compiled;
}

describe('a start by an alert', () => {
  const hosts = [
    { id: 'H1', name: 'a' },
    { id: 'H2', name: 'b' },
  ];
  const alert = alertView({ id: 'x', title: 'Odd', targets: { hosts } });
  const playbook = loaded(
    '  - { id: seen, type: alert.created, each: alert.targets.hosts, as: host }',
    `  host: { type: string, from: { seen: "\${{ host.id }}" } }
  note: { type: string, from: { seen: "\${{ alert.id }} on \${{ host.name }}" } }`,
  );

  it('gives a run for each element, and leaves open what is made of the id that the alert will get', () => {
    const { runs } = startByAlert(playbook, alert, { nowMs, routing: null, mode: null, trigger: null });
    expect(runs.map(({ element, openInputs }) => [element, openInputs])).toEqual([
      ['H1', ['note']],
      ['H2', ['note']],
    ]);
    expect(runs[0]?.inputs).toEqual([
      { name: 'host', known: true, value: 'H1', dependsOn: [] },
      { name: 'note', known: false, value: '${{ alert.id }} on a', dependsOn: ['alert.id'] },
    ]);
    expect(runs[0]?.dedupe).toMatchObject({ known: true, value: 'H1' });
    expect(JSON.stringify(runs[0]?.inputs)).not.toContain(alertIdToCome);
  });

  it('never becomes bolder by a mode that is asked for', () => {
    const routing = {
      routes: [
        { playbook: 'under-test', order: 1, enabled: true, expires: null, match: null, mode: 'ask' as const },
      ],
    };
    const start = (mode: 'audit' | 'enforce') =>
      startByAlert(playbook, alert, { nowMs, routing, mode, trigger: null }).runs[0]?.given.mode;
    expect(start('enforce')).toBe('ask');
    expect(start('audit')).toBe('audit');
  });
});

describe('a start by hand', () => {
  const inputs = '  host: { type: string, from: { hand: "${{ target.id }}" } }';
  const start = (triggers: string, target: { kind: string; id: string; name: string } | null) =>
    startByHand(loaded(triggers, inputs), {
      target,
      inputs: {},
      mode: null,
      trigger: null,
      routing: null,
      nowMs,
    });
  const host = { kind: 'host', id: 'H1', name: 'a' };

  it('takes the trigger that is offered for the target', () => {
    expect(start('  - { id: hand, type: manual, targets: [host] }', host)).toMatchObject({
      ok: true,
      run: { trigger: 'hand', element: 'H1', given: { inputs: { host: 'H1' } } },
    });
  });

  it.each([
    ['switched off', '  - { id: hand, type: manual, targets: [host], enabled: false }', 'no manual trigger'],
    [
      'that has ended',
      '  - { id: hand, type: manual, targets: [host], expires: 2026-11-19 }',
      'ended on 2026-11-19',
    ],
    ['for another kind', '  - { id: hand, type: manual, targets: [user] }', 'a target of the kind user'],
  ])('is refused by a trigger %s', (_, triggers, message) => {
    const started = start(triggers, host);
    expect(started.ok ? '' : started.message).toContain(message);
  });
});
