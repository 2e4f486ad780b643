import { describe, expect, it } from 'vitest';
import { actionStep, planOf, repeatStep, someApproval, step } from './build-plan.ts';
import { World } from './play-world.ts';

/* Language reference 9.5, table "repeat". */

const check = (change: Parameters<typeof actionStep>[1] = {}) =>
  actionStep('check', { path: 'run/poll/check', class: 'read', ...change });
const round = (number: number) => `run/poll#${number}/check`;
const poll = (change: Parameters<typeof repeatStep>[2] = {}, inner = [check()]) =>
  repeatStep('poll', inner, change);

describe('repeat, round', () => {
  it('true → succeeded with the last round as outputs.last', () => {
    const world = new World(planOf([poll()])).start();
    world.succeed(round(1), { done: true, n: 1 });
    expect(world.step('run/poll')).toMatchObject({
      status: 'succeeded',
      outputs: { last: { check: { done: true, n: 1 } } },
    });
    expect(world.outcome).toBe('succeeded');
  });

  it('false and rounds left → deadline every → the next, in a fresh scope', () => {
    const world = new World(planOf([poll()])).start();
    world.succeed(round(1), { done: false });
    expect(world.ordered('set-deadline').at(-1)).toMatchObject({
      ref: 'run/poll',
      deadline: 'every',
      atMs: 31_000,
    });
    expect(world.live()).toBe('waiting');
    expect(world.performed()).toEqual([round(1)]);
    world.pass('run/poll', 'every');
    expect(world.performed()).toEqual([round(1), round(2)]);
    expect(world.step(round(2))?.attempts).toBe(1);
    world.succeed(round(2), { done: true });
    expect(world.outcome).toBe('succeeded');
    const keys = world.ordered('enqueue-attempt').map((command) => command.rendered.actionKey);
    expect(new Set(keys).size).toBe(2);
  });

  it('false and every 0 → the next at once', () => {
    const world = new World(planOf([poll({ everyMs: 0 })])).start();
    world.succeed(round(1), { done: false });
    expect(world.performed()).toEqual([round(1), round(2)]);
  });

  it('the end of an earlier round that is told twice ends no later round', () => {
    const world = new World(planOf([poll({ everyMs: 0 })])).start();
    world.succeed(round(1), { done: false });
    const result = world.scopes.get('run/poll#1')?.result;
    if (!result) throw new Error('round 1 has not ended');
    world.send({ type: 'scope.finished', ref: 'run/poll', scope: 'run/poll#1', result });
    expect(world.performed()).toEqual([round(1), round(2)]);
    world.succeed(round(2), { done: true });
    expect(world.step('run/poll')).toMatchObject({ status: 'succeeded', round: 2 });
  });

  it('false and no round left → failed run/repeat-exhausted', () => {
    const world = new World(planOf([poll({ max: 2, everyMs: 0 })])).start();
    world.succeed(round(1), { done: false }).succeed(round(2), { done: false });
    expect(world.step('run/poll')?.failure?.code).toBe('run/repeat-exhausted');
    expect(world.step('run/poll')?.outputs.last).toEqual({ check: { done: false } });
    expect(world.outcome).toBe('failed');
  });

  it('has at most 100 rounds, whatever max says', () => {
    const set = step('set', 'nothing', { values: {} });
    const world = new World(
      planOf([
        repeatStep('poll', [{ ...set, path: 'run/poll/nothing' }], {
          until: 'false',
          max: 9_999,
          everyMs: 0,
        }),
      ]),
    ).start();
    expect(world.ordered('open-round')).toHaveLength(100);
    expect(world.step('run/poll')?.failure?.code).toBe('run/repeat-exhausted');
  });

  it.each([
    ['cannot be evaluated', 'steps.check.outputs.nothing'],
    ['is no boolean', '"yes"'],
  ])('an until that %s fails the round and the step', (_what, until) => {
    const world = new World(planOf([poll({ until })])).start();
    world.succeed(round(1), { done: true });
    expect(world.step('run/poll')?.failure?.code).toBe('run/expression-failed');
    expect(world.outcome).toBe('failed');
  });

  it('a failure in a round is handed up', () => {
    const world = new World(planOf([poll()])).start();
    world.fail(round(1), 'gone');
    expect(world.step('run/poll')?.failure?.code).toBe('gone');
    expect(world.outcome).toBe('failed');
  });

  it('a denial in a round ends the run as denied, as it would without the repeat', () => {
    const world = new World(
      planOf([poll({}, [check({ class: 'contain', approval: someApproval })])]),
    ).start();
    world.deny(round(1));
    expect(world.status('run/poll')).toBe('denied');
    expect(world.ended).toMatchObject({ outcome: 'denied', reason: 'no' });
  });

  it('a question in a round that nobody answers is a denial by expiry, also one level up', () => {
    const world = new World(
      planOf([poll({}, [check({ class: 'contain', approval: someApproval })])]),
    ).start();
    world.pass(round(1), 'expiry');
    expect(world.step('run/poll')?.denial).toEqual({ by: 'expiry', reason: 'Nobody decided in time' });
    expect(world.outcome).toBe('denied');
  });

  it('outputs larger than 256 KiB fail the step', () => {
    const world = new World(planOf([poll()])).start();
    world.succeed(round(1), { done: true, text: 'x'.repeat(300_000) });
    expect(world.step('run/poll')?.failure?.code).toBe('run/output-too-large');
  });
});

describe('repeat, halted', () => {
  it('in a round: the round is told and awaited', () => {
    const world = new World(planOf([poll()])).start().cancel();
    expect(world.outcome).toBeNull();
    world.succeed(round(1), { done: false });
    expect(world.status('run/poll')).toBe('cancelled');
    expect(world.outcome).toBe('cancelled');
    expect(world.performed()).toEqual([round(1)]);
  });

  it('in a round that then says true: succeeded is what happened', () => {
    const world = new World(planOf([poll()])).start().cancel();
    world.succeed(round(1), { done: true });
    expect(world.status('run/poll')).toBe('succeeded');
    expect(world.outcome).toBe('cancelled');
  });

  it('between two rounds: cancelled at once', () => {
    const world = new World(planOf([poll()])).start();
    world.succeed(round(1), { done: false }).cancel();
    expect(world.status('run/poll')).toBe('cancelled');
    expect(world.outcome).toBe('cancelled');
  });
});

it('the story tells when it began, how often it went, and how it ended', () => {
  const world = new World(planOf([poll({ everyMs: 0 })])).start();
  world.succeed(round(1), { done: false }).succeed(round(2), { done: true });
  expect(world.wrote('loop.started')).toMatchObject([{ step: 'run/poll', data: { rounds: 3 } }]);
  expect(world.wrote('loop.finished')).toMatchObject([
    { step: 'run/poll', data: { state: 'succeeded', rounds: 2, until: true } },
  ]);
  expect(world.wrote('action.succeeded').map((entry) => entry.step)).toEqual([round(1), round(2)]);
});
