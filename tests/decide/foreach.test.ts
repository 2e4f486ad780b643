import { describe, expect, it } from 'vitest';
import { actionStep, foreachStep, planOf, someApproval, step } from './build-plan.ts';
import { World } from './play-world.ts';

const isolate = (change: Parameters<typeof actionStep>[1] = {}) =>
  actionStep('isolate', {
    path: 'run/sweep/isolate',
    with: { host_id: { t: 'expr', expr: 'host' } },
    ...change,
  });

const hosts = (...names: string[]) => ({ given: { inputs: { hosts: names } } });
const item = (key: string) => `run/sweep[${key}]/isolate`;

describe('foreach: evaluate the list once', () => {
  it('starts up to max_parallel items in list order, and each end starts the next', () => {
    const world = new World(planOf([foreachStep('sweep', [isolate()], { maxParallel: 2 })]), hosts('a', 'b', 'c'));
    world.start();
    expect(world.performed()).toEqual([item('a'), item('b')]);
    world.succeed(item('b'));
    expect(world.performed()).toEqual([item('a'), item('b'), item('c')]);
    world.succeed(item('c')).succeed(item('a'));
    expect(world.step('run/sweep')?.outputs.summary).toEqual({
      total: 3,
      succeeded: 3,
      failed: 0,
      denied: 0,
      skipped: 0,
      cancelled: 0,
    });
    expect(world.outcome).toBe('succeeded');
  });
});
