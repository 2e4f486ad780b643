import { describe, expect, it } from 'vitest';
import type { RunEvent, RunOutcome } from '../../engine/core/contracts/command.ts';
import type { Plan, PlanInput } from '../../engine/core/contracts/plan.ts';
import { actionStep, callStep, planOf, someApproval } from './build-plan.ts';
import { World } from './play-world.ts';

/* Language reference 9.5, table "call"; 9.13; S7. */

const input = (name: string, change: Partial<PlanInput> = {}): PlanInput => ({
  name,
  schema: { type: 'string' },
  required: true,
  default: null,
  from: {},
  ...change,
});

const children: Plan['children'] = {
  child: {
    digest: 'sha256:c0',
    title: 'Clean up',
    version: '1.2.0',
    inputs: [input('mailbox'), input('depth', { schema: { type: 'integer' }, required: false, default: 3 })],
    impact: 'contain',
  },
};

const call = (change: Parameters<typeof callStep>[1] = {}) =>
  callStep('rules', { with: { mailbox: { t: 'expr', expr: 'inputs.upn' } }, ...change });
const world = (
  step = call(),
  options: ConstructorParameters<typeof World>[1] = {},
  change: Partial<Plan> = {},
) =>
  new World(planOf([step, actionStep('next')], { children, ...change }), {
    ...options,
    given: { inputs: { upn: 'a@b.test', host_id: 'H' }, ...options.given },
  });
const finished = (state: RunOutcome, outputs = {}): RunEvent => ({
  type: 'child.finished',
  ref: 'run/rules',
  runId: 'run_2',
  state,
  outputs,
  reason: state === 'succeeded' ? '' : 'because',
});

describe('call, attached', () => {
  it('starts the child with checked inputs, defaults filled, in its own mode', () => {
    const play = world().start();
    expect(play.ordered('start-child')).toEqual([
      {
        kind: 'start-child',
        ref: 'run/rules',
        playbook: 'child',
        digest: 'sha256:c0',
        inputs: { mailbox: 'a@b.test', depth: 3 },
        attach: true,
        mode: 'enforce',
      },
    ]);
    expect(play.step('run/rules')).toMatchObject({ status: 'active', phase: 'inside' });
    expect(play.live()).toBe('waiting');
  });

  it('waits for its end and takes its outputs', () => {
    const play = world().start();
    expect(play.performed()).toEqual([]);
    play.send(finished('succeeded', { removed: 2 }));
    expect(play.step('run/rules')).toMatchObject({ status: 'succeeded', outputs: { removed: 2 } });
    expect(play.performed()).toEqual(['run/next']);
  });

  it.each<[RunOutcome, string]>([
    ['denied', 'run/child-denied'],
    ['failed', 'run/child-failed'],
    ['cancelled', 'run/child-failed'],
    ['timed-out', 'run/child-failed'],
  ])('a child that ended as %s is the failure %s', (state, code) => {
    const play = world().start().send(finished(state));
    expect(play.step('run/rules')?.failure).toMatchObject({
      code,
      message: `child ended as ${state}: because`,
    });
    expect(play.outcome).toBe('failed');
  });

  it('goes through on_error like any failure', () => {
    const play = world(call({ onError: { steps: [], then: 'continue' } }))
      .start()
      .send(finished('failed'));
    expect(play.performed()).toEqual(['run/next']);
  });

  it('a child that is refused fails the step with what the refusal says', () => {
    const play = world(call(), { answers: { child: 'refused' } }).start();
    expect(play.step('run/rules')?.failure).toMatchObject({
      code: 'run/child-failed',
      message: 'it is disabled',
    });
  });

  it('outputs larger than 256 KiB fail the step', () => {
    const play = world()
      .start()
      .send(finished('succeeded', { text: 'x'.repeat(300_000) }));
    expect(play.step('run/rules')?.failure?.code).toBe('run/output-too-large');
  });

  it('the story links both runs', () => {
    const play = world().start().send(finished('succeeded'));
    expect(play.wrote('child.started')[0]).toMatchObject({
      step: 'run/rules',
      data: { run: 'run_2', playbook: 'child', digest: 'sha256:c0', attached: true },
    });
    expect(play.wrote('child.finished')[0]).toMatchObject({ data: { run: 'run_2', state: 'succeeded' } });
  });
});

describe('call, not attached', () => {
  it('fires and forgets', () => {
    const play = world(call({ attach: false })).start();
    expect(play.step('run/rules')).toMatchObject({ status: 'succeeded', outputs: {} });
    expect(play.performed()).toEqual(['run/next']);
  });
});

describe('call, inputs at run time', () => {
  it.each([
    ['of the wrong type', { mailbox: { t: 'literal', value: 5 } }],
    ['that are missing', {}],
    [
      'that the child does not have',
      { mailbox: { t: 'literal', value: 'a' }, more: { t: 'literal', value: 1 } },
    ],
  ] as const)('%s fail the step before anybody is asked', (_what, fields) => {
    const play = world(call({ with: fields, approval: someApproval })).start();
    expect(play.step('run/rules')?.failure?.code).toBe('action/invalid-input');
    expect(play.ordered('start-child')).toEqual([]);
    expect(play.ordered('request-approval')).toEqual([]);
  });

  it('that cannot be evaluated fail the step', () => {
    const play = world(call({ with: { mailbox: { t: 'expr', expr: 'inputs.missing' } } })).start();
    expect(play.step('run/rules')?.failure?.code).toBe('run/expression-failed');
  });
});

describe('call, depth', () => {
  it('three deep is allowed, four is not', () => {
    expect(
      world(call(), { given: { depth: 2 } })
        .start()
        .ordered('start-child'),
    ).toHaveLength(1);
    const deeper = world(call(), { given: { depth: 3 } }).start();
    expect(deeper.step('run/rules')?.failure?.code).toBe('run/call-too-deep');
    expect(deeper.ordered('start-child')).toEqual([]);
  });
});

describe('call, approval', () => {
  it('asks about the child, its digest and its inputs, before it starts', () => {
    const play = world(call({ approval: someApproval })).start();
    const [question] = play.ordered('request-approval');
    expect(question?.request.plan).toMatchObject({
      action: 'call',
      child: { id: 'child', version: '1.2.0', digest: 'sha256:c0' },
      params: { mailbox: 'a@b.test', depth: 3 },
    });
    expect(question?.request.card.class).toBe('contain');
    expect(play.ordered('start-child')).toEqual([]);
    play.grant('run/rules');
    expect(play.ordered('start-child')).toHaveLength(1);
    expect(play.ordered('end-approval')).toMatchObject([{ outcome: 'consumed' }]);
  });

  it('denied ends the run as denied', () => {
    const play = world(call({ approval: someApproval }))
      .start()
      .deny('run/rules');
    expect(play.outcome).toBe('denied');
    expect(play.ordered('start-child')).toEqual([]);
  });

  it.each(['ask', 'audit'] as const)(
    'mode %s is handed down, and the child asks or simulates for itself',
    (mode) => {
      const play = world(call(), {}, { mode }).start();
      expect(play.ordered('start-child')).toMatchObject([{ mode }]);
      expect(play.ordered('request-approval')).toEqual([]);
    },
  );
});

describe('call, halted', () => {
  it('cancels the child and awaits it', () => {
    const play = world().start().cancel();
    expect(play.ordered('cancel-child')).toMatchObject([{ ref: 'run/rules' }]);
    expect(play.outcome).toBeNull();
    play.send(finished('cancelled'));
    expect(play.status('run/rules')).toBe('cancelled');
    expect(play.outcome).toBe('cancelled');
  });

  it('a child that succeeded all the same is a success', () => {
    const play = world()
      .start()
      .cancel()
      .send(finished('succeeded', { removed: 1 }));
    expect(play.status('run/rules')).toBe('succeeded');
    expect(play.outcome).toBe('cancelled');
    expect(play.performed()).toEqual([]);
  });
});
