import { describe, expect, it } from 'vitest';
import { comparePerformed } from '../../engine/core/cases/compare-performed.ts';
import type { Performed } from '../../engine/core/cases/offline-run.ts';
import type { PerformedAction } from '../../schemas/cases-v1.generated.ts';

/* Exact and in order for what changes a target; what reads or tells only as far as it is listed. */

function did(action: string, what: Partial<Performed> = {}): Performed {
  return {
    step: 'sweep[m1]/act',
    action,
    class: 'contain',
    with: { id: 'm1' },
    target: { kind: 'mail', id: 'm1' },
    undoOf: null,
    outcome: 'succeeded',
    attempts: 1,
    atMs: 0,
    actionKey: 'k',
    ...what,
  };
}

const rows = (expected: PerformedAction[], performed: Performed[]) => comparePerformed(expected, performed);

describe.each(['contain', 'eradicate', 'restore'] as const)('an action of class %s', (kind) => {
  const one = did('x.act', { class: kind });
  it('that is not listed is too much', () => expect(rows([], [one])).not.toEqual([]));
  it('that is listed and did not happen is missing', () =>
    expect(rows([{ action: 'x.act' }, { action: 'x.act' }], [one])).not.toEqual([]));
  it('that happened as listed is fine', () => expect(rows([{ action: 'x.act' }], [one])).toEqual([]));
  it('in another order is a difference', () => {
    const other = did('x.other', { class: kind });
    expect(rows([{ action: 'x.other' }, { action: 'x.act' }], [one, other])).not.toEqual([]);
    expect(rows([{ action: 'x.act' }, { action: 'x.other' }], [one, other])).toEqual([]);
  });
});

describe.each(['read', 'notify'] as const)('an action of class %s', (kind) => {
  const one = did('x.look', { class: kind });
  it('that is not listed does not matter', () => expect(rows([], [one])).toEqual([]));
  it('that is listed must have happened', () => {
    expect(rows([{ action: 'x.look' }], [])).not.toEqual([]);
    expect(rows([{ action: 'x.look' }], [one])).toEqual([]);
  });
  it('that is listed counts as often as it matches', () =>
    expect(rows([{ action: 'x.look' }], [one, one])).not.toEqual([]));
  it('that is listed with other arguments is shown as it was seen', () =>
    expect(rows([{ action: 'x.look', with: { id: 'm2' } }], [one]).join('\n')).toContain('seen: x.look'));
});

describe('a line of the expectation', () => {
  const one = did('x.act');
  it.each<[string, Omit<PerformedAction, 'action'>, boolean]>([
    ['names arguments', { with: { id: 'm1' } }, true],
    ['names an argument with another value', { with: { id: 'm2' } }, false],
    ['names an argument that was not given', { with: { other: 1 } }, false],
    ['names the target', { target: 'mail:m1' }, true],
    ['names another target', { target: 'mail:m2' }, false],
    ['names the step with its item', { step: 'sweep[m1]/act' }, true],
    ['names the step of the plan', { step: 'sweep/act' }, true],
    ['names the step by its id', { step: 'act' }, true],
    ['names another item', { step: 'sweep[m2]/act' }, false],
    ['takes success for granted', {}, true],
    ['wants a failure', { outcome: 'failed' }, false],
    ['wants it to take something back', { undo_of: 'act' }, false],
    ['says how often', { times: 1 }, true],
    ['says more often', { times: 2 }, false],
  ])('%s', (_, line, met) => {
    expect(rows([{ action: 'x.act', ...line }], [one]).length === 0).toBe(met);
  });
});
