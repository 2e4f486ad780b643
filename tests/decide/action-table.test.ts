import { describe, expect, it } from 'vitest';
import type { RunEvent } from '../../engine/core/contracts/command.ts';
import type { ActionStep, PlanGuard } from '../../engine/core/contracts/plan.ts';
import type { ApprovalId } from '../../schemas/ids.ts';
import { actionStep, planOf, play, someApproval, step } from './build-plan.ts';

/* Language reference 9.5, table "action": a test per node and event. */

const ref = 'run/a';
const start = { type: 'run.started' } as const;
const granted: RunEvent = {
  type: 'approval.granted',
  ref,
  approvalId: 'apr_1' as ApprovalId,
  by: ['per_1'],
  comment: '',
  executeBeforeMs: 10_000_000,
};
const edited = (values: object): RunEvent => ({
  type: 'approval.edited',
  ref,
  approvalId: 'apr_1' as ApprovalId,
  by: 'per_2',
  values: values as never,
  comment: 'narrower',
});
const failed = (code: string, kind: 'retryable' | 'terminal'): RunEvent => ({
  type: 'action.failed',
  ref,
  attempt: 1,
  failure: { code, kind, message: code },
});
const ended = (code: string, kind: 'retryable' | 'terminal'): RunEvent => ({
  type: 'action.failed',
  ref,
  attempt: 1,
  failure: { code, kind, message: code, ended: true },
});
const passed = (
  deadline: Extract<RunEvent, { type: 'deadline.passed' }>['deadline'],
  claimed = false,
): RunEvent => ({
  type: 'deadline.passed',
  ref,
  deadline,
  seq: 0,
  claimed,
});
const begun = (change: Parameters<typeof actionStep>[1] = {}, options: Parameters<typeof play>[1] = {}) => {
  const run = play(planOf([actionStep('a', change)]), options);
  run.send(start);
  return run;
};
const stateOf = (run: ReturnType<typeof play>) => run.snapshot.context.steps[ref];

describe('test', () => {
  it('true → render', () => expect(begun({ if: 'true' }).orders()).toContain('check-guards'));
  it('false → skipped', () => expect(begun({ if: 'false' }).status('a')).toBe('skipped'));
  it.each(['inputs.missing', '"yes"'])('error (%s) → failed run/expression-failed', (expr) => {
    expect(stateOf(begun({ if: expr }))?.failure?.code).toBe('run/expression-failed');
  });
});

describe('render', () => {
  it('ok → guard, with target, digest-ready arguments and key', () => {
    const [, question] = begun().last.commands;
    expect(question).toMatchObject({
      kind: 'check-guards',
      rendered: { target: { kind: 'host', id: 'H17' }, arguments: { host_id: 'H17' } },
    });
  });
  it.each([
    ['that cannot be filled', { host_id: { t: 'expr', expr: 'inputs.missing' } }, 'run/expression-failed'],
    ['that do not fit the schema', { host_id: { t: 'literal', value: 5 } }, 'action/invalid-input'],
    ['without a target', { host_id: { t: 'literal', value: '' } }, 'action/invalid-input'],
  ] as const)('arguments %s → failed, terminal', (_what, fields, code) => {
    const run = begun({ with: fields });
    expect(stateOf(run)?.failure).toMatchObject({ code, kind: 'terminal' });
  });
});

describe('guard', () => {
  it('guard.allowed → dispatch when nothing asks', () => {
    expect(begun().orders()).toContain('enqueue-attempt');
  });
  it('guard.allowed → gate when the playbook asks', () => {
    expect(begun({ approval: someApproval }).orders()).toContain('request-approval');
  });
  it('guard.ask → gate although the author did not ask; the card says who demands it', () => {
    const run = begun({}, { guards: 'by-hand' });
    run.send({ type: 'guard.ask', ref, guardId: 'burst', message: 'ten in an hour' });
    const [request] = run.last.commands.filter((command) => command.kind === 'request-approval');
    expect(request).toMatchObject({
      request: { card: { evidence: [{ label: 'Asked by burst', value: 'ten in an hour' }] } },
    });
    expect(run.last.entries.map((entry) => entry.type)).toContain('guard.asked');
  });
  it('guard.denied → denied, denial.by = guard', () => {
    const run = begun({}, { guards: 'by-hand' });
    run.send({ type: 'guard.denied', ref, guardId: 'g', message: 'never' });
    expect(stateOf(run)).toMatchObject({ status: 'denied', denial: { by: 'guard', reason: 'never' } });
  });
  it('guard.held → held, and nothing is lost', () => {
    const run = begun({}, { guards: 'by-hand' });
    run.send({ type: 'guard.held', ref, by: 'stop', message: 'stop' });
    expect(stateOf(run)).toMatchObject({ status: 'active', phase: 'held' });
  });
});

describe('guard, budgets', () => {
  const limit = (scope: 'run' | 'playbook' | 'system', appliesTo = ['contain']): PlanGuard => ({
    id: 'burst',
    appliesTo,
    denyIf: null,
    limit: { targets: 10, perMs: 3_600_000, scope, onExceed: 'ask' },
    message: 'a wave',
  });
  const limitsOf = (guards: PlanGuard[], change: Parameters<typeof actionStep>[1] = {}) => {
    const run = play(planOf([actionStep('a', change)], { guards }), { guards: 'by-hand' });
    const question = run.send(start).commands.find((command) => command.kind === 'check-guards');
    return question?.kind === 'check-guards' ? question.limits : [];
  };

  it.each([
    ['run', 'run:run_1:burst'],
    ['playbook', 'playbook:test:burst'],
    ['system', 'system:edr:burst'],
  ] as const)('scope %s counts under %s', (scope, key) => {
    expect(limitsOf([limit(scope)])).toEqual([
      { guardId: 'burst', key, targets: 10, perMs: 3_600_000, onExceed: 'ask', message: 'a wave' },
    ]);
  });
  it('does not count what the guard does not apply to', () => {
    expect(limitsOf([limit('run', ['eradicate'])])).toEqual([]);
    expect(limitsOf([limit('run', ['edr.isolate-host'])])).toHaveLength(1);
    expect(limitsOf([limit('run', ['a'])])).toHaveLength(1);
  });
  it.each([
    [
      'denied by a person',
      (run: ReturnType<typeof play>) =>
        void run.send({
          type: 'approval.denied',
          ref,
          approvalId: 'apr_1' as ApprovalId,
          by: 'p',
          comment: '',
        }),
    ],
    ['expired', (run: ReturnType<typeof play>) => void run.send(passed('expiry'))],
    [
      'cancelled',
      (run: ReturnType<typeof play>) =>
        void run.send({ type: 'run.cancel', by: 'p', reason: '', undo: false }),
    ],
  ])('a step that is %s gives its reservation back', (_how, end) => {
    const run = begun({ approval: someApproval });
    end(run);
    expect(run.last.commands).toContainEqual({ kind: 'return-reservation', ref });
  });
  it('a success keeps its reservation, a simulated one does not', () => {
    const run = begun();
    run.send({ type: 'action.succeeded', ref, attempt: 1, outputs: {}, changed: true });
    expect(run.orders()).not.toContain('return-reservation');
    const audit = play(planOf([actionStep('a')], { mode: 'audit' }));
    expect(audit.send(start).commands).toContainEqual({ kind: 'return-reservation', ref });
  });
});

describe('gate', () => {
  const escalating = { ...someApproval, escalate: [{ afterMs: 600_000, to: ['oncall:ir'] }] };

  it('on entry: request-approval, and a deadline for expiry and for each escalation', () => {
    const run = begun({ approval: escalating });
    expect(run.last.commands.slice(-5)).toMatchObject([
      { kind: 'request-approval', request: { askNumber: 1 } },
      { kind: 'set-deadline', deadline: 'expiry', atMs: 1_801_000 },
      { kind: 'set-deadline', deadline: 'escalation', atMs: 601_000 },
      { kind: 'set-deadline', deadline: 'reminder', seq: 100, atMs: 901_000 },
      { kind: 'set-deadline', deadline: 'reminder', seq: 101, atMs: 1_621_000 },
    ]);
  });
  it('deadline.passed(reminder) → stay, an entry says which', () => {
    const run = begun({ approval: someApproval });
    for (const [seq, reminder] of [
      [100, 'half'],
      [101, 'last'],
    ] as const) {
      run.send({ type: 'deadline.passed', ref, deadline: 'reminder', seq, claimed: false });
      expect(run.last.commands).toEqual([{ kind: 'remind-approvers', ref }]);
      expect(run.last.entries).toMatchObject([{ type: 'approval.reminded', data: { reminder } }]);
      expect(stateOf(run)?.phase).toBe('asking');
    }
  });
  it('a reminder after the answer tells nobody anything', () => {
    const run = begun({ approval: someApproval });
    run.send(granted);
    expect(run.last.commands).toContainEqual(
      expect.objectContaining({ kind: 'clear-deadlines', deadlines: ['expiry', 'escalation', 'reminder'] }),
    );
    run.send({ type: 'deadline.passed', ref, deadline: 'reminder', seq: 100, claimed: false });
    expect(run.last.entries.map(({ type }) => type)).not.toContain('approval.reminded');
  });
  it('approval.granted → recheck → guard again → dispatch', () => {
    const run = begun({ approval: someApproval });
    run.send(granted);
    expect(run.last.commands.filter((command) => command.kind === 'check-guards')).toHaveLength(1);
    expect(run.orders()).toContain('enqueue-attempt');
  });
  it('deadline.passed(expiry) → denied, outcome expired', () => {
    const run = begun({ approval: someApproval });
    run.send(passed('expiry'));
    expect(stateOf(run)).toMatchObject({
      status: 'denied',
      denial: { by: 'expiry' },
      approval: { outcome: 'expired' },
    });
  });
  it('deadline.passed(escalation) → stay, more people may decide', () => {
    const run = begun({ approval: escalating });
    run.send({ type: 'deadline.passed', ref, deadline: 'escalation', seq: 100, claimed: false });
    expect(run.last.commands).toEqual([{ kind: 'widen-approval', ref, approvers: ['oncall:ir'] }]);
    expect(stateOf(run)?.phase).toBe('asking');
  });
  it('run.cancel → cancelled', () => {
    const run = begun({ approval: someApproval });
    run.send({ type: 'run.cancel', by: 'p', reason: '', undo: false });
    expect(stateOf(run)).toMatchObject({ status: 'cancelled', approval: { outcome: 'cancelled' } });
  });
});

describe('gate, approval.edited', () => {
  const base = actionStep('a');
  const scoped = {
    approval: { ...someApproval, editable: ['scope'] },
    with: { host_id: { t: 'literal', value: 'H1' }, scope: { t: 'literal', value: 'full' } },
    action: {
      ...base.action,
      input: {
        type: 'object',
        properties: { host_id: { type: 'string' }, scope: { enum: ['full', 'selective'] } },
        required: ['host_id'],
        additionalProperties: false,
      },
    },
  } satisfies Partial<ActionStep>;
  const digestOf = (run: ReturnType<typeof play>) => stateOf(run)?.digest;

  it('→ render: the old question is superseded, guards are asked again, and a new one goes out under a new digest', () => {
    const run = begun(scoped);
    const before = digestOf(run);
    run.send(edited({ scope: 'selective' }));
    expect(run.orders()).toEqual([
      'end-approval',
      'clear-deadlines',
      'check-guards',
      'request-approval',
      'set-deadline',
      'set-deadline',
      'set-deadline',
    ]);
    expect(run.last.entries.map((entry) => entry.type)).toContain('approval.edited');
    expect(digestOf(run)).not.toBe(before);
    run.send(granted);
    expect(run.last.commands.find((command) => command.kind === 'enqueue-attempt')).toMatchObject({
      rendered: { arguments: { host_id: 'H1', scope: 'selective' } },
    });
  });
  it.each([
    ['a field that is not editable', { host_id: 'H2' }],
    ['a value that does not fit the action', { scope: 'none' }],
  ])('%s changes nothing and is refused in the log', (_what, values) => {
    const run = begun(scoped);
    const before = digestOf(run);
    run.send(edited(values));
    expect(run.orders()).toEqual([]);
    expect(run.last.entries.map((entry) => entry.type)).toEqual(['approval.refused']);
    expect(digestOf(run)).toBe(before);
  });
  it('another target: what counted and was announced for the one before is free again', () => {
    const run = begun({ ...scoped, approval: { ...someApproval, editable: ['host_id'] } });
    run.send(edited({ host_id: 'H2' }));
    expect(run.orders().slice(0, 4)).toEqual([
      'end-approval',
      'clear-deadlines',
      'return-reservation',
      'check-guards',
    ]);
    run.send(edited({ host_id: 'H2' }));
    expect(run.orders()).not.toContain('return-reservation');
  });
  it('asks again even where the guard that demanded the question has no objection to the new form', () => {
    const run = begun(
      { ...scoped, approval: null, fallbackApproval: scoped.approval },
      { guards: 'by-hand' },
    );
    run.send({ type: 'guard.ask', ref, guardId: 'burst', message: 'm' });
    run.send(edited({ scope: 'selective' }));
    run.send({ type: 'guard.allowed', ref });
    expect(run.orders()).toContain('request-approval');
    expect(run.orders()).not.toContain('enqueue-attempt');
  });
  it.each([[{ host_id: 'H2' }], [{ scope: 'selective' }]])(
    'after an attempt that may have reached the target %j changes nothing: what it did would be no run’s',
    (values) => {
      const run = begun(
        {
          ...scoped,
          approval: null,
          fallbackApproval: { ...someApproval, editable: ['host_id', 'scope'] },
          action: { ...scoped.action, canCheck: false, idempotent: 'native' },
        },
        { guards: 'by-hand' },
      );
      run.send({ type: 'guard.allowed', ref });
      run.send({ type: 'action.unknown', ref, attempt: 1, message: 'lost' });
      run.send(passed('delay'));
      const asked = run.send({ type: 'guard.ask', ref, guardId: 'freeze', message: 'm' });
      const question = asked.commands.find((command) => command.kind === 'request-approval');
      expect(question?.request.card.editable).toEqual([]);
      const before = digestOf(run);
      run.send(edited(values));
      expect(run.orders()).toEqual([]);
      expect(run.last.entries.map((entry) => entry.type)).toEqual(['approval.refused']);
      expect(digestOf(run)).toBe(before);
      // A no leaves a record of the one that may have been contained.
      run.send({ type: 'approval.denied', ref, approvalId: 'apr_1' as ApprovalId, by: 'per_1', comment: '' });
      expect(run.last.commands.find((command) => command.kind === 'record-undo')).toMatchObject({
        record: { target: { kind: 'host', id: 'H1' }, origin: 'unknown' },
      });
    },
  );
  it('is no moving target, however often people change their mind', () => {
    const run = begun(scoped);
    for (let turn = 0; turn < 6; turn += 1)
      run.send(edited({ scope: turn % 2 === 0 ? 'selective' : 'full' }));
    expect(stateOf(run)).toMatchObject({ status: 'active', phase: 'asking', asks: 7 });
  });
});

describe('recheck', () => {
  it('guard.ask with an approval in hand → dispatch', () => {
    const run = begun({ approval: someApproval }, { guards: 'by-hand' });
    run.send({ type: 'guard.allowed', ref });
    run.send(granted);
    run.send({ type: 'guard.ask', ref, guardId: 'burst', message: 'm' });
    expect(run.orders()).toContain('enqueue-attempt');
  });
  it('guard.denied → denied, although people said yes', () => {
    const run = begun({ approval: someApproval }, { guards: 'by-hand' });
    run.send({ type: 'guard.allowed', ref });
    run.send(granted);
    run.send({ type: 'guard.denied', ref, guardId: 'g', message: 'frozen' });
    expect(stateOf(run)).toMatchObject({ status: 'denied', denial: { by: 'guard' } });
  });
  it('digest differs → gate, superseded; after three times → failed approval/moving-target', () => {
    const run = begun({ approval: someApproval, with: { host_id: { t: 'expr', expr: 'string(now())' } } });
    for (let turn = 1; turn <= 3; turn += 1) {
      run.nowMs += 1_000;
      run.send(granted);
      expect(run.last.commands).toContainEqual({ kind: 'end-approval', ref, outcome: 'superseded' });
      expect(stateOf(run)?.asks).toBe(turn + 1);
    }
    run.nowMs += 1_000;
    run.send(granted);
    expect(stateOf(run)?.failure?.code).toBe('approval/moving-target');
  });
  it('another target by now, and an attempt that may have acted on the one before → undecided about that one', () => {
    const run = begun(
      {
        approval: null,
        fallbackApproval: someApproval,
        with: { host_id: { t: 'expr', expr: 'string(now())' } },
        action: { ...actionStep('a').action, canCheck: false, idempotent: 'native' },
      },
      { guards: 'by-hand' },
    );
    const before = stateOf(run)?.target;
    run.send({ type: 'guard.allowed', ref });
    run.send({ type: 'action.unknown', ref, attempt: 1, message: 'lost' });
    run.nowMs += 1_000;
    run.send(passed('delay'));
    run.send({ type: 'guard.ask', ref, guardId: 'freeze', message: 'm' });
    const yes = run.send(granted);
    expect(yes.commands).toContainEqual({ kind: 'end-approval', ref, outcome: 'superseded' });
    expect(run.orders()).not.toContain('enqueue-attempt');
    expect(run.orders()).not.toContain('drop-hold');
    expect(yes.commands.find((command) => command.kind === 'open-task')).toMatchObject({
      task: { card: { target: before } },
    });
    run.send({ type: 'task.answered', ref, answer: 'happened', by: 'per_1', proof: 'seen' });
    expect(run.last.commands.find((command) => command.kind === 'record-undo')).toMatchObject({
      record: { target: before, origin: 'unknown' },
    });
  });
});

describe('dispatch and running', () => {
  it('on entry: intent, attempt n, and the first time a deadline', () => {
    const run = begun();
    expect(run.last.commands.slice(-3)).toMatchObject([
      { kind: 'enqueue-attempt', purpose: 'perform', number: 1 },
      { kind: 'set-deadline', deadline: 'claim', atMs: 901_000 },
      { kind: 'set-deadline', deadline: 'deadline', atMs: 3_601_000 },
    ]);
    run.send(failed('unavailable', 'retryable'));
    run.send(passed('delay'));
    expect(run.last.commands.slice(-2)).toMatchObject([
      { kind: 'enqueue-attempt', number: 2 },
      { kind: 'set-deadline', deadline: 'claim' },
    ]);
  });
  it('deadline.passed(deadline), nobody has it → failed action/deadline', () => {
    const run = begun();
    run.send(passed('deadline'));
    run.send({ type: 'attempt.revoked', ref });
    expect(stateOf(run)?.failure?.code).toBe('action/deadline');
  });
  it('action.succeeded → succeeded, outputs stored', () => {
    const run = begun();
    run.send({ type: 'action.succeeded', ref, attempt: 1, outputs: { state: 'x' }, changed: true });
    expect(stateOf(run)).toMatchObject({ status: 'succeeded', outputs: { state: 'x' } });
  });
  it('action.accepted → confirming', () => {
    const run = begun();
    run.send({ type: 'action.accepted', ref, attempt: 1, handle: { id: 'm' }, pollAfterMs: 5_000 });
    expect(stateOf(run)?.phase).toBe('confirming');
    expect(run.last.commands).toMatchObject([{ deadline: 'poll', atMs: 6_000 }]);
  });
  it('action.failed{retryable} → backoff while attempts remain, else failed', () => {
    const run = begun();
    for (const attempt of [1, 2]) {
      run.send(failed('unavailable', 'retryable'));
      expect(stateOf(run), String(attempt)).toMatchObject({ status: 'active', phase: 'backing-off' });
      run.send(passed('delay'));
    }
    run.send(failed('unavailable', 'retryable'));
    expect(stateOf(run)).toMatchObject({ status: 'failed', attempts: 3 });
  });
  it('action.failed{terminal} → failed', () => {
    const run = begun();
    run.send(failed('forbidden', 'terminal'));
    expect(stateOf(run)).toMatchObject({ status: 'failed', failure: { code: 'forbidden' } });
  });
  it('action.unknown → reconcile', () => {
    const run = begun();
    run.send({ type: 'action.unknown', ref, attempt: 1, message: 'lost' });
    expect(stateOf(run)?.phase).toBe('reconciling');
    expect(run.last.commands).toMatchObject([{ kind: 'enqueue-attempt', purpose: 'check' }]);
  });
});

describe('confirming', () => {
  const confirming = () => {
    const run = begun();
    run.send({ type: 'action.accepted', ref, attempt: 1, handle: { id: 'm' }, pollAfterMs: 5_000 });
    return run;
  };
  it('after pollAfter: a confirm with the handle', () => {
    const run = confirming();
    run.send(passed('poll'));
    expect(run.last.commands).toMatchObject([
      { kind: 'enqueue-attempt', purpose: 'confirm', handle: { id: 'm' } },
    ]);
  });
  it('action.succeeded → succeeded', () => {
    const run = confirming();
    run.send({ type: 'action.succeeded', ref, attempt: 1, outputs: {}, changed: true });
    expect(run.status('a')).toBe('succeeded');
  });
  it('action.failed, and the order has ended → failed, or another attempt', () => {
    const run = confirming();
    run.send(ended('rejected', 'terminal'));
    expect(run.status('a')).toBe('failed');
    const again = confirming();
    again.send(ended('unavailable', 'retryable'));
    expect(stateOf(again)?.phase).toBe('backing-off');
  });
  it.each([
    ['unauthorized', 'terminal'],
    ['forbidden', 'terminal'],
    ['not-found', 'terminal'],
    ['invalid-response', 'terminal'],
  ] as const)('action.failed %s of the looking → a person finds out', (code, kind) => {
    const run = confirming();
    run.send(failed(code, kind));
    expect(run.status('a')).toBe('active');
    expect(stateOf(run)?.phase).toBe('undecided');
  });
  it.each(['throttled', 'cancelled', 'of-some-other-action'])(
    'action.failed %s of the looking, for now → asked again',
    (code) => {
      const run = confirming();
      run.send(failed(code, 'retryable'));
      expect(stateOf(run)?.phase).toBe('confirming');
    },
  );
  it('deadline.passed(deadline) → failed action/unconfirmed, and its way back is kept', () => {
    const run = confirming();
    run.send(passed('deadline'));
    expect(stateOf(run)?.phase).toBe('undecided');
    run.send(passed('answer'));
    expect(stateOf(run)?.failure?.code).toBe('action/unconfirmed');
    expect(run.orders()).toContain('record-undo');
    expect(run.orders()).not.toContain('drop-hold');
  });
});

describe('reconcile', () => {
  const reconciling = (change: Parameters<typeof actionStep>[1] = {}) => {
    const run = begun(change);
    run.send({ type: 'action.unknown', ref, attempt: 1, message: 'lost' });
    return run;
  };
  it('effect present → succeeded', () => {
    const run = reconciling();
    run.send({ type: 'check.present', ref, outputs: { state: 'isolated' } });
    expect(stateOf(run)).toMatchObject({ status: 'succeeded', outputs: { state: 'isolated' } });
  });
  it('absent and idempotent → backoff; a failure after that has had no effect', () => {
    const run = reconciling();
    run.send({ type: 'check.absent', ref });
    expect(stateOf(run)?.phase).toBe('backing-off');
    run.send(passed('delay'));
    run.send(failed('forbidden', 'terminal'));
    expect(run.orders()).toContain('drop-hold');
    expect(run.orders()).not.toContain('record-undo');
  });
  it('absent and not idempotent → failed action/outcome-unknown, a person must decide', () => {
    const run = reconciling({ action: { ...actionStep('a').action, idempotent: 'no' } });
    run.send({ type: 'check.absent', ref });
    expect(stateOf(run)?.phase).toBe('undecided');
    run.send(passed('answer'));
    expect(stateOf(run)?.failure?.code).toBe('action/outcome-unknown');
  });
  it('in transition → confirming', () => {
    const run = reconciling();
    run.send({ type: 'check.in-transition', ref, handle: { id: 'm' }, pollAfterMs: 1_000 });
    expect(stateOf(run)?.phase).toBe('confirming');
  });
  it('no answer before the deadline → failed action/outcome-unknown', () => {
    const run = reconciling();
    run.send({ type: 'check.unsettled', ref, message: 'no answer' });
    expect(run.last.commands).toMatchObject([{ deadline: 'recheck' }]);
    run.send(passed('deadline'));
    expect(stateOf(run)?.phase).toBe('undecided');
    run.send(passed('answer'));
    expect(stateOf(run)?.failure?.code).toBe('action/outcome-unknown');
  });
});

describe('backoff', () => {
  it('deadline.passed(deadline) → failed with the last failure', () => {
    const run = begun();
    run.send(failed('throttled', 'retryable'));
    run.send(passed('deadline'));
    expect(stateOf(run)?.failure?.code).toBe('throttled');
  });
  it('deadline.passed(delay) → guard → dispatch with attempt n+1', () => {
    const run = begun();
    run.send(failed('throttled', 'retryable'));
    run.send(passed('delay'));
    expect(run.orders()).toEqual(['check-guards', 'enqueue-attempt', 'set-deadline']);
  });
  it('a deadline of a kind that this state does not know is written down and changes nothing', () => {
    const run = begun();
    run.send(failed('throttled', 'retryable'));
    expect(run.send(passed('poll'))).toMatchObject({ ignored: true });
  });
});

describe('approval (gate)', () => {
  const gate = (change: object = {}) =>
    step('approval', 'gate', { approval: someApproval, covers: [ref], ...change });
  const answered = (event: RunEvent, change: object = {}) => {
    const run = play(planOf([gate(change), actionStep('a')]));
    run.send(start);
    run.send({ ...event, ref: 'run/gate' } as RunEvent);
    return run;
  };
  it('test → render covers → gate, granted → succeeded', () => {
    const run = answered(granted);
    expect(run.snapshot.context.steps['run/gate']).toMatchObject({
      status: 'succeeded',
      approval: { by: ['per_1'] },
    });
  });
  it('a covered step that cannot be rendered → failed, nobody is asked', () => {
    const broken = actionStep('a', { with: { host_id: { t: 'expr', expr: 'inputs.missing' } } });
    const run = play(planOf([gate(), broken]));
    expect(run.send(start).commands.map((command) => command.kind)).not.toContain('request-approval');
    expect(run.status('gate')).toBe('failed');
  });
  it('denied → denied', () => {
    const no: RunEvent = {
      type: 'approval.denied',
      ref,
      approvalId: 'apr_1' as ApprovalId,
      by: 'p',
      comment: '',
    };
    expect(answered(no).status('gate')).toBe('denied');
  });
  it('expired → denied', () => expect(answered(passed('expiry')).status('gate')).toBe('denied'));
});
