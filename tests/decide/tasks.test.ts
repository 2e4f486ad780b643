import { describe, expect, it } from 'vitest';
import type { RunEvent } from '../../engine/core/contracts/command.ts';
import { judgeAnswer, type TaskQuestion, type TaskWord } from '../../engine/core/task/judge-answer.ts';
import { answerWithinMs } from '../../engine/core/task/open-task.ts';
import { actionStep, planOf, play, step, undoStep } from './build-plan.ts';
import { World } from './play-world.ts';

/* An effect that nobody knows about waits for a person's word (decision record 0017). */

const ref = 'run/a';
const unknown: RunEvent = { type: 'action.unknown', ref, attempt: 1, message: 'timed out' };
const silence: RunEvent = { type: 'deadline.passed', ref, deadline: 'answer', seq: 1, claimed: false };
const says = (answer: 'happened' | 'did-not-happen'): RunEvent => ({
  type: 'task.answered',
  ref,
  answer,
  by: 'per_1',
  proof: 'the portal shows it',
});
const overdue: RunEvent = { type: 'deadline.passed', ref, deadline: 'deadline', seq: 0, claimed: false };

/** A contain action whose target could not be asked in time. */
function undecided(change: Parameters<typeof actionStep>[1] = {}, rest: Parameters<typeof planOf>[0] = []) {
  const run = play(planOf([actionStep('a', change), ...rest]));
  run.send({ type: 'run.started' });
  run.send(unknown);
  run.send(overdue);
  return run;
}

const stateOf = (run: ReturnType<typeof play>) => run.snapshot.context.steps[ref];

describe('an effect that stays unknown', () => {
  it('waits, with everything that a person needs, for a day', () => {
    const run = undecided({}, [actionStep('b')]);
    expect(stateOf(run)).toMatchObject({ status: 'active', phase: 'undecided' });
    const opened = run.last.commands.find((command) => command.kind === 'open-task');
    expect(opened).toMatchObject({
      task: {
        number: 1,
        digest: expect.stringMatching(/^sha256:[0-9a-f]{64}$/),
        answerBeforeMs: run.nowMs + answerWithinMs,
        card: {
          action: 'edr.isolate-host',
          target: { kind: 'host', id: 'H17', name: null },
          arguments: [{ name: 'host_id', value: 'H17' }],
          canAsk: true,
        },
      },
    });
    expect(opened?.task.card.follows.happened).toContain('edr.release-host');
    expect(opened?.task.card.follows.happened).toContain('The run goes on with "A step"');
    expect(opened?.task.card.follows.silence).toContain('action/outcome-unknown');
    expect(run.last.entries.map((entry) => entry.type)).toContain('task.opened');
  });

  it('tells what silence leaves behind, which an undo can only take back where there is a way back', () => {
    const silenceOf = (change: Parameters<typeof undecided>[0]) =>
      undecided(change).last.commands.find((command) => command.kind === 'open-task')?.task.card.follows
        .silence;
    const { action } = actionStep('a');
    const listed = 'stays in the list of what can be undone, and an undo asks first.';
    expect(silenceOf({})).toContain(listed);
    expect(silenceOf({ rollback: { kind: 'none' } })).not.toContain(listed);
    expect(silenceOf({ rollback: { kind: 'none' } })).toContain(
      'What may be there is not taken back: the playbook says so.',
    );
    const lasting = { ...action, inverse: { kind: 'irreversible' as const, reason: 'sent is sent' } };
    expect(silenceOf({ action: lasting })).toContain('What may be there cannot be taken back: sent is sent.');
    const free = { ...action, inverse: { kind: 'not-needed' as const } };
    expect(silenceOf({ action: free })).toContain('There is nothing to take back.');
    expect(silenceOf({ action: free })).not.toContain(listed);
  });

  it('is no matter for a person when it only tells somebody something', () => {
    const base = actionStep('a', { class: 'notify' });
    const run = play(planOf([{ ...base, action: { ...base.action, canCheck: false, idempotent: 'no' } }]));
    run.send({ type: 'run.started' });
    run.send(unknown);
    expect(stateOf(run)?.failure?.code).toBe('action/outcome-unknown');
  });

  it('happened: succeeded with a record of unknown origin, and the run goes on', () => {
    const run = undecided({}, [actionStep('b')]);
    const decided = run.send(says('happened'));
    expect(run.status('a')).toBe('succeeded');
    expect(decided.commands).toContainEqual(
      expect.objectContaining({
        kind: 'record-undo',
        ref,
        record: expect.objectContaining({ origin: 'unknown' }),
      }),
    );
    expect(run.status('b')).toBe('active');
  });

  it('happened: has the outputs that every success has, and no others', () => {
    const base = actionStep('a').action;
    const output = {
      type: 'object',
      properties: { state: { const: 'isolated' }, machine_action_id: { type: 'string' } },
    };
    const run = undecided({ action: { ...base, output } });
    run.send(says('happened'));
    expect(stateOf(run)?.outputs).toEqual({ state: 'isolated' });
  });

  it('did not happen: failed without effect, so the hold is let go and nothing is left to undo', () => {
    const run = undecided();
    const decided = run.send(says('did-not-happen'));
    expect(stateOf(run)?.failure?.code).toBe('action/did-not-happen');
    expect(run.orders()).toContain('drop-hold');
    expect(run.orders()).not.toContain('record-undo');
    expect(decided.finished).toBe(true);
  });

  it('silence: failed as unknown, with hold and record kept', () => {
    const run = undecided();
    run.send(silence);
    expect(stateOf(run)?.failure?.code).toBe('action/outcome-unknown');
    expect(run.orders()).toContain('record-undo');
    expect(run.orders()).toContain('end-task');
    expect(run.orders()).not.toContain('drop-hold');
  });

  it('is not sent again, whatever the target says when it is asked once more', () => {
    for (const found of [
      { type: 'check.present', ref, outputs: {} },
      { type: 'check.absent', ref },
    ] as const) {
      const run = undecided();
      const asked = run.send({ type: 'task.ask', ref, by: 'per_1' });
      expect(asked.commands).toMatchObject([{ kind: 'enqueue-attempt', purpose: 'check' }]);
      const settled = run.send(found);
      expect(settled.commands.filter((command) => command.kind === 'enqueue-attempt')).toEqual([]);
      expect(settled.commands).toContainEqual(expect.objectContaining({ kind: 'end-task', by: 'target' }));
      expect(run.status('a')).toBe(found.type === 'check.present' ? 'succeeded' : 'failed');
    }
  });

  it('goes on waiting when the target settles nothing, or shows nothing of an action that must not be repeated', () => {
    const run = undecided({ action: { ...actionStep('a').action, idempotent: 'no' } });
    for (const found of [
      { type: 'check.unsettled', ref, message: 'no answer' },
      { type: 'check.in-transition', ref, handle: {}, pollAfterMs: 1_000 },
      { type: 'check.absent', ref },
    ] as const) {
      run.send({ type: 'task.ask', ref, by: 'per_1' });
      expect(stateOf(run)?.phase).toBe('reconciling');
      run.send(found);
      expect(stateOf(run)).toMatchObject({ status: 'active', phase: 'undecided' });
      expect(run.last.entries.map((entry) => entry.type)).toEqual(['task.unsettled']);
    }
  });

  it('is awaited when the run is told to end, and the person is told that either answer ends it', () => {
    const run = undecided({}, [actionStep('b')]);
    run.send({ type: 'run.cancel', by: 'per_2', reason: 'enough', undo: false });
    expect(run.status('a')).toBe('active');
    expect(run.orders()).toContain('retell-task');
    const decided = run.send(says('happened'));
    expect(run.status('a')).toBe('succeeded');
    expect(run.status('b')).toBe('pending');
    expect(decided.finished).toBe(true);
  });

  it('of a repeatable action whose last try failed after an unknown one is unknown too', () => {
    const base = actionStep('a');
    const run = play(
      planOf([{ ...base, action: { ...base.action, idempotent: 'native', canCheck: false } }]),
    );
    run.send({ type: 'run.started' });
    run.send(unknown);
    run.send({ type: 'deadline.passed', ref, deadline: 'delay', seq: 1, claimed: false });
    const failure = { code: 'forbidden', kind: 'terminal' as const, message: 'not allowed' };
    run.send({ type: 'action.failed', ref, attempt: 2, failure });
    expect(stateOf(run)?.phase).toBe('undecided');
    run.send(silence);
    expect(stateOf(run)?.failure?.code).toBe('action/outcome-unknown');
  });

  it('handled by on_error is told to the person in the words of the playbook', () => {
    const tell = step('set', 'note', { name: 'Write it down', values: [] } as never);
    const run = undecided({ onError: { steps: [tell], then: 'continue' } }, [actionStep('b')]);
    const opened = run.last.commands.find((command) => command.kind === 'open-task');
    expect(opened?.task.card.follows.didNotHappen).toContain('First its on_error runs: "Write it down"');
    expect(opened?.task.card.follows.didNotHappen).toContain('The run goes on with');
  });
});

describe('an undo that stays unknown', () => {
  const inverse = 'run/back[1]/inverse';
  const asking = () => {
    const world = new World(planOf([actionStep('a'), undoStep('back')]));
    world.start().succeed('run/a');
    const out = world.ordered('enqueue-attempt').at(-1)?.ref ?? inverse;
    world.send({ type: 'action.unknown', ref: out, attempt: 1, message: 'lost' });
    world.pass(out, 'deadline');
    return { world, out };
  };

  it('waits for a person, and what was contained stays in the list until they say otherwise', () => {
    const { world, out } = asking();
    expect(world.step(out)?.phase).toBe('undecided');
    expect(world.ordered('settle-undo')).toEqual([]);
    const opened = world.ordered('open-task')[0];
    expect(opened?.task.card.follows.didNotHappen).toContain('stays in the list');
  });

  it.each([
    ['happened', 'undone'],
    ['did-not-happen', 'undo-failed'],
  ] as const)('%s: %s', (answer, outcome) => {
    const { world, out } = asking();
    world.send({ type: 'task.answered', ref: out, answer, by: 'per_1', proof: 'looked' });
    expect(world.ordered('settle-undo')).toMatchObject([{ outcome }]);
  });

  it('silence: it could not be taken back', () => {
    const { world, out } = asking();
    world.pass(out, 'answer');
    expect(world.ordered('settle-undo')).toMatchObject([{ outcome: 'undo-failed' }]);
  });
});

describe('a word about it counts', () => {
  const question: TaskQuestion = {
    state: 'open',
    digest: 'sha256:1',
    class: 'contain',
    canAsk: true,
    asking: false,
    answerBeforeMs: 1_000,
  };
  const person = {
    kind: 'person',
    id: 'per_1',
    personId: 'per_1',
    email: null,
    roles: ['approver'],
    groups: [],
    active: true,
  } as const;
  const word: TaskWord = { answer: 'happened', digest: 'sha256:1', proof: 'seen', signedInAtMs: null };
  const judge = (
    change: Partial<TaskQuestion> = {},
    who: Partial<Omit<typeof person, 'kind' | 'roles' | 'active'>> & object = {},
    said: Partial<TaskWord> = {},
  ) => {
    const verdict = judgeAnswer(
      { ...question, ...change },
      { ...person, roles: [...person.roles], groups: [], ...who } as never,
      { ...word, ...said },
      500,
    );
    return verdict.kind === 'count' ? 'counts' : verdict.code;
  };

  it('from a person who may, in time, about this attempt, with what was seen', () => {
    expect(judge()).toBe('counts');
  });

  it.each([
    ['a service', {}, { kind: 'service' }, {}, 'task/needs-person'],
    ['somebody who left', {}, { active: false }, {}, 'auth/forbidden'],
    ['a viewer', {}, { roles: ['viewer'] }, {}, 'auth/forbidden'],
    ['an analyst', {}, { roles: ['analyst'] }, {}, 'auth/forbidden'],
    ['whoever is second', { state: 'happened' }, {}, {}, 'task/closed'],
    ['whoever is late', { answerBeforeMs: 500 }, {}, {}, 'task/closed'],
    ['whoever read another attempt', {}, {}, { digest: 'sha256:2' }, 'task/digest-mismatch'],
    ['whoever saw nothing', {}, {}, { proof: '  ' }, 'task/proof-required'],
    ['a no without proof', {}, {}, { answer: 'did-not-happen', proof: '' }, 'task/proof-required'],
    ['a token, when it cannot be undone', { class: 'eradicate' }, {}, {}, 'auth/fresh-sign-in'],
    ['an old session', { class: 'eradicate' }, {}, { signedInAtMs: -299_501 }, 'auth/fresh-sign-in'],
    ['whoever asks what cannot be asked', { canAsk: false }, {}, { answer: 'ask' }, 'task/cannot-ask'],
    ['whoever asks twice', { asking: true }, {}, { answer: 'ask' }, 'task/being-asked'],
  ])('not from %s', (_who, change, who, said, code) => {
    expect(judge(change as never, who as never, said as never)).toBe(code);
  });

  it('to ask once more needs neither proof nor a fresh sign-in', () => {
    expect(judge({ class: 'eradicate' }, {}, { answer: 'ask', proof: '' })).toBe('counts');
    expect(judge({ class: 'eradicate' }, {}, { signedInAtMs: -299_500 })).toBe('counts');
  });
});

describe('an effect that may have happened before the last attempt', () => {
  const base = actionStep('revoke');
  const action = { ...base.action, idempotent: 'native', canCheck: false, effect: null } as const;
  const plan = planOf([actionStep('revoke', { action })]);
  const unheard = { ...unknown, ref: 'run/revoke' } as RunEvent;

  it('is asked about when the next attempt is held until the deadline', () => {
    let held = false;
    const world = new World(plan, { answers: { guard: () => (held ? 'held' : 'allowed') } }).start();
    world.send(unheard);
    held = true;
    world.pass('run/revoke', 'delay');
    expect(world.step('run/revoke')?.phase).toBe('held');
    world.pass('run/revoke', 'deadline');
    expect(world.step('run/revoke')).toMatchObject({ status: 'active', phase: 'undecided' });
  });

  it('and when no worker takes the next attempt before the deadline', () => {
    const world = new World(plan, { answers: { revoke: () => true } }).start();
    world.send(unheard);
    world.pass('run/revoke', 'delay');
    expect(world.performed()).toHaveLength(2);
    world.pass('run/revoke', 'deadline');
    expect(world.step('run/revoke')).toMatchObject({ status: 'active', phase: 'undecided' });
  });
});
