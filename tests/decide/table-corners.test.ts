import { describe, expect, it } from 'vitest';
import type { RunEvent } from '../../engine/core/contracts/command.ts';
import { actionStep, planOf, play, someApproval, step } from './build-plan.ts';
import { World } from './play-world.ts';

/* Language reference 9.3 and 9.5: what the tables say in passing. */

const ref = 'run/a';
const start = { type: 'run.started' } as const;
const down: RunEvent = {
  type: 'action.failed',
  ref,
  attempt: 1,
  failure: { code: 'unavailable', kind: 'retryable', message: 'down' },
};
const act = (id: string, change: Parameters<typeof actionStep>[1] = {}) =>
  actionStep(id, { with: { host_id: { t: 'literal', value: id } }, ...change });
const both = (join: 'all' | 'settle' | 'any', ...steps: Parameters<typeof planOf>[0]) =>
  step('parallel', 'both', {
    branches: steps.map((each, index) => ({ name: `b${index}`, steps: [each] })),
    join,
  });

describe('an action', () => {
  const accepted = (change: Parameters<typeof actionStep>[1] = {}) => {
    const run = play(planOf([actionStep('a', change)]));
    run.send(start);
    run.send({ type: 'action.accepted', ref, attempt: 1, handle: { id: 'm' }, pollAfterMs: 5_000 });
    return run;
  };
  const passed = (deadline: 'deadline' | 'poll' | 'delay', claimed = false): RunEvent => ({
    type: 'deadline.passed',
    ref,
    deadline,
    seq: 0,
    claimed,
  });

  it('whose order ended in a way that may pass is attempted again', () => {
    const retry = { ...actionStep('a').retry, on: ['interrupted'] };
    const run = accepted({ retry });
    run.send(passed('poll'));
    run.send({
      ...down,
      failure: { code: 'interrupted', kind: 'retryable', message: 'by a restart', ended: true },
    });
    expect(run.snapshot.context.steps[ref]).toMatchObject({ status: 'active', phase: 'backing-off' });
    run.send(passed('delay'));
    expect(run.last.commands).toContainEqual(
      expect.objectContaining({ kind: 'enqueue-attempt', purpose: 'perform', number: 2 }),
    );
  });

  it('whose confirm could not be read is asked about again, not sent again', () => {
    const run = accepted();
    run.send(passed('poll'));
    run.send(down);
    expect(run.snapshot.context.steps[ref]).toMatchObject({ status: 'active', phase: 'confirming' });
    run.send(passed('poll'));
    expect(run.last.commands).toContainEqual(expect.objectContaining({ purpose: 'confirm' }));
  });

  it('that fails for now after its deadline is not attempted again, although attempts are left', () => {
    const run = play(planOf([actionStep('a')]));
    run.send(start);
    run.send(passed('deadline', true));
    run.send(down);
    expect(run.snapshot.context.steps[ref]).toMatchObject({
      status: 'failed',
      attempts: 1,
      failure: { code: 'unavailable' },
    });
  });
});

describe('parallel', () => {
  it('join any: fails only when every branch has failed', () => {
    const world = new World(planOf([both('any', act('a'), act('b'))])).start().fail('run/a');
    expect(world.status('run/both')).toBe('active');
    expect(world.fail('run/b').step('run/both')).toMatchObject({
      status: 'failed',
      failure: { code: 'not-found' },
    });
  });

  it('join settle: succeeds when every branch has', () => {
    const world = new World(planOf([both('settle', act('a'), act('b'))])).start().succeed('run/b');
    expect(world.status('run/both')).toBe('active');
    expect(world.succeed('run/a').status('run/both')).toBe('succeeded');
  });

  it('a stop in a branch ends the whole run as it says; what is out in another branch is awaited', () => {
    const stop = step('stop', 'stop#1', {
      outcome: 'succeeded',
      reason: { t: 'literal', value: 'enough' },
    });
    const branches = [
      { name: 'x', steps: [act('a'), act('a2')] },
      { name: 'y', steps: [act('b'), stop] },
    ];
    const parallel = step('parallel', 'both', { branches, join: 'all' });
    const world = new World(planOf([parallel, act('last')])).start().succeed('run/b');
    expect(world.outcome).toBeNull();
    world.succeed('run/a');
    expect(world.ended).toMatchObject({ outcome: 'succeeded', reason: 'enough' });
    expect(world.performed()).toEqual(['run/a', 'run/b']);
    expect(world.records).toHaveLength(2);
  });

  it('a denial in a branch ends the whole run as denied; nothing else begins', () => {
    const asking = act('b', { approval: someApproval });
    const world = new World(planOf([both('settle', act('a'), asking), act('last')])).start().deny('run/b');
    expect(world.outcome).toBeNull();
    world.succeed('run/a');
    expect([world.outcome, world.status('run/both'), world.status('run/last')]).toEqual([
      'denied',
      'cancelled',
      'pending',
    ]);
  });
});

describe('the closing blocks', () => {
  const asked = act('a', { approval: someApproval });
  const closing = {
    onFailure: [act('f', { class: 'notify' })],
    finally: [act('z', { class: 'notify' })],
  };
  it.each<[string, (world: World) => World, string[]]>([
    ['succeeded', (world) => world.grant(ref).succeed(ref), ['run/a', 'run/z']],
    ['failed', (world) => world.grant(ref).fail(ref), ['run/a', 'run/f', 'run/z']],
    ['denied', (world) => world.deny(ref), ['run/z']],
    ['cancelled', (world) => world.cancel(), ['run/z']],
    ['timed-out', (world) => world.pass('run', 'run-timeout'), ['run/f', 'run/z']],
  ])(
    'a run that ends as %s runs on_failure only after a failure or its timeout, and finally always',
    (outcome, end, performed) => {
      const world = end(new World(planOf([asked], closing)).start());
      if (performed.includes('run/f')) world.succeed('run/f');
      world.succeed('run/z');
      expect([world.outcome, world.performed()]).toEqual([outcome, performed]);
    },
  );

  it('a run that times out cancels its open question', () => {
    const world = new World(planOf([asked])).start().pass('run', 'run-timeout');
    expect(world.step(ref)).toMatchObject({ status: 'cancelled', approval: { outcome: 'cancelled' } });
  });
});
