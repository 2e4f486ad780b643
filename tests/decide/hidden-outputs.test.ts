import { describe, expect, it } from 'vitest';
import { hideElement, hideOutputs, hidesOutputs } from '../../engine/core/identity/hide-outputs.ts';
import { actionStep, foreachStep, planOf, repeatStep } from './build-plan.ts';

const search = actionStep('search', { class: 'read', mask: ['messages', 'count'] });
const look = actionStep('look', { path: 'run/each/look', class: 'read', mask: ['token'] });
const poll = actionStep('poll', { path: 'run/each/again/poll', class: 'read', mask: ['code'] });
const again = repeatStep('run/each/again', [poll]);
const inner = foreachStep('run/each/parts', [actionStep('part', { path: 'run/each/parts/part' })], {
  as: 'part',
  list: 'mail.parts',
});
const each = foreachStep('each', [look, again, inner], { as: 'mail', list: 'steps.search.outputs.messages' });
const told = foreachStep('told', [actionStep('tell', { path: 'run/told/tell' })], {
  list: 'steps.each.items',
});
const open = foreachStep('open', [actionStep('shut', { path: 'run/open/shut' })], {
  list: 'steps.search.outputs.?others.orValue([])',
});
const plan = planOf([search, each, told, open]);

describe('what a step hides with `mask`', () => {
  it('keeps its shape, and what is not named stays', () => {
    const outputs = { messages: [{ id: 'm1', parts: [1] }], count: 1, complete: true };
    expect(hideOutputs(plan, 'run/search', outputs)).toEqual({
      messages: [{ id: '[masked]', parts: ['[masked]'] }],
      count: '[masked]',
      complete: true,
    });
  });

  it('is hidden inside of loops, whatever the item is called', () => {
    expect(hideOutputs(plan, 'run/each[a%2Fb%23c]/look', { token: 't', name: 'n' })).toEqual({
      token: '[masked]',
      name: 'n',
    });
    expect(hideOutputs(plan, 'run/each[m1]/again#2/poll', { code: 7 })).toEqual({ code: '[masked]' });
  });

  it('is hidden in the results that loops keep of it', () => {
    const outputs = { look: { token: 't', name: 'n' }, again: { last: { poll: { code: 7, done: true } } } };
    const hidden = {
      look: { token: '[masked]', name: 'n' },
      again: { last: { poll: { code: '[masked]', done: true } } },
    };
    const summary = { total: 1, succeeded: 1 };
    expect(
      hideOutputs(plan, 'run/each', { items: [{ key: 'm1', status: 'succeeded', outputs }], summary }),
    ).toEqual({ items: [{ key: 'm1', status: 'succeeded', outputs: hidden }], summary });
    expect(hideOutputs(plan, 'run/each[m1]/again', outputs.again)).toEqual(hidden.again);
  });

  it('is hidden in the elements that loops take from it, also through another loop', () => {
    expect(hideElement(plan, 'run/each', { id: 'm1' })).toBe('[masked]');
    expect(hideElement(plan, 'run/each[m1]/parts', 'p1')).toBe('[masked]');
    expect(hideElement(plan, 'run/told', { key: 'm1' })).toBe('[masked]');
    expect(hideElement(plan, 'run/open', { id: 'o1' })).toEqual({ id: 'o1' });
    expect(hideElement(plan, 'run/each', null)).toBeNull();
  });

  it('is nothing for what takes something back, and for a playbook that hides nothing', () => {
    expect(hideOutputs(plan, 'run/search~undo[rec1]/inverse', { count: 1 })).toEqual({ count: 1 });
    expect(hidesOutputs(plan)).toBe(true);
    expect(hidesOutputs(planOf([actionStep('isolate')]))).toBe(false);
  });
});
