import { describe, expect, it } from 'vitest';
import type { RunEvent } from '../../engine/core/contracts/command.ts';
import { actionStep, planOf, play, someApproval, waitStep } from './build-plan.ts';
import { World } from './play-world.ts';

/* What random schedules and a hostile reading found, each as the shortest story that shows it. */

const ref = 'run/a';
const start = { type: 'run.started' } as const;
const down: RunEvent = {
  type: 'action.failed',
  ref,
  attempt: 1,
  failure: { code: 'unavailable', kind: 'retryable', message: 'down' },
};
const passed = (deadline: 'deadline' | 'delay' | 'recheck', seq = 0): RunEvent => ({
  type: 'deadline.passed',
  ref,
  deadline,
  seq,
  claimed: false,
});
const granted = (executeBeforeMs = 10_000_000): RunEvent => ({
  type: 'approval.granted',
  ref,
  approvalId: 'apr_1' as never,
  by: ['per_1'],
  comment: '',
  executeBeforeMs,
});
const asking: RunEvent = { type: 'guard.ask', ref, guardId: 'burst', message: 'ten in an hour' };
const allowed: RunEvent = { type: 'guard.allowed', ref };

describe('a step that is asked about again between two attempts', () => {
  const askedAgain = () => {
    const run = play(planOf([actionStep('a')]), { guards: 'by-hand' });
    for (const event of [start, allowed, down, passed('delay', 1), asking]) run.send(event);
    return run;
  };

  it('has its clock started anew, so that the next attempt is not waited for without end', () => {
    const run = askedAgain();
    expect(run.last.commands).toContainEqual({ kind: 'clear-deadlines', ref, deadlines: ['deadline'] });
    run.send(granted());
    run.send(allowed);
    expect(run.last.commands).toContainEqual(
      expect.objectContaining({ kind: 'set-deadline', ref, deadline: 'deadline' }),
    );
  });

  it('uses its new approval up with the attempt that it lets through', () => {
    const run = askedAgain();
    run.send(granted());
    run.send(allowed);
    expect(run.last.commands).toContainEqual({ kind: 'end-approval', ref, outcome: 'consumed' });
  });

  it('and then held for longer than the yes is good for asks once more', () => {
    const run = askedAgain();
    run.send(granted(60_000));
    run.send({ type: 'guard.held', ref, by: 'stop', message: 'emergency stop' });
    run.nowMs = 90_000;
    run.send(passed('recheck'));
    expect(run.orders()).toContain('request-approval');
    expect(run.orders()).not.toContain('check-guards');
  });
});

it('a yes that the guards then overrule does not stay open', () => {
  const run = play(planOf([actionStep('a', { approval: someApproval })]), { guards: 'by-hand' });
  for (const event of [start, allowed, granted()]) run.send(event);
  run.send({ type: 'guard.denied', ref, guardId: 'burst', message: 'ten in an hour' });
  expect(run.status('a')).toBe('denied');
  expect(run.last.commands).toContainEqual({ kind: 'end-approval', ref, outcome: 'cancelled' });
});

it('"nothing changed" after a lost attempt that the target did not show yet is of unknown origin', () => {
  const run = play(planOf([actionStep('a')]));
  run.send(start);
  run.send({ type: 'action.unknown', ref, attempt: 1, message: 'lost' });
  run.send({ type: 'check.absent', ref });
  run.send(passed('delay', 1));
  run.send({ type: 'action.succeeded', ref, attempt: 2, outputs: {}, changed: false });
  // "found" would leave a host isolated for ever: undo would take it for somebody else's.
  expect(run.last.commands).toContainEqual(
    expect.objectContaining({ kind: 'record-undo', record: expect.objectContaining({ origin: 'unknown' }) }),
  );
});

describe('a run that left its queue for a place', () => {
  const crowd = {
    concurrency: { group: { t: 'literal' as const, value: 'g' }, limit: 1, onConflict: 'queue' as const },
  };
  const pause = waitStep('pause', { for: 'duration', ms: 60_000 });
  const later = waitStep('later', { for: 'duration', ms: 60_000 });
  const notify = (id: string) => actionStep(id, { class: 'notify' });
  const failing = () => {
    const plan = planOf([pause], { ...crowd, onFailure: [notify('report')], finally: [notify('last')] });
    return new World(plan, { answers: { place: false } }).start().pass('run', 'run-timeout');
  };

  it('has the place that came late, and its last steps do not wait for another one', () => {
    const plan = planOf([pause], { ...crowd, finally: [later] });
    const world = new World(plan, { answers: { place: false } }).start().pass('run/pause', 'wait').cancel();
    world.send({ type: 'place.granted' }).pass('run/later', 'wait');
    expect(world.outcome).toBe('cancelled');
  });

  it('queues for on_failure, and a cancel calls that off', () => {
    const world = failing();
    expect([world.live(), world.performed()]).toEqual(['waiting', []]);
    world.cancel();
    expect(world.performed()).toEqual(['run/last']);
    expect(world.succeed('run/last').outcome).toBe('timed-out');
  });

  it('queues for on_failure, and then for what a cancel with undo takes back', () => {
    const world = failing().cancel(true);
    expect(world.performed()).toEqual([]);
    expect(world.wrote('run.undoing')).toEqual([]);
    world.send({ type: 'place.granted' });
    expect(world.wrote('run.undoing')).toHaveLength(1);
    expect(world.performed()).toEqual(['run/last']);
  });
});

describe('run.cancel in finally', () => {
  const plan = planOf([actionStep('a')], {
    onFailure: [actionStep('report', { class: 'notify' })],
    finally: [waitStep('last', { for: 'duration', ms: 60_000 }), actionStep('never', { class: 'notify' })],
  });

  it('ends the block and leaves the outcome as it stood', () => {
    const world = new World(plan).start().succeed('run/a').cancel();
    expect([world.status('run/last'), world.status('run/never')]).toEqual(['cancelled', 'pending']);
    expect(world.outcome).toBe('succeeded');
  });

  it('with undo takes everything back, and on_failure does not run a second time', () => {
    const two = planOf([actionStep('a'), actionStep('b')], {
      ...plan,
      steps: [actionStep('a'), actionStep('b')],
    });
    const world = new World(two).start().succeed('run/a').fail('run/b').succeed('run/report').cancel(true);
    expect(world.performed().at(-1)).toBe('run~undo[1]/inverse');
    world.succeed('run~undo[1]/inverse');
    expect(world.performed().filter((each) => each === 'run/report')).toHaveLength(1);
    expect([world.outcome, world.records[0]?.state]).toEqual(['failed', 'undone']);
  });
});
