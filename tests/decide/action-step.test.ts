import { describe, expect, it } from 'vitest';
import type { RunEvent } from '../../engine/core/contracts/command.ts';
import { actionStep, planOf, play, someApproval, step } from './build-plan.ts';

const start = { type: 'run.started' } as const;
const ref = 'run/isolate';
const done = {
  type: 'action.succeeded',
  ref,
  attempt: 1,
  outputs: { state: 'isolated' },
  changed: true,
} as const;

describe('an action', () => {
  it('is attempted only after its intent is written, and ends the run when it succeeded', () => {
    const run = play(planOf([actionStep('isolate')]));
    const dispatched = run.send(start);
    expect(dispatched.entries.map((entry) => entry.type)).toEqual([
      'run.started',
      'action.rendered',
      'action.attempted',
    ]);
    expect(dispatched.commands.map((command) => command.kind)).toEqual([
      'set-deadline',
      'check-guards',
      'want-hold',
      'enqueue-attempt',
      'set-deadline',
      'set-deadline',
    ]);
    const ended = run.send(done);
    expect(run.status('isolate')).toBe('succeeded');
    expect(ended.finished).toBe(true);
    expect(ended.commands.at(-1)).toMatchObject({ kind: 'finish-run', outcome: 'succeeded' });
  });

  it('says in its entry which answer is kept beside its step, and takes no other text for one', () => {
    const kept = { omitted: 'the answer has 300000 bytes', artifact: `art_${'0'.repeat(32)}` };
    const sha256 = `sha256:${'a'.repeat(64)}`;
    const dataOf = (outputs: { [name: string]: string }) => {
      const run = play(planOf([actionStep('isolate')]));
      run.send(start);
      const { entries } = run.send({ ...done, outputs });
      return entries.find(({ type }) => type === 'action.succeeded')?.data;
    };
    expect(dataOf({ ...kept, sha256 })).toEqual({ changed: true, artifact: { id: kept.artifact, sha256 } });
    for (const odd of [{}, { ...kept, sha256: 'x'.repeat(20_000) }, { artifact: kept.artifact, sha256 }])
      expect(dataOf(odd)).toEqual({ changed: true });
  });

  it('keeps the same action key over all attempts', () => {
    const run = play(planOf([actionStep('isolate')]));
    const first = run.send(start).commands.find((command) => command.kind === 'enqueue-attempt');
    run.send({
      type: 'action.failed',
      ref,
      attempt: 1,
      failure: { code: 'unavailable', kind: 'retryable', message: 'down' },
    });
    const second = run
      .send({ type: 'deadline.passed', ref, deadline: 'delay', seq: 1, claimed: false })
      .commands.find((command) => command.kind === 'enqueue-attempt');
    expect(first).toMatchObject({ number: 1 });
    expect(second).toMatchObject({ number: 2 });
    expect(second?.rendered.actionKey).toBe(first?.rendered.actionKey);
  });

  it('waits at least as long as the target asks before the next attempt', () => {
    const run = play(planOf([actionStep('isolate')]));
    run.send(start);
    run.send({
      type: 'action.failed',
      ref,
      attempt: 1,
      failure: { code: 'throttled', kind: 'retryable', message: 'slow', retryAfterMs: 30_000 },
    });
    expect(run.last.commands).toContainEqual({
      kind: 'set-deadline',
      ref,
      deadline: 'delay',
      seq: 1,
      atMs: 31_000,
    });
  });

  it('fails when the failure is terminal, and hands it to the run', () => {
    const run = play(planOf([actionStep('isolate')]));
    run.send(start);
    const ended = run.send({
      type: 'action.failed',
      ref,
      attempt: 1,
      failure: { code: 'not-found', kind: 'terminal', message: 'no such host' },
    });
    expect(run.status('isolate')).toBe('failed');
    expect(ended.commands.at(-1)).toMatchObject({ kind: 'finish-run', outcome: 'failed' });
  });

  it('asks the target after an unknown outcome and does not send again', () => {
    const run = play(planOf([actionStep('isolate')]));
    run.send(start);
    const unknown = run.send({ type: 'action.unknown', ref, attempt: 1, message: 'timed out' });
    expect(unknown.commands).toMatchObject([{ kind: 'enqueue-attempt', purpose: 'check', number: 1 }]);
    const settled = run.send({ type: 'check.present', ref, outputs: { state: 'isolated' } });
    expect(run.status('isolate')).toBe('succeeded');
    expect(settled.commands.filter((command) => command.kind === 'enqueue-attempt')).toEqual([]);
  });

  it('tries again only when the target shows that nothing happened', () => {
    const run = play(planOf([actionStep('isolate')]));
    run.send(start);
    run.send({ type: 'action.unknown', ref, attempt: 1, message: 'timed out' });
    run.send({ type: 'check.absent', ref });
    const again = run.send({ type: 'deadline.passed', ref, deadline: 'delay', seq: 1, claimed: false });
    expect(again.commands.find((command) => command.kind === 'enqueue-attempt')).toMatchObject({
      purpose: 'perform',
      number: 2,
    });
  });

  it('hands an unknown outcome of an unrepeatable action to a person', () => {
    const base = actionStep('isolate');
    const run = play(planOf([{ ...base, action: { ...base.action, idempotent: 'no', canCheck: false } }]));
    run.send(start);
    run.send({ type: 'action.unknown', ref, attempt: 1, message: 'timed out' });
    expect(run.snapshot.context.steps[ref]).toMatchObject({ status: 'active', phase: 'undecided' });
    expect(run.last.commands).toContainEqual(expect.objectContaining({ kind: 'open-task', ref }));
  });

  it('polls an accepted request until the target confirms it', () => {
    const run = play(planOf([actionStep('isolate')]));
    run.send(start);
    run.send({ type: 'action.accepted', ref, attempt: 1, handle: { id: 'm1' }, pollAfterMs: 5_000 });
    expect(run.last.commands).toContainEqual({
      kind: 'set-deadline',
      ref,
      deadline: 'poll',
      seq: 1,
      atMs: 6_000,
    });
    const poll = run.send({ type: 'deadline.passed', ref, deadline: 'poll', seq: 1, claimed: false });
    expect(poll.commands).toMatchObject([
      { kind: 'enqueue-attempt', purpose: 'confirm', handle: { id: 'm1' } },
    ]);
    run.send({ ...done, outputs: { state: 'isolated' } });
    expect(run.status('isolate')).toBe('succeeded');
  });

  it('is not dispatched after its deadline', () => {
    const run = play(planOf([actionStep('isolate')]));
    run.send(start);
    const late = run.send({ type: 'deadline.passed', ref, deadline: 'deadline', seq: 0, claimed: false });
    expect(late.commands.map((command) => command.kind)).toContain('revoke-attempt');
    run.send({ type: 'attempt.revoked', ref });
    expect(run.snapshot.context.steps[ref]?.failure?.code).toBe('action/deadline');
  });

  it('waits for the outcome of an attempt that a worker has, even past the deadline', () => {
    const run = play(planOf([actionStep('isolate')]));
    run.send(start);
    run.send({ type: 'deadline.passed', ref, deadline: 'deadline', seq: 0, claimed: true });
    expect(run.status('isolate')).toBe('active');
    run.send(done);
    expect(run.status('isolate')).toBe('succeeded');
  });

  it('is denied by a guard without asking anybody', () => {
    const plan = planOf([actionStep('isolate', { approval: someApproval })], {
      guards: [
        {
          id: 'dc',
          appliesTo: ['contain'],
          limit: null,
          denyIf: 'guard.arguments.host_id == "H17"',
          message: 'by hand',
        },
      ],
    });
    const run = play(plan);
    const ended = run.send(start);
    expect(ended.commands.map((command) => command.kind)).not.toContain('request-approval');
    expect(run.snapshot.context.steps[ref]).toMatchObject({
      status: 'denied',
      denial: { by: 'guard', reason: 'by hand' },
    });
    expect(ended.commands.at(-1)).toMatchObject({ kind: 'finish-run', outcome: 'denied' });
  });

  it('is denied when its guard cannot be evaluated', () => {
    const plan = planOf([actionStep('isolate')], {
      guards: [
        {
          id: 'role',
          appliesTo: ['contain'],
          limit: null,
          denyIf: 'guard.target.role == "server"',
          message: 'servers by hand',
        },
      ],
    });
    const run = play(plan);
    run.send(start);
    expect(run.status('isolate')).toBe('denied');
  });

  it('is held by the emergency stop and goes on when it is cleared', () => {
    const run = play(planOf([actionStep('isolate')]), { guards: 'by-hand' });
    run.send(start);
    const held = run.send({ type: 'guard.held', ref, by: 'stop', message: 'stop' });
    expect(held.entries.map((entry) => entry.type)).toEqual(['action.held']);
    const again = run.send({ type: 'deadline.passed', ref, deadline: 'recheck', seq: 0, claimed: false });
    expect(again.commands.map((command) => command.kind)).toEqual(['check-guards']);
    expect(run.send({ type: 'guard.allowed', ref }).commands.map((command) => command.kind)).toContain(
      'enqueue-attempt',
    );
  });

  it('only pretends in audit mode', () => {
    const run = play(planOf([actionStep('isolate')], { mode: 'audit' }));
    const ended = run.send(start);
    expect(ended.commands.map((command) => command.kind)).not.toContain('enqueue-attempt');
    expect(ended.entries.find((entry) => entry.type === 'action.simulated')).toMatchObject({
      simulated: true,
    });
    expect(run.snapshot.context.steps[ref]).toMatchObject({
      status: 'succeeded',
      simulated: true,
      outputs: { state: 'isolated' },
    });
  });

  it('always asks in ask mode', () => {
    const run = play(planOf([actionStep('isolate')], { mode: 'ask' }));
    expect(run.send(start).commands.map((command) => command.kind)).toContain('request-approval');
  });

  it('records an event that nothing waits for and changes nothing', () => {
    const run = play(planOf([actionStep('isolate')]));
    run.send(start);
    const before = JSON.stringify(run.snapshot);
    const ignored = run.send({ type: 'check.absent', ref });
    expect(ignored).toMatchObject({
      ignored: true,
      commands: [],
      entries: [{ type: 'run.event-ignored', code: 'run/unexpected-event' }],
    });
    expect(JSON.stringify(run.snapshot)).toBe(before);
  });
});

describe('an attempt that no worker takes', () => {
  const passed = { type: 'deadline.passed', ref, deadline: 'claim', seq: 0, claimed: false } as const;
  const revoked = { type: 'attempt.revoked', ref } as const;
  const asked = actionStep('isolate', { approval: someApproval });
  const yes = (approvalId: string, executeBeforeMs: number): RunEvent => ({
    type: 'approval.granted',
    ref,
    approvalId: approvalId as never,
    by: ['per_1'],
    comment: '',
    executeBeforeMs,
  });
  const attempts = (commands: { kind: string }[]) =>
    commands.filter(({ kind }) => kind === 'enqueue-attempt');

  it('is taken back when what was judged is a quarter of an hour old, and judged anew under its number', () => {
    const run = play(planOf([actionStep('isolate')]), { guards: 'by-hand' });
    run.send(start);
    const [first] = attempts(run.send({ type: 'guard.allowed', ref }).commands);
    expect(first).toMatchObject({ number: 1, claimBeforeMs: run.nowMs + 900_000 });
    run.nowMs += 900_000;
    expect(run.send(passed).commands).toEqual([{ kind: 'revoke-attempt', ref }]);
    const back = run.send(revoked);
    expect(back.entries).toMatchObject([{ type: 'action.taken-back', attempt: 1 }]);
    expect(back.commands.map(({ kind }) => kind)).toEqual(['check-guards']);
    const [again] = attempts(run.send({ type: 'guard.allowed', ref }).commands);
    expect(again).toMatchObject({ number: 1, claimBeforeMs: run.nowMs + 900_000 });
  });

  it('does not go out when by now the guards forbid it', () => {
    const run = play(planOf([actionStep('isolate')]), { guards: 'by-hand' });
    run.send(start);
    run.send({ type: 'guard.allowed', ref });
    run.send(passed);
    run.send(revoked);
    run.send({ type: 'guard.denied', ref, guardId: 'frozen', message: 'not tonight' });
    expect(run.status('isolate')).toBe('denied');
  });

  it('takes its yes with it: the same people are asked anew, and the new yes is good for as long', () => {
    const run = play(planOf([asked]));
    run.send(start);
    expect(attempts(run.send(yes('apr_1', 900_000)).commands)).toMatchObject([{ claimBeforeMs: 900_000 }]);
    run.nowMs = 900_000;
    run.send(passed);
    const back = run.send(revoked);
    expect(back.entries.map(({ type, code }) => [type, code])).toEqual([
      ['action.taken-back', undefined],
      ['approval.voided', 'approval/grant-expired'],
      ['approval.requested', undefined],
    ]);
    expect(attempts(back.commands)).toEqual([]);
    const [again] = attempts(run.send(yes('apr_2', 1_800_000)).commands);
    expect(again).toMatchObject({ number: 1, claimBeforeMs: 1_800_000 });
  });

  it('is no attempt that a playbook has a number of', () => {
    const once = {
      maxAttempts: 1,
      initialMs: 1_000,
      maxMs: 1_000,
      backoff: 'fixed',
      on: ['unavailable'],
    } as const;
    const run = play(
      planOf([actionStep('isolate', { retry: { ...once, maxAttempts: 2, on: [...once.on] } })]),
    );
    const down = { code: 'unavailable', kind: 'retryable', message: 'down' } as const;
    run.send(start);
    run.send(passed);
    run.send(revoked);
    run.send({ type: 'action.failed', ref, attempt: 1, failure: down });
    const later = run.send({ type: 'deadline.passed', ref, deadline: 'delay', seq: 1, claimed: false });
    expect(attempts(later.commands)).toMatchObject([{ number: 2 }]);
  });

  it('of a yes that an earlier attempt has used goes out on it again', () => {
    const run = play(planOf([asked]));
    run.send(start);
    run.send(yes('apr_1', 900_000));
    const failure = { code: 'unavailable', kind: 'retryable', message: 'down' } as const;
    run.send({ type: 'action.failed', ref, attempt: 1, failure });
    run.send({ type: 'deadline.passed', ref, deadline: 'delay', seq: 1, claimed: false });
    run.send(passed);
    expect(attempts(run.send(revoked).commands)).toMatchObject([{ number: 2 }]);
  });

  it('is none when a worker has it, or had it and another one is out', () => {
    const run = play(planOf([actionStep('isolate')]));
    run.send(start);
    expect(run.send({ ...passed, claimed: true })).toMatchObject({ commands: [], entries: [] });
    run.send({ type: 'action.accepted', ref, attempt: 1, handle: {}, pollAfterMs: 1_000 });
    expect(run.send(passed)).toMatchObject({ commands: [], entries: [] });
  });

  it('is none of a look or a message, which go out whenever a worker comes', () => {
    const run = play(planOf([actionStep('isolate', { class: 'read' })]));
    const [look] = attempts(run.send(start).commands);
    expect(look).not.toHaveProperty('claimBeforeMs');
  });

  it('ends with its block, as it would have before', () => {
    const run = play(planOf([actionStep('isolate')]));
    run.send(start);
    run.send(passed);
    run.send({ type: 'run.cancel', by: 'per_1', reason: 'false alarm', undo: false });
    run.send(revoked);
    expect(run.status('isolate')).toBe('cancelled');
  });
});

describe('an approval', () => {
  const asked = actionStep('isolate', { approval: someApproval });
  const grant: RunEvent = {
    type: 'approval.granted',
    ref,
    approvalId: 'apr_1' as never,
    by: ['per_1'],
    comment: '',
    executeBeforeMs: 900_000,
  };

  it('holds the action until it is granted, then lets through exactly what was shown', () => {
    const run = play(planOf([asked]));
    const asking = run.send(start).commands.find((command) => command.kind === 'request-approval');
    expect(asking?.request).toMatchObject({ askNumber: 1, approvers: ['group:soc'], expiresAtMs: 1_801_000 });
    const granted = run.send(grant).commands;
    expect(granted.map((command) => command.kind)).toEqual([
      'clear-deadlines',
      'check-guards',
      'want-hold',
      'enqueue-attempt',
      'set-deadline',
      'set-deadline',
      'end-approval',
    ]);
    expect(granted.find((command) => command.kind === 'end-approval')).toMatchObject({ outcome: 'consumed' });
  });

  it('that is denied ends the run as denied', () => {
    const run = play(planOf([asked, actionStep('after')]));
    run.send(start);
    const ended = run.send({
      type: 'approval.denied',
      ref,
      approvalId: 'apr_1' as never,
      by: 'per_1',
      comment: 'backup agent',
    });
    expect(ended.commands.at(-1)).toMatchObject({
      kind: 'finish-run',
      outcome: 'denied',
      reason: 'backup agent',
    });
    expect(run.status('after')).toBe('pending');
  });

  it('that nobody answers is a no', () => {
    const run = play(planOf([{ ...asked, onDenied: 'continue' }, step('set', 'note', { values: {} })]));
    run.send(start);
    run.send({ type: 'deadline.passed', ref, deadline: 'expiry', seq: 1, claimed: false });
    expect(run.snapshot.context.steps[ref]).toMatchObject({
      status: 'denied',
      denial: { by: 'expiry' },
      approval: { outcome: 'expired' },
    });
    expect(run.status('note')).toBe('succeeded');
  });

  it('becomes a failure with on_denied: fail, and on_error decides', () => {
    const run = play(
      planOf([
        { ...asked, onDenied: 'fail', onError: { steps: [], then: 'continue' } },
        step('set', 'note', { values: {} }),
      ]),
    );
    run.send(start);
    run.send({ type: 'approval.denied', ref, approvalId: 'apr_1' as never, by: 'per_1', comment: 'no' });
    expect(run.snapshot.context.steps[ref]?.failure?.code).toBe('approval/denied');
    expect(run.status('note')).toBe('succeeded');
  });

  it('granted too late is asked again', () => {
    const run = play(planOf([asked]), { guards: 'by-hand' });
    run.send(start);
    run.send({ type: 'guard.allowed', ref });
    run.send(grant);
    run.send({ type: 'guard.held', ref, by: 'stop', message: 'stop' });
    run.nowMs = 2_000_000;
    const again = run.send({ type: 'deadline.passed', ref, deadline: 'recheck', seq: 0, claimed: false });
    expect(again.commands.map((command) => command.kind).slice(0, 3)).toEqual([
      'end-approval',
      'request-approval',
      'set-deadline',
    ]);
  });

  it('whose condition fails to evaluate asks', () => {
    const run = play(
      planOf([
        actionStep('isolate', { approval: { ...someApproval, when: 'steps.nothing.outputs.x == 1' } }),
      ]),
    );
    expect(run.send(start).commands.map((command) => command.kind)).toContain('request-approval');
  });

  it('whose condition is false lets the action through and says so', () => {
    const run = play(planOf([actionStep('isolate', { approval: { ...someApproval, when: 'false' } })]));
    expect(run.send(start).commands.map((command) => command.kind)).toContain('enqueue-attempt');
    expect(run.snapshot.context.steps[ref]?.approval?.outcome).toBe('not_asked');
  });

  it('is cancelled with the run', () => {
    const run = play(planOf([asked]));
    run.send(start);
    const ended = run.send({ type: 'run.cancel', by: 'per_1', reason: 'wrong host', undo: false });
    expect(ended.commands.find((command) => command.kind === 'end-approval')).toMatchObject({
      outcome: 'cancelled',
    });
    expect(ended.commands.at(-1)).toMatchObject({ kind: 'finish-run', outcome: 'cancelled' });
  });

  it.each([
    [259_200_000, '72 hours'],
    [5_400_000, '1.5 hours'],
    [3_600_000, '1 hour'],
    [150_000, '2.5 minutes'],
    [45_000, '45 seconds'],
  ])('a lease of %i ms is called %s where people decide', (forMs, words) => {
    const lease = { forMs, warnMs: forMs / 10, atEnd: 'release' } as const;
    const asked = play(planOf([actionStep('isolate', { approval: someApproval, lease })]))
      .send(start)
      .commands.find((command) => command.kind === 'request-approval');
    expect(asked?.kind === 'request-approval' && asked.request.card.wayBack).toContain(
      ` Lease: ${words}, then it is taken back.`,
    );
  });
});
