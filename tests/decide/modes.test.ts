import { describe, expect, it } from 'vitest';
import type { ActionClass } from '../../engine/core/contracts/action.ts';
import type { Mode } from '../../engine/core/contracts/plan.ts';
import { actionStep, callStep, planOf, play, someApproval } from './build-plan.ts';
import { World } from './play-world.ts';

/* Language reference 9.13: every cell of the table, and what stands below it. */

type Cell = 'runs' | 'is suppressed and logged' | 'asks';

const table: [Mode, ActionClass, Cell][] = [
  ['audit', 'read', 'runs'],
  ['audit', 'notify', 'is suppressed and logged'],
  ['audit', 'contain', 'is suppressed and logged'],
  ['audit', 'eradicate', 'is suppressed and logged'],
  ['audit', 'restore', 'is suppressed and logged'],
  ['ask', 'read', 'runs'],
  ['ask', 'notify', 'runs'],
  ['ask', 'contain', 'asks'],
  ['ask', 'eradicate', 'asks'],
  ['ask', 'restore', 'asks'],
  ['enforce', 'read', 'runs'],
  ['enforce', 'notify', 'runs'],
  ['enforce', 'contain', 'runs'],
  ['enforce', 'eradicate', 'runs'],
  ['enforce', 'restore', 'runs'],
];

const begun = (mode: Mode, change: Parameters<typeof actionStep>[1]) => {
  const run = play(planOf([actionStep('a', change)], { mode }));
  run.send({ type: 'run.started' });
  return run;
};

describe('what a mode lets an action do', () => {
  it.each(table)('%s: %s %s', (mode, actionClass, cell) => {
    const run = begun(mode, { class: actionClass });
    const kinds = run.orders();
    const wrote = run.last.entries.map((entry) => entry.type);
    // Whatever comes of it, the guards were asked first.
    expect(kinds).toContain('check-guards');
    expect(kinds.includes('enqueue-attempt')).toBe(cell === 'runs');
    expect(kinds.includes('request-approval')).toBe(cell === 'asks');
    expect(wrote.includes('action.simulated')).toBe(cell === 'is suppressed and logged');
    expect(wrote.includes('action.attempted')).toBe(cell === 'runs');
  });

  it.each<[Mode, boolean, boolean]>([
    ['audit', false, true],
    ['ask', true, false],
    ['enforce', true, false],
  ])('%s: an approval of the author asks: %s; is recorded as "would have asked": %s', (mode, asks, noted) => {
    const run = begun(mode, { approval: someApproval });
    expect(run.orders().includes('request-approval')).toBe(asks);
    expect(run.last.entries.some((entry) => entry.type === 'approval.not-asked')).toBe(noted);
  });
});

describe('mode audit', () => {
  it('a simulated step has succeeded with the example outputs, so that later branches can be seen', () => {
    const later = actionStep('b', { class: 'read', if: 'steps.a.outputs.state == "isolated"' });
    const run = play(planOf([actionStep('a'), later], { mode: 'audit' }));
    run.send({ type: 'run.started' });
    expect([run.status('a'), run.status('b')]).toEqual(['succeeded', 'active']);
    expect(run.last.entries.find((entry) => entry.type === 'action.simulated')?.simulated).toBe(true);
  });

  it('leaves nothing that could be taken back: no record, no hold, no reservation', () => {
    const kinds = begun('audit', {}).orders();
    expect(kinds).toContain('return-reservation');
    expect(kinds.filter((kind) => ['record-undo', 'want-hold'].includes(kind))).toEqual([]);
  });

  it('a guard that denies is recorded as it would have been', () => {
    const guard = { id: 'g', appliesTo: ['contain'], denyIf: 'true', limit: null, message: 'by hand' };
    const run = play(planOf([actionStep('a')], { mode: 'audit', guards: [guard] }));
    run.send({ type: 'run.started' });
    expect(run.status('a')).toBe('denied');
  });
});

it.each(['audit', 'ask', 'enforce'] as const)('%s: a called playbook has the same mode', (mode) => {
  const children = {
    child: { digest: 'sha256:01', title: 'Child', version: '1.0.0', inputs: [], impact: 'contain' as const },
  };
  const world = new World(planOf([callStep('rules')], { mode, children })).start();
  expect(world.ordered('start-child').map((each) => each.mode)).toEqual([mode]);
});

it('a run that was started in a lower mode than its playbook has keeps to the lower one', () => {
  const run = play(planOf([actionStep('a')], { mode: 'enforce' }), { given: { mode: 'audit' } });
  run.send({ type: 'run.started' });
  expect(run.orders()).not.toContain('enqueue-attempt');
});
