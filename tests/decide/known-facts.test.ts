import { describe, expect, it } from 'vitest';
import { openFacts } from '../../engine/core/run/known-facts.ts';
import { actionStep, planOf, someApproval } from './build-plan.ts';
import { World } from './play-world.ts';

/* What a step hides with `mask` (language reference 4.2) and tells about its target all the same. */

const told = { facts: { name: 'name', owner: 'owner', role: 'role' } };

function played(mask: string[], again: string[] | null = null): World {
  const look = actionStep('look', { class: 'read', mask });
  const second = again === null ? [] : [actionStep('second', { class: 'read', mask: again })];
  const steps = [look, ...second, actionStep('act', { approval: someApproval })];
  for (const step of steps) Object.assign(step.action, step.id === 'act' ? {} : told);
  const world = new World(planOf(steps)).start();
  const outputs = { name: 'WS-7', owner: 'jo@example.test', role: 'server' };
  world.succeed('run/look', outputs);
  if (again !== null) world.succeed('run/second', outputs);
  return world;
}

describe('tags of an account that two directories know', () => {
  it('add up, so that what one protects is not free because the other does not know of it', () => {
    const look = (id: string) => actionStep(id, { class: 'read' });
    const steps = [look('cloud'), look('premises'), actionStep('act', { approval: someApproval })];
    for (const step of steps.slice(0, 2))
      Object.assign(step.action, { facts: { tags: 'tags', name: 'name' } });
    const world = new World(planOf(steps)).start();
    world.succeed('run/cloud', { tags: ['break-glass'], name: 'Jo' });
    world.succeed('run/premises', { tags: ['vip'], name: 'Jo Smith' });
    world.grant('run/act');
    const { target } = world.ordered('check-guards').at(-1)?.guard ?? {};
    expect(target).toMatchObject({ tags: ['break-glass', 'vip'], name: 'Jo Smith' });
  });
});

describe('facts that a hidden output told', () => {
  it('are on no card and in no entry, and a hidden name is in no list of targets', () => {
    const world = played(['name', 'owner']);
    expect(JSON.stringify(world.ordered('request-approval'))).not.toMatch(/WS-7|jo@example/);
    expect(JSON.stringify(world.entries)).not.toMatch(/WS-7|jo@example/);
    const [stored] = world.ordered('remember-facts');
    expect(stored?.facts).not.toHaveProperty('name');
    expect(openFacts(stored?.facts ?? {})).toEqual({ role: 'server' });
  });

  it('are there for guards', () => {
    const world = played(['name', 'owner']).grant('run/act');
    const { target } = world.ordered('check-guards').at(-1)?.guard ?? {};
    expect(target).toEqual({
      kind: 'host',
      id: expect.any(String),
      name: 'WS-7',
      owner: 'jo@example.test',
      role: 'server',
    });
  });

  it('are open when nothing hides them, or another step tells them openly', () => {
    for (const world of [played([]), played(['name', 'owner'], [])]) {
      expect(JSON.stringify(world.ordered('request-approval'))).toContain('WS-7');
      expect(openFacts(world.ordered('remember-facts').at(-1)?.facts ?? {})).toMatchObject({ name: 'WS-7' });
    }
  });

  it('stay hidden when a later step tells others', () => {
    const [, last] = played(['name', 'owner'], ['name', 'owner', 'role']).ordered('remember-facts');
    expect(openFacts(last?.facts ?? {})).toEqual({});
  });
});
