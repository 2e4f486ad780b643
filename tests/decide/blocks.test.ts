import { describe, expect, it } from 'vitest';
import type { RunEvent } from '../../engine/core/contracts/command.ts';
import { actionStep, planOf, play, someApproval, step } from './build-plan.ts';

const start = { type: 'run.started' } as const;
const ok = (id: string) =>
  ({ type: 'action.succeeded', ref: `run/${id}`, attempt: 1, outputs: {}, changed: true }) as const;
const no = (id: string) =>
  ({
    type: 'action.failed',
    ref: `run/${id}`,
    attempt: 1,
    failure: { code: 'not-found', kind: 'terminal', message: 'gone' },
  }) as const;

describe('blocks', () => {
  it('an if with a false condition and no else is skipped', () => {
    const run = play(
      planOf([step('if', 'if#1', { if: 'inputs.host_id == "other"', then: [actionStep('a')], else: null })]),
    );
    run.send(start);
    expect(run.status('if#1')).toBe('skipped');
  });

  it('an if runs the branch its condition chooses', () => {
    const run = play(
      planOf([
        step('if', 'if#1', {
          if: 'inputs.host_id == "other"',
          then: [actionStep('a')],
          else: [actionStep('b')],
        }),
      ]),
    );
    run.send(start);
    expect(run.status('a')).toBe('pending');
    run.send(ok('b'));
    expect(run.status('if#1')).toBe('succeeded');
    expect(run.last.finished).toBe(true);
  });

  it('a switch takes the first true case', () => {
    const run = play(
      planOf([
        step('switch', 'switch#1', {
          cases: [
            { when: 'false', steps: [actionStep('a')] },
            { when: 'true', steps: [actionStep('b')] },
          ],
          default: null,
        }),
      ]),
    );
    run.send(start);
    run.send(ok('b'));
    expect(run.snapshot.context.steps['run/switch#1']).toMatchObject({
      status: 'succeeded',
      outputs: { case: 1 },
    });
  });

  it('a switch without a true case and without default succeeds', () => {
    const run = play(
      planOf([step('switch', 'switch#1', { cases: [{ when: 'false', steps: [] }], default: null })]),
    );
    run.send(start);
    expect(run.snapshot.context.steps['run/switch#1']).toMatchObject({
      status: 'succeeded',
      outputs: { case: null },
    });
  });

  it('an expression that fails fails its step and no later case is tried', () => {
    const run = play(
      planOf([
        step('switch', 'switch#1', {
          cases: [
            { when: 'inputs.missing == 1', steps: [] },
            { when: 'true', steps: [actionStep('b')] },
          ],
          default: null,
        }),
      ]),
    );
    run.send(start);
    expect(run.snapshot.context.steps['run/switch#1']?.failure?.code).toBe('run/expression-failed');
    expect(run.status('b')).toBe('pending');
  });

  it('stop ends the whole run from inside a block', () => {
    const run = play(
      planOf([
        step('if', 'if#1', {
          if: 'true',
          then: [
            step('stop', 'stop#2', { outcome: 'denied', reason: { t: 'literal', value: 'not now' } }),
            actionStep('a'),
          ],
          else: null,
        }),
        actionStep('b'),
      ]),
    );
    const ended = run.send(start);
    expect(ended.commands.at(-1)).toMatchObject({ kind: 'finish-run', outcome: 'denied', reason: 'not now' });
    expect([run.status('a'), run.status('b')]).toEqual(['pending', 'pending']);
  });

  it('on_error steps see the failure, and then the run goes on', () => {
    const handler = step('set', 'note', { values: { said: { t: 'expr', expr: 'failure.code' } } });
    const run = play(
      planOf([actionStep('a', { onError: { steps: [handler], then: 'continue' } }), actionStep('b')], {
        vars: [{ name: 'said', value: { t: 'literal', value: '' } }],
      }),
    );
    run.send(start);
    run.send(no('a'));
    expect(run.snapshot.context.vars.said).toBe('not-found');
    expect([run.status('a'), run.status('b')]).toEqual(['failed', 'active']);
  });

  it('a failure inside on_error is not handled by it and keeps the first one as its cause', () => {
    const run = play(
      planOf([actionStep('a', { onError: { steps: [actionStep('h')], then: 'continue' } }), actionStep('b')]),
    );
    run.send(start);
    run.send(no('a'));
    const ended = run.send({
      ...no('h'),
      failure: { code: 'forbidden', kind: 'terminal', message: 'may not' },
    });
    expect(ended.commands.at(-1)).toMatchObject({ kind: 'finish-run', outcome: 'failed' });
    expect(run.snapshot.context.steps['run/a']?.failure).toMatchObject({
      code: 'forbidden',
      cause: { code: 'not-found' },
    });
  });

  it('a failed run does its on_failure steps and then its finally steps', () => {
    const plan = planOf([actionStep('a')], {
      onFailure: [actionStep('page', { class: 'notify' })],
      finally: [actionStep('last', { class: 'notify' })],
    });
    const run = play(plan);
    run.send(start);
    run.send(no('a'));
    expect([run.status('page'), run.status('last')]).toEqual(['active', 'pending']);
    run.send(ok('page'));
    const ended = run.send(ok('last'));
    expect(ended.commands.at(-1)).toMatchObject({ kind: 'finish-run', outcome: 'failed' });
  });

  it('a run that takes too long ends as timed-out', () => {
    const run = play(planOf([actionStep('a', { approval: someApproval })]));
    run.send(start);
    const ended = run.send({
      type: 'deadline.passed',
      ref: 'run',
      deadline: 'run-timeout',
      seq: 0,
      claimed: false,
    });
    expect(ended.commands.at(-1)).toMatchObject({ kind: 'finish-run', outcome: 'timed-out' });
    expect(run.status('a')).toBe('cancelled');
  });
});

describe('two failures at once', () => {
  const saying = (id: string) =>
    actionStep(id, {
      onError: {
        steps: [
          actionStep(`pause_${id}`, { class: 'notify' }),
          actionStep(`tell_${id}`, {
            class: 'notify',
            with: { host_id: { t: 'expr', expr: 'failure.step' } },
          }),
        ],
        then: 'continue',
      },
    });

  it('each on_error block sees its own, whatever happens in the other branch meanwhile', () => {
    const run = play(
      planOf([
        step('parallel', 'both', {
          branches: [
            { name: 'x', steps: [saying('a')] },
            { name: 'y', steps: [saying('b')] },
          ],
          join: 'settle',
        }),
      ]),
    );
    run.send(start);
    run.send(no('a'));
    run.send(no('b'));
    run.send(ok('pause_a'));
    run.send(ok('pause_b'));
    const said = (id: string) => run.snapshot.context.steps[`run/tell_${id}`]?.rendered?.arguments;
    expect([said('a'), said('b')]).toEqual([{ host_id: 'a' }, { host_id: 'b' }]);
  });
});

describe('parallel', () => {
  const both = (join: 'all' | 'settle' | 'any') =>
    planOf([
      step('parallel', 'both', {
        branches: [
          { name: 'x', steps: [actionStep('a'), actionStep('a2')] },
          { name: 'y', steps: [actionStep('b'), actionStep('b2')] },
        ],
        join,
      }),
      actionStep('after'),
    ]);

  it('starts all branches in one decision and joins them', () => {
    const run = play(both('all'));
    const started = run.send(start);
    expect(
      started.commands.filter((command) => command.kind === 'enqueue-attempt').map((command) => command.ref),
    ).toEqual(['run/a', 'run/b']);
    for (const id of ['a', 'b', 'a2', 'b2']) run.send(ok(id));
    expect(run.snapshot.context.steps['run/both']).toMatchObject({
      status: 'succeeded',
      branches: { x: { status: 'succeeded' }, y: { status: 'succeeded' } },
    });
    expect(run.status('after')).toBe('active');
  });

  it('join all: after a failed branch nothing new starts, and what is out is awaited', () => {
    const run = play(both('all'));
    run.send(start);
    run.send(no('a'));
    expect(run.last.commands.map((command) => command.kind)).toContain('revoke-attempt');
    expect(run.status('both')).toBe('active');
    const ended = run.send(ok('b'));
    expect(run.status('b2')).toBe('pending');
    expect(ended.commands.at(-1)).toMatchObject({ kind: 'finish-run', outcome: 'failed' });
  });

  it('join settle: every branch ends, then the step fails if one failed', () => {
    const run = play(both('settle'));
    run.send(start);
    run.send(no('a'));
    run.send(ok('b'));
    expect(run.status('b2')).toBe('active');
    run.send(ok('b2'));
    expect(run.snapshot.context.steps['run/both']?.failure?.code).toBe('not-found');
  });

  it('join any: succeeds with the first branch that does', () => {
    const run = play(both('any'));
    run.send(start);
    run.send(ok('a'));
    run.send(ok('a2'));
    run.send({ type: 'attempt.revoked', ref: 'run/b' });
    expect(run.status('both')).toBe('succeeded');
    expect(run.status('b')).toBe('cancelled');
    expect(run.status('after')).toBe('active');
  });
});

describe('a gate', () => {
  const gate = step('approval', 'ok', { approval: someApproval, covers: ['run/a'] });
  const grant: RunEvent = {
    type: 'approval.granted',
    ref: 'run/ok',
    approvalId: 'apr_1' as never,
    by: ['per_1'],
    comment: 'yes',
    executeBeforeMs: 1e12,
  };

  it('covers a later step, which then does not ask again', () => {
    const run = play(planOf([gate, actionStep('a', { approval: someApproval })]));
    run.send(start);
    const granted = run.send(grant);
    expect(granted.commands.filter((command) => command.kind === 'request-approval')).toEqual([]);
    expect(granted.commands.map((command) => command.kind)).toContain('enqueue-attempt');
    expect(run.snapshot.context.steps['run/a']?.approval).toMatchObject({
      outcome: 'granted',
      by: ['per_1'],
    });
  });

  it('does not cover a step that renders differently when its turn comes', () => {
    const change = step('set', 'set#2', { values: { host: { t: 'literal', value: 'H99' } } });
    const plan = planOf(
      [
        gate,
        change,
        actionStep('a', { approval: someApproval, with: { host_id: { t: 'expr', expr: 'vars.host' } } }),
      ],
      {
        vars: [{ name: 'host', value: { t: 'literal', value: 'H17' } }],
      },
    );
    const run = play(plan);
    run.send(start);
    const granted = run.send(grant);
    expect(granted.entries.map((entry) => entry.type)).toContain('approval.superseded');
    expect(granted.commands.map((command) => command.kind)).toContain('request-approval');
  });
});
