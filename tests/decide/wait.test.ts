import { describe, expect, it } from 'vitest';
import type { Plan } from '../../engine/core/contracts/plan.ts';
import { actionStep, foreachStep, planOf, step, waitStep } from './build-plan.ts';
import { World } from './play-world.ts';

/* Language reference 9.5, table "wait"; 9.15, item 6. */

const signalWait = (change: object = {}) =>
  waitStep('verdict', {
    for: 'signal',
    type: 'incident.updated',
    match: 'signal.incident.id == inputs.incident && signal.incident.status == "resolved"',
    key: { path: 'incident.id', expr: 'inputs.incident' },
    timeoutMs: 100_000,
    onTimeout: 'continue',
    ...change,
  });
const given = { given: { inputs: { incident: 'INC-1', host_id: 'H1' } } };
const news = (incident: object, signalId = 'sig_1') =>
  ({ type: 'signal.arrived', ref: 'run/verdict', signalId, signal: { incident } as never }) as const;
const resolved = news({ id: 'INC-1', status: 'resolved' });

describe('wait, duration', () => {
  it('sets a deadline and goes on when it has passed', () => {
    const world = new World(planOf([waitStep('pause', { for: 'duration', ms: 900_000 })])).start();
    expect(world.ordered('set-deadline').at(-1)).toMatchObject({
      ref: 'run/pause',
      deadline: 'wait',
      atMs: 901_000,
    });
    expect(world.step('run/pause')).toMatchObject({ status: 'active', phase: 'waiting' });
    expect(world.live()).toBe('waiting');
    world.pass('run/pause', 'wait');
    expect(world.step('run/pause')).toMatchObject({ status: 'succeeded', outputs: { timed_out: false } });
    expect(world.outcome).toBe('succeeded');
  });
});

describe('wait, until', () => {
  const until = (text: string) =>
    waitStep('monday', { for: 'instant', until: { t: 'literal', value: text } });

  it('sets a deadline at the instant', () => {
    const world = new World(planOf([until('2026-11-20T03:00:00+01:00')])).start();
    expect(world.ordered('set-deadline').at(-1)?.atMs).toBe(Date.parse('2026-11-20T02:00:00Z'));
  });

  it('an instant in the past passes at once', () => {
    const world = new World(planOf([until('1970-01-01T00:00:00Z')])).start();
    expect(world.status('run/monday')).toBe('succeeded');
    expect(world.ordered('set-deadline').map((command) => command.deadline)).toEqual(['run-timeout']);
    expect(world.outcome).toBe('succeeded');
  });

  it('seconds may be left out', () => {
    const world = new World(planOf([until('2026-11-20T03:00+01:00')])).start();
    expect(world.ordered('set-deadline').at(-1)?.atMs).toBe(Date.parse('2026-11-20T02:00:00Z'));
  });

  it.each([
    'next Monday',
    '2026-11-20',
    '2026-11-20T03:00:00',
    '',
    '2027-02-29T00:00:00Z',
    '2027-04-31T00:00Z',
    '9999-12-31T23:59:59-01:00',
  ])('%j is no instant and fails the step', (text) => {
    const world = new World(planOf([until(text)])).start();
    expect(world.step('run/monday')?.failure?.code).toBe('run/expression-failed');
  });
});

describe('wait, signal', () => {
  it('registers its subscription in the transition that enters it', () => {
    const world = new World(planOf([signalWait()]), given).start();
    expect(world.ordered('subscribe')).toEqual([
      {
        kind: 'subscribe',
        ref: 'run/verdict',
        type: 'incident.updated',
        key: { path: 'incident.id', value: 'INC-1' },
        sinceMs: null,
      },
    ]);
  });

  it('looks back to the beginning of the run where it says so and names something', () => {
    const enter = (incident: string, change: object = {}) =>
      new World(planOf([signalWait({ since: 'run', ...change })]), {
        given: { createdAtMs: 500, inputs: { incident, host_id: 'H1' } },
      }).start();
    const world = enter('INC-1');
    expect(world.ordered('subscribe')).toMatchObject([{ sinceMs: 500 }]);
    expect(world.wrote('wait.started')).toMatchObject([{ data: { since: '1970-01-01T00:00:00.500Z' } }]);
    for (const unnamed of [enter(''), enter('INC-1', { key: null })]) {
      expect(unnamed.ordered('subscribe')).toMatchObject([{ sinceMs: null }]);
      expect(unnamed.wrote('wait.started')[0]?.data?.since).toBeUndefined();
    }
  });

  it('tries each candidate; the first match wins and is the output', () => {
    const world = new World(planOf([signalWait()]), given).start();
    world.send(news({ id: 'INC-1', status: 'open' })).send(news({ id: 'INC-2', status: 'resolved' }));
    expect(world.status('run/verdict')).toBe('active');
    expect(world.wrote('run.event-ignored')).toEqual([]);
    world.send(resolved);
    expect(world.step('run/verdict')?.outputs).toEqual({
      signal: { incident: { id: 'INC-1', status: 'resolved' } },
      timed_out: false,
    });
    expect(world.ordered('unsubscribe')).toEqual([{ kind: 'unsubscribe', ref: 'run/verdict' }]);
    expect(world.outcome).toBe('succeeded');
  });

  it('a candidate that the match cannot read is no match, and is noted once', () => {
    const world = new World(planOf([signalWait()]), given).start();
    world.send(news({ id: 'INC-1' })).send(news({ id: 'INC-1' }));
    expect(world.status('run/verdict')).toBe('active');
    expect(world.wrote('run.event-ignored')).toMatchObject([
      { step: 'run/verdict', code: 'run/expression-failed' },
    ]);
  });

  it('without match takes the first signal of its type', () => {
    const world = new World(planOf([signalWait({ match: null, key: null })]), given).start();
    world.send(news({ id: 'X' }));
    expect(world.status('run/verdict')).toBe('succeeded');
  });

  describe('of two sources that both have an incident INC-1', () => {
    const ofDefender = { given: { ...given.given, incident: { source: 'defender', id: 'INC-1' } } };
    const match = 'signal.incident.id == inputs.incident';
    const from = (source: string) => news({ id: 'INC-1', source, status: 'resolved' });

    it('that of the other one is not what a run of the first waits for', () => {
      const world = new World(planOf([signalWait()]), ofDefender).start().send(from('sentinel'));
      expect(world.status('run/verdict')).toBe('active');
      expect(world.wrote('run.event-ignored')).toEqual([]);
      world.send(from('defender'));
      expect(world.step('run/verdict')?.outputs).toMatchObject({
        signal: { incident: { source: 'defender' } },
      });
    });

    it.each([
      ['a part of several', 'signal.incident.id in [inputs.incident, "INC-7"]'],
      ['asked for carefully', 'signal.?incident.?id.orValue("") == inputs.incident'],
    ])('%s', (_how, written) => {
      const world = new World(planOf([signalWait({ match: written, key: null })]), ofDefender).start();
      expect(world.send(from('sentinel')).status('run/verdict')).toBe('active');
      expect(world.send(from('defender')).status('run/verdict')).toBe('succeeded');
    });

    it('nor is an alert of the other one', () => {
      const wait = signalWait({
        type: 'alert.created',
        match: 'signal.alert.incident.id == inputs.incident',
        key: { path: 'alert.incident.id', expr: 'inputs.incident' },
      });
      const alertFrom = (source: string) =>
        ({
          type: 'signal.arrived',
          ref: 'run/verdict',
          signalId: 'sig_1',
          signal: { alert: { source, incident: { id: 'INC-1' } } },
        }) as const;
      const world = new World(planOf([wait]), ofDefender).start();
      expect(world.send(alertFrom('sentinel')).status('run/verdict')).toBe('active');
      expect(world.send(alertFrom('defender')).status('run/verdict')).toBe('succeeded');
    });

    it.each([
      ['names the source that it means', ofDefender, `${match} && signal.incident.source == "sentinel"`],
      ['names no incident', ofDefender, 'signal.incident.status == "resolved"'],
      ['is of a run without an incident', given, match],
      [
        'means another incident than the own one',
        { given: { ...given.given, incident: { source: 'defender', id: 'INC-2' } } },
        match,
      ],
    ])('either is heard by a wait that %s', (_why, run, written) => {
      const world = new World(planOf([signalWait({ match: written })]), run).start().send(from('sentinel'));
      expect(world.status('run/verdict')).toBe('succeeded');
    });
  });

  it('timeout, continue → succeeded with timed_out', () => {
    const world = new World(planOf([signalWait()]), given).start();
    world.pass('run/verdict', 'wait');
    expect(world.step('run/verdict')).toMatchObject({
      status: 'succeeded',
      outputs: { signal: null, timed_out: true },
    });
    expect(world.ordered('unsubscribe')).toHaveLength(1);
  });

  it('timeout, fail → failed run/wait-timed-out', () => {
    const world = new World(planOf([signalWait({ onTimeout: 'fail' })]), given).start();
    world.pass('run/verdict', 'wait');
    expect(world.step('run/verdict')?.failure?.code).toBe('run/wait-timed-out');
    expect(world.outcome).toBe('failed');
  });

  it('a key that cannot be evaluated fails the step instead of waiting for nothing', () => {
    const wait = signalWait({ key: { path: 'incident.id', expr: 'inputs.missing' } });
    const world = new World(planOf([wait]), given).start();
    expect(world.step('run/verdict')?.failure?.code).toBe('run/expression-failed');
    expect(world.ordered('subscribe')).toEqual([]);
  });

  it('a key that the match itself tests for is no failure without it: such a wait never matches', () => {
    const match = 'has(inputs.ticket) && signal.incident.id == inputs.ticket';
    const wait = signalWait({ match, key: { path: 'incident.id', expr: 'inputs.ticket' } });
    const world = new World(planOf([wait]), given).start();
    expect(world.ordered('subscribe')).toMatchObject([{ key: null }]);
    world.send(news({ id: 'INC-1' }));
    expect(world.wrote('run.event-ignored')).toEqual([]);
    world.pass('run/verdict', 'wait');
    expect(world.step('run/verdict')).toMatchObject({ status: 'succeeded', outputs: { timed_out: true } });
  });

  it('a signal that is too large to be kept fails the step', () => {
    const world = new World(planOf([signalWait({ match: null, key: null })]), given).start();
    world.send(news({ id: 'x'.repeat(300_000) }));
    expect(world.step('run/verdict')?.failure?.code).toBe('run/output-too-large');
  });

  it('a signal after the end is written down and changes nothing', () => {
    const world = new World(planOf([signalWait(), actionStep('a')]), given).start();
    world.send(resolved).send(resolved);
    expect(world.wrote('run.event-ignored')).toMatchObject([{ step: 'run/verdict' }]);
    expect(world.performed()).toEqual(['run/a']);
  });
});

it('wait, run.cancel: waits end', () => {
  const world = new World(planOf([signalWait()]), given).start().cancel();
  expect(world.status('run/verdict')).toBe('cancelled');
  expect(world.ordered('unsubscribe')).toHaveLength(1);
  expect(world.ordered('clear-deadlines')[0]).toMatchObject({ ref: 'run/verdict', deadlines: ['wait'] });
  expect(world.outcome).toBe('cancelled');
});

it('the story tells what was waited for and how it ended', () => {
  const world = new World(planOf([signalWait()]), given).start().send(resolved);
  expect(world.wrote('wait.started')[0]).toMatchObject({
    step: 'run/verdict',
    data: { for: 'incident.updated', until: '1970-01-01T00:01:41.000Z', key: { value: 'INC-1' } },
  });
  expect(world.wrote('wait.ended')[0]).toMatchObject({ data: { signal: 'sig_1', timed_out: false } });
});

describe('the place in the concurrency group', () => {
  const crowd: Partial<Plan> = {
    concurrency: { group: { t: 'literal', value: 'host/H1' }, limit: 1, onConflict: 'queue' },
  };

  it('is given back on entering a wait and taken again, ahead of what follows, when it is over', () => {
    const world = new World(planOf([signalWait(), actionStep('a')], crowd), given).start();
    expect(world.ordered('give-place')).toHaveLength(1);
    world.send(resolved);
    expect(world.ordered('want-place')).toHaveLength(1);
    expect(world.performed()).toEqual(['run/a']);
  });

  it('is queued for while another run has it: the step waits on, the next one does not start', () => {
    const world = new World(planOf([signalWait(), actionStep('a')], crowd), {
      ...given,
      answers: { place: false },
    });
    world.start().send(resolved);
    expect(world.step('run/verdict')).toMatchObject({ status: 'active', phase: 'queueing' });
    expect(world.live()).toBe('waiting');
    expect(world.performed()).toEqual([]);
    world.send({ type: 'place.granted' });
    expect(world.step('run/verdict')?.outputs.timed_out).toBe(false);
    expect(world.performed()).toEqual(['run/a']);
  });

  it('a wait that timed out with fail fails only when the run has its place again', () => {
    const plan = planOf([signalWait({ onTimeout: 'fail' })], { ...crowd, onFailure: [actionStep('report')] });
    const world = new World(plan, { ...given, answers: { place: false } });
    world.start().pass('run/verdict', 'wait');
    expect(world.performed()).toEqual([]);
    world.send({ type: 'place.granted' });
    expect(world.step('run/verdict')?.failure?.code).toBe('run/wait-timed-out');
    expect(world.performed()).toEqual(['run/report']);
  });

  it.each([
    [
      'inside a parallel',
      [step('parallel', 'both', { branches: [{ name: 'x', steps: [signalWait()] }], join: 'all' })],
    ],
    [
      'inside an item',
      [
        foreachStep('sweep', [waitStep('run/sweep/pause', { for: 'duration', ms: 1_000 })], {
          list: '["a"]',
        }),
      ],
    ],
  ])('%s it is kept', (_where, steps) => {
    const world = new World(planOf(steps, crowd), given).start();
    expect(world.live()).toBe('waiting');
    expect(world.ordered('give-place')).toEqual([]);
  });

  it('without concurrency there is none', () => {
    const world = new World(planOf([signalWait()]), given).start();
    expect(world.ordered('give-place')).toEqual([]);
  });

  it('a run that timed out in a wait has its place again before on_failure acts', () => {
    const plan = planOf([signalWait()], { ...crowd, onFailure: [actionStep('report')] });
    const world = new World(plan, { ...given, answers: { place: false } }).start();
    world.pass('run', 'run-timeout');
    expect(world.ordered('want-place')).toHaveLength(1);
    expect(world.performed()).toEqual([]);
    expect(world.live()).toBe('waiting');
    world.send({ type: 'place.granted' });
    expect(world.performed()).toEqual(['run/report']);
  });

  it('a cancelled run has nothing left to do that would need it', () => {
    const world = new World(planOf([signalWait()], crowd), { ...given, answers: { place: false } })
      .start()
      .cancel();
    expect(world.ordered('want-place')).toEqual([]);
    expect(world.outcome).toBe('cancelled');
  });
});
