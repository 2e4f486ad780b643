import { describe, expect, it } from 'vitest';
import type { Plan, PlanStep } from '../../engine/core/contracts/plan.ts';
import {
  actionStep,
  callStep,
  foreachStep,
  planOf,
  repeatStep,
  someApproval,
  step,
  undoStep,
  waitStep,
} from './build-plan.ts';
import { type Answers, World } from './play-world.ts';

/* Language reference 9.12 (and 9.5, `run.cancel`): a cancel reaches every node in which a run can wait. */

interface Waiting {
  steps: PlanStep[];
  change?: Partial<Plan>;
  answers?: Answers;
  /** What has to happen until it waits. */
  until?: (world: World) => unknown;
  /** What ends with it. */
  ends: string[];
}

const asked = { approval: someApproval };
const children: Plan['children'] = {
  child: { digest: 'sha256:01', title: 'Child', version: '1.0.0', inputs: [], impact: 'contain' },
};
const crowd: Partial<Plan> = {
  concurrency: { group: { t: 'literal', value: 'g' }, limit: 1, onConflict: 'queue' },
};
const signal = waitStep('a', {
  for: 'signal',
  type: 'incident.updated',
  match: null,
  key: null,
  timeoutMs: 60_000,
  onTimeout: 'continue',
});
const failedOnce = (world: World) =>
  world.send({
    type: 'action.failed',
    ref: 'run/a',
    attempt: 1,
    failure: { code: 'unavailable', kind: 'retryable', message: 'down' },
  });
const inItem = (inner: PlanStep) => ({ ...inner, id: 'inner', path: 'run/a/inner' }) as PlanStep;
const hosts = { list: '["x", "y"]' };

const table: [string, Waiting][] = [
  ['an action that asks', { steps: [actionStep('a', asked)], ends: ['end-approval'] }],
  [
    'a gate',
    { steps: [step('approval', 'a', { approval: someApproval, covers: [] })], ends: ['end-approval'] },
  ],
  ['a foreach that asks', { steps: [foreachStep('a', [], { ...asked, ...hosts })], ends: ['end-approval'] }],
  ['a call that asks', { steps: [callStep('a', asked)], change: { children }, ends: ['end-approval'] }],
  [
    'an undo that asks',
    {
      steps: [actionStep('first'), undoStep('a', asked)],
      until: (world) => world.succeed('run/first'),
      ends: ['end-approval'],
    },
  ],
  [
    'an action held by the emergency stop',
    { steps: [actionStep('a')], answers: { guard: () => 'held' }, ends: [] },
  ],
  [
    'an action between two attempts',
    { steps: [actionStep('a')], until: failedOnce, ends: ['clear-deadlines'] },
  ],
  [
    'an order that no worker has yet',
    { steps: [actionStep('a')], answers: { revoke: () => true }, ends: ['revoke-attempt'] },
  ],
  [
    'a wait for a time',
    { steps: [waitStep('a', { for: 'duration', ms: 60_000 })], ends: ['clear-deadlines'] },
  ],
  ['a wait for a signal', { steps: [signal], ends: ['unsubscribe', 'clear-deadlines'] }],
  [
    'a wait that queues for its place',
    {
      steps: [signal],
      change: crowd,
      answers: { place: false },
      until: (world) => world.pass('run/a', 'wait'),
      ends: [],
    },
  ],
  [
    'the pause between two rounds',
    {
      steps: [repeatStep('a', [inItem(step('set', 'inner', { values: {} }))], { until: 'false' })],
      ends: ['clear-deadlines'],
    },
  ],
  [
    'a wait in a round',
    {
      steps: [
        repeatStep('a', [inItem(waitStep('inner', { for: 'duration', ms: 60_000 }))], { until: 'true' }),
      ],
      ends: ['halt-scope'],
    },
  ],
  [
    'a question in an item',
    {
      steps: [foreachStep('a', [inItem(actionStep('inner', asked))], hosts)],
      ends: ['halt-scope', 'halt-items', 'end-approval'],
    },
  ],
  [
    'a question in an undo',
    {
      steps: [actionStep('first'), undoStep('a')],
      answers: { guard: ({ rendered }) => (rendered.class === 'restore' ? 'ask' : 'allowed') },
      until: (world) => world.succeed('run/first'),
      ends: ['halt-scope', 'halt-items', 'end-approval'],
    },
  ],
  [
    'a question in on_error: undo',
    {
      steps: [actionStep('first'), actionStep('a', { onError: { steps: [], then: 'undo' } })],
      answers: { guard: ({ rendered }) => (rendered.class === 'restore' ? 'ask' : 'allowed') },
      until: (world) => world.succeed('run/first').fail('run/a'),
      ends: ['halt-scope', 'halt-items', 'end-approval'],
    },
  ],
  [
    'a question in an on_error block',
    {
      steps: [actionStep('a', { onError: { steps: [actionStep('b', asked)], then: 'continue' } })],
      until: (world) => world.fail('run/a'),
      ends: ['end-approval'],
    },
  ],
  [
    'a question in a branch',
    {
      steps: [
        step('parallel', 'a', { branches: [{ name: 'x', steps: [actionStep('b', asked)] }], join: 'settle' }),
      ],
      ends: ['end-approval'],
    },
  ],
];

describe('run.cancel', () => {
  it.each(table)('ends %s at once, and nothing more begins', (_, waiting) => {
    const last = actionStep('last', { class: 'read' });
    const plan = planOf([...waiting.steps, last], waiting.change);
    const world = new World(plan, { ...(waiting.answers === undefined ? {} : { answers: waiting.answers }) });
    world.start();
    waiting.until?.(world);
    expect(world.outcome).toBeNull();
    const before = world.commands.length;
    world.cancel();
    expect(world.outcome).toBe('cancelled');
    expect(world.status('run/last')).toBe('pending');
    const kinds = world.commands.slice(before).map(({ command }) => command.kind);
    expect(kinds).toEqual(expect.arrayContaining(waiting.ends));
    for (const begun of ['enqueue-attempt', 'request-approval', 'begin-items', 'open-round', 'subscribe']) {
      expect(kinds).not.toContain(begun);
    }
    const open = [...world.scopes.values()].filter((scope) => scope.given.kind !== 'run' && scope.begun);
    expect(open.filter((scope) => scope.result === null)).toEqual([]);
  });

  it.each<[string, (world: World) => unknown, (world: World) => unknown]>([
    ['an attempt that a worker has', () => {}, (world) => world.succeed('run/a')],
    [
      'an order that the target has accepted',
      (world) =>
        world.send({ type: 'action.accepted', ref: 'run/a', attempt: 1, handle: {}, pollAfterMs: 5_000 }),
      (world) => world.pass('run/a', 'poll').succeed('run/a'),
    ],
    [
      'a look at what became of an attempt',
      (world) => world.send({ type: 'action.unknown', ref: 'run/a', attempt: 1, message: 'lost' }),
      (world) => world.send({ type: 'check.present', ref: 'run/a', outputs: {} }),
    ],
  ])('awaits %s, so that its outcome is known', (_, until, comes) => {
    const world = new World(planOf([actionStep('a'), actionStep('last')])).start();
    until(world);
    world.cancel();
    expect(world.outcome).toBeNull();
    comes(world);
    expect([world.status('run/a'), world.status('run/last'), world.outcome]).toEqual([
      'succeeded',
      'pending',
      'cancelled',
    ]);
    expect(world.records).toHaveLength(1);
  });

  it('cancels the run that a call waits for, and awaits its end', () => {
    const world = new World(planOf([callStep('a'), actionStep('last')], { children })).start().cancel();
    expect(world.ordered('cancel-child').map((each) => each.ref)).toEqual(['run/a']);
    expect(world.outcome).toBeNull();
    world.send({
      type: 'child.finished',
      ref: 'run/a',
      runId: 'run_2',
      state: 'cancelled',
      outputs: {},
      reason: '',
    });
    expect([world.status('run/a'), world.outcome]).toEqual(['cancelled', 'cancelled']);
  });
});

describe('the three clocks (9.7)', () => {
  it('timeout is that of one attempt, and travels with each', () => {
    const world = new World(planOf([actionStep('a', { timeoutMs: 45_000 })])).start();
    failedOnce(world).pass('run/a', 'delay');
    expect(world.ordered('enqueue-attempt').map((each) => each.timeoutMs)).toEqual([45_000, 45_000]);
  });

  it('an attempt that passed its timeout is looked after, not repeated: it may have acted', () => {
    const world = new World(planOf([actionStep('a')])).start();
    world.send({ type: 'action.unknown', ref: 'run/a', attempt: 1, message: 'timed out' });
    expect(world.ordered('enqueue-attempt').map((each) => each.purpose)).toEqual(['perform', 'check']);
  });

  it('deadline is that of the whole step from its first dispatch on; waiting for approval is not part of it', () => {
    const world = new World(planOf([actionStep('a', { ...asked, deadlineMs: 600_000 })])).start();
    expect(world.ordered('set-deadline').map((each) => each.deadline)).not.toContain('deadline');
    world.nowMs = 900_000;
    world.grant('run/a');
    failedOnce(world).pass('run/a', 'delay');
    const own = world.ordered('set-deadline').filter((each) => each.deadline === 'deadline');
    expect(own.map((each) => each.atMs)).toEqual([1_500_000]);
  });

  it('the timeout of the run is over everything, waiting included', () => {
    const world = new World(planOf([waitStep('a', { for: 'duration', ms: 600_000 })], { timeoutMs: 60_000 }));
    world.start();
    expect(world.ordered('set-deadline')[0]).toMatchObject({
      ref: 'run',
      deadline: 'run-timeout',
      atMs: 61_000,
    });
    world.pass('run', 'run-timeout');
    expect([world.status('run/a'), world.outcome]).toEqual(['cancelled', 'timed-out']);
  });
});
