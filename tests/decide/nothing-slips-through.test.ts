import { describe, expect, it } from 'vitest';
import type { RunEvent } from '../../engine/core/contracts/command.ts';
import type { ApprovalId } from '../../schemas/ids.ts';
import { actionStep, type Playing, planOf, play, someApproval, step } from './build-plan.ts';

const start = { type: 'run.started' } as const;
const ref = 'run/a';
const cancel = { type: 'run.cancel', by: 'per_1', reason: 'false positive', undo: false } as const;
const down = {
  type: 'action.failed',
  ref,
  attempt: 1,
  failure: { code: 'unavailable', kind: 'retryable', message: 'down' },
} as const;
const accepted = {
  type: 'action.accepted',
  ref,
  attempt: 1,
  handle: { id: 'm1' },
  pollAfterMs: 5_000,
} as const;

const granted = (of: string): RunEvent => ({
  type: 'approval.granted',
  ref: of,
  approvalId: 'apr_1' as ApprovalId,
  by: ['per_1'],
  comment: '',
  executeBeforeMs: 10_000_000,
});

const gate = (covers: string[], change: { onDenied?: 'stop' | 'continue' } = {}) =>
  step('approval', 'gate', { approval: someApproval, covers, ...change });

const targets = (run: Playing) =>
  run.last.commands.flatMap((command) =>
    command.kind === 'enqueue-attempt' ? [command.rendered.target?.id] : [],
  );

describe('a gate', () => {
  it('covers what was shown: a step that renders differently at its turn asks for itself', () => {
    const change = step('set', 'change', { values: { host: { t: 'literal', value: 'H99' } } });
    const action = actionStep('a', { with: { host_id: { t: 'expr', expr: 'vars.host' } } });
    const run = play(
      planOf([gate([ref]), change, action], {
        vars: [{ name: 'host', value: { t: 'literal', value: 'H1' } }],
      }),
    );
    run.send(start);
    run.send(granted('run/gate'));
    expect(targets(run)).toEqual([]);
    expect(run.orders()).toContain('request-approval');
    run.send(granted(ref));
    expect(targets(run)).toEqual(['H99']);
  });

  it('asks again when what it covers has changed between the question and the answer', () => {
    const action = actionStep('a', { with: { host_id: { t: 'expr', expr: 'string(now())' } } });
    const run = play(planOf([gate([ref]), action]));
    run.send(start);
    run.nowMs = 60_000;
    run.send(granted('run/gate'));
    expect(run.orders().slice(0, 5)).toEqual([
      'clear-deadlines',
      'end-approval',
      'foresee-guards',
      'request-approval',
      'set-deadline',
    ]);
    expect(run.last.commands).toContainEqual({
      kind: 'end-approval',
      ref: 'run/gate',
      outcome: 'superseded',
    });
    expect(run.status('gate')).toBe('active');
    run.send(granted('run/gate'));
    expect(run.status('gate')).toBe('succeeded');
    expect(targets(run)).toEqual(['1970-01-01T00:01:00.000Z']);
  });

  it('that got a no the playbook lives with lets nothing through that it covers', () => {
    const run = play(planOf([gate([ref], { onDenied: 'continue' }), actionStep('a')]));
    run.send(start);
    run.send({
      type: 'approval.denied',
      ref: 'run/gate',
      approvalId: 'apr_1' as ApprovalId,
      by: 'per_1',
      comment: '',
    });
    expect(targets(run)).toEqual([]);
    expect(run.orders()).toContain('request-approval');
  });
});

describe('a run that was cancelled while an attempt was out', () => {
  it('makes no other attempt after a failure that could be repeated', () => {
    const run = play(planOf([actionStep('a')]));
    run.send(start);
    run.send(cancel);
    const ended = run.send(down);
    expect(run.status('a')).toBe('cancelled');
    expect(ended.commands.at(-1)).toMatchObject({ kind: 'finish-run', outcome: 'cancelled' });
  });

  it('makes no other attempt when the target shows no effect', () => {
    const run = play(planOf([actionStep('a')]));
    run.send(start);
    run.send({ type: 'action.unknown', ref, attempt: 1, message: 'timed out' });
    run.send(cancel);
    run.send({ type: 'check.absent', ref });
    expect(run.status('a')).toBe('cancelled');
    expect(run.last.finished).toBe(true);
  });

  it('ends the approval of a step that the emergency stop held', () => {
    const run = play(planOf([actionStep('a', { approval: someApproval })]), { guards: 'by-hand' });
    run.send(start);
    run.send({ type: 'guard.allowed', ref });
    run.send(granted(ref));
    run.send({ type: 'guard.held', ref, by: 'stop', message: 'emergency stop' });
    run.send(cancel);
    expect(run.last.commands).toContainEqual({ kind: 'end-approval', ref, outcome: 'cancelled' });
  });
});

describe('a branch whose sibling failed while the guard was asked', () => {
  const bad = actionStep('b', { with: { host_id: { t: 'expr', expr: 'inputs.missing' } } });
  const plan = planOf([
    step('parallel', 'both', {
      branches: [
        { name: 'x', steps: [actionStep('a')] },
        { name: 'y', steps: [bad] },
      ],
      join: 'all',
    }),
  ]);

  it('is not dispatched', () => {
    const run = play(plan);
    run.send(start);
    expect(targets(run)).toEqual([]);
    expect([run.status('a'), run.status('b')]).toEqual(['cancelled', 'failed']);
    expect(run.last.finished).toBe(true);
  });

  it('is not held either, which would keep the run for as long as the stop stands', () => {
    const run = play(plan, { guards: 'by-hand' });
    run.send(start);
    run.send({ type: 'guard.held', ref, by: 'stop', message: 'emergency stop' });
    expect(run.status('a')).toBe('cancelled');
    expect(run.last.finished).toBe(true);
  });
});

describe('a step whose deadline has passed', () => {
  it('fails only when its attempt could be taken back; a claim in the same instant decides otherwise', () => {
    const run = play(planOf([actionStep('a')]));
    run.send(start);
    run.send({ type: 'deadline.passed', ref, deadline: 'deadline', seq: 0, claimed: false });
    expect(run.orders()).toEqual(['revoke-attempt']);
    expect(run.status('a')).toBe('active');
    run.send({ type: 'action.succeeded', ref, attempt: 1, outputs: {}, changed: true });
    expect(run.status('a')).toBe('succeeded');
  });

  it('is not confirmed for ever when the late attempt is only accepted', () => {
    const run = play(planOf([actionStep('a')]));
    run.send(start);
    run.send({ type: 'deadline.passed', ref, deadline: 'deadline', seq: 0, claimed: true });
    run.send(accepted);
    expect(run.snapshot.context.steps[ref]?.phase).toBe('undecided');
    run.send({ type: 'deadline.passed', ref, deadline: 'answer', seq: 1, claimed: false });
    expect(run.snapshot.context.steps[ref]?.failure?.code).toBe('action/unconfirmed');
    expect(run.last.finished).toBe(true);
  });

  it('is not confirmed for ever when the target is found in transition', () => {
    const run = play(planOf([actionStep('a')]));
    run.send(start);
    run.send({ type: 'deadline.passed', ref, deadline: 'deadline', seq: 0, claimed: true });
    run.send({ type: 'action.unknown', ref, attempt: 1, message: 'timed out' });
    run.send({ type: 'check.in-transition', ref, handle: { id: 'm1' }, pollAfterMs: 5_000 });
    expect(run.snapshot.context.steps[ref]?.phase).toBe('undecided');
  });
});

describe('an unknown outcome', () => {
  it('that nobody can check and that may not be tried again is reported as unknown, not as a failure', () => {
    const base = actionStep('a');
    const once = { ...base.retry, maxAttempts: 1 };
    const run = play(
      planOf([{ ...base, retry: once, action: { ...base.action, idempotent: 'native', canCheck: false } }]),
    );
    run.send(start);
    run.send({ type: 'action.unknown', ref, attempt: 1, message: 'timed out' });
    run.send({ type: 'deadline.passed', ref, deadline: 'answer', seq: 1, claimed: false });
    expect(run.snapshot.context.steps[ref]?.failure).toMatchObject({
      code: 'action/outcome-unknown',
      kind: 'terminal',
    });
  });
});
