import { describe, expect, it } from 'vitest';
import { isUndoing } from '../../engine/core/run/context.ts';
import { entriesMax } from '../../engine/core/run/decide.ts';
import { actionStep, planOf, play, someApproval, step, undoStep, waitStep } from './build-plan.ts';
import { World } from './play-world.ts';

/* Language reference 9.3 (run states), 9.4 (step states), 9.8 (errors), 9.12 (cancelling), 9.16 (limits). */

const act = (id: string, change: Parameters<typeof actionStep>[1] = {}) =>
  actionStep(id, { with: { host_id: { t: 'literal', value: id } }, ...change });
const notice = (id: string) => act(id, { class: 'notify' });
const stop = (outcome: 'succeeded' | 'failed' | 'denied') =>
  step('stop', 'stop#1', { outcome, reason: { t: 'literal', value: 'said so' } });

describe('run state', () => {
  it('queued: a cancel before the start ends it without any step', () => {
    const world = new World(planOf([act('a')])).cancel();
    expect(world.outcome).toBe('cancelled');
    expect(world.performed()).toEqual([]);
  });

  it('running: at least one node can move by itself or a job is out', () => {
    expect(new World(planOf([act('a')])).start().live()).toBe('running');
  });

  it.each([
    ['a person', act('a', { approval: someApproval })],
    ['a time', waitStep('a', { for: 'duration', ms: 1_000 })],
  ])('waiting: every active node waits for %s', (_what, waiting) => {
    expect(new World(planOf([waiting])).start().live()).toBe('waiting');
  });

  it('waiting: not while another branch is at work', () => {
    const both = step('parallel', 'both', {
      branches: [
        { name: 'x', steps: [act('a', { approval: someApproval })] },
        { name: 'y', steps: [act('b')] },
      ],
      join: 'all',
    });
    const world = new World(planOf([both])).start();
    expect(world.live()).toBe('running');
    world.succeed('run/b');
    expect(world.live()).toBe('waiting');
  });

  it('undoing: while records are worked off, and only then', () => {
    const plan = planOf([act('a'), undoStep('back')]);
    const world = new World(plan).start();
    const undoing = () => isUndoing(plan, world.scopes.get('run')?.snapshot as never);
    expect(undoing()).toBe(false);
    world.succeed('run/a');
    expect(undoing()).toBe(true);
    world.succeed('run/back[1]/inverse');
    expect(undoing()).toBe(false);
  });

  it('undoing: also for a cancel with undo', () => {
    const plan = planOf([act('a'), act('b', { approval: someApproval })]);
    const world = new World(plan).start().succeed('run/a').cancel(true);
    expect(isUndoing(plan, world.scopes.get('run')?.snapshot as never)).toBe(true);
  });

  it('succeeded: last step done', () => {
    expect(new World(planOf([act('a')])).start().succeed('run/a').outcome).toBe('succeeded');
  });

  it.each(['succeeded', 'failed', 'denied'] as const)('%s: stop says so', (outcome) => {
    const world = new World(planOf([stop(outcome), act('a')])).start();
    expect(world.ended).toMatchObject({ outcome, reason: 'said so' });
  });

  it('failed: unhandled failure, after on_failure and finally', () => {
    const plan = planOf([act('a')], { onFailure: [notice('f')], finally: [notice('z')] });
    const world = new World(plan).start().fail('run/a').succeed('run/f').succeed('run/z');
    expect(world.performed()).toEqual(['run/a', 'run/f', 'run/z']);
    expect(world.outcome).toBe('failed');
  });

  it('denied: skips on_error and on_failure, runs finally', () => {
    const denied = act('a', { approval: someApproval, onError: { steps: [notice('e')], then: 'continue' } });
    const plan = planOf([denied], { onFailure: [notice('f')], finally: [notice('z')] });
    const world = new World(plan).start().deny('run/a').succeed('run/z');
    expect(world.performed()).toEqual(['run/z']);
    expect(world.outcome).toBe('denied');
  });

  it('cancelled: no new dispatch, open approvals cancelled, what is out awaited, then finally', () => {
    const both = step('parallel', 'both', {
      branches: [
        { name: 'x', steps: [act('a', { approval: someApproval })] },
        { name: 'y', steps: [act('b'), act('c')] },
      ],
      join: 'settle',
    });
    const world = new World(planOf([both], { finally: [notice('z')] })).start().cancel();
    expect(world.ordered('end-approval')).toMatchObject([{ ref: 'run/a', outcome: 'cancelled' }]);
    expect(world.performed()).toEqual(['run/b']);
    world.succeed('run/b').succeed('run/z');
    expect(world.performed()).toEqual(['run/b', 'run/z']);
    expect(world.outcome).toBe('cancelled');
  });

  it('timed-out: on_failure and finally run', () => {
    const plan = planOf([act('a', { approval: someApproval })], { onFailure: [notice('f')] });
    const world = new World(plan).start().pass('run', 'run-timeout').succeed('run/f');
    expect(world.outcome).toBe('timed-out');
  });

  it('a failure inside on_failure or finally is recorded and does not change the state', () => {
    const plan = planOf([act('a')], { onFailure: [notice('f')], finally: [notice('z')] });
    const world = new World(plan).start().fail('run/a', 'first').fail('run/f').fail('run/z');
    expect(world.ended).toMatchObject({ outcome: 'failed', reason: 'a: first happened' });
    expect(world.wrote('step.failed').map((entry) => entry.step)).toEqual(['run/a', 'run/f', 'run/z']);
  });
});

describe('on_failure', () => {
  const plan = planOf([act('a'), act('b')], {
    onFailure: [waitStep('w', { for: 'duration', ms: 1_000 }), act('f')],
    finally: [notice('z')],
  });

  it('is cut short by a cancel; the outcome stands and finally runs', () => {
    const world = new World(plan).start().succeed('run/a').fail('run/b').cancel();
    expect(world.performed()).toEqual(['run/a', 'run/b', 'run/z']);
    world.succeed('run/z');
    expect(world.outcome).toBe('failed');
  });

  it('is cut short by a cancel with undo, which then takes everything back', () => {
    const world = new World(plan).start().succeed('run/a').fail('run/b').cancel(true);
    expect(world.performed().at(-1)).toBe('run~undo[1]/inverse');
    world.succeed('run~undo[1]/inverse').succeed('run/z');
    expect(world.records[0]?.state).toBe('undone');
    expect(world.outcome).toBe('failed');
  });

  it('is cut short when the run takes too long', () => {
    const world = new World(plan).start().succeed('run/a').fail('run/b').pass('run', 'run-timeout');
    expect(world.performed().at(-1)).toBe('run/z');
  });
});

describe('step state', () => {
  const goesOn = (first: ReturnType<typeof actionStep>, end: (world: World) => void) => {
    const world = new World(planOf([first, act('next')])).start();
    end(world);
    return world.performed().includes('run/next');
  };

  it('succeeded → the next step starts', () => {
    expect(goesOn(act('a'), (world) => world.succeed('run/a'))).toBe(true);
  });
  it('skipped → the next step starts', () => expect(goesOn(act('a', { if: 'false' }), () => {})).toBe(true));
  it('failed → it does not', () => expect(goesOn(act('a'), (world) => world.fail('run/a'))).toBe(false));
  it('failed with continue → it does, and the status stays failed', () => {
    const lived = act('a', { onError: { steps: [], then: 'continue' } });
    expect(goesOn(lived, (world) => expect(world.fail('run/a').status('run/a')).toBe('failed'))).toBe(true);
  });
  it('denied with on_denied: continue → it does', () => {
    const asked = act('a', { approval: someApproval, onDenied: 'continue' });
    expect(goesOn(asked, (world) => world.deny('run/a'))).toBe(true);
  });
  it.each([
    ['approval/denied', someApproval, undefined],
    ['guard/denied', null, () => 'denied' as const],
  ])('denied with on_denied: fail → failure %s, through on_error', (code, approval, guard) => {
    const handler = { ...notice('e'), if: 'true' };
    const asked = act('a', { approval, onDenied: 'fail', onError: { steps: [handler], then: 'fail' } });
    const answers = guard === undefined ? {} : { guard };
    const world = new World(planOf([asked]), { answers }).start();
    if (approval !== null) world.deny('run/a');
    expect(world.step('run/a')).toMatchObject({ status: 'failed', failure: { code } });
    expect(world.step('run/e')?.startedAtMs).not.toBeNull();
  });
  it('terminal states never change: a late outcome is written down only', () => {
    const world = new World(planOf([act('a'), act('b')])).start().succeed('run/a').fail('run/a');
    expect(world.status('run/a')).toBe('succeeded');
    expect(world.wrote('run.event-ignored')).toMatchObject([{ step: 'run/a' }]);
  });
});

describe('error propagation', () => {
  it('fail hands the failure to the enclosing block, where on_error is asked again', () => {
    const block = step('if', 'if#1', {
      if: 'true',
      then: [act('a')],
      else: null,
      onError: { steps: [], then: 'continue' },
    });
    const world = new World(planOf([block, act('next')])).start().fail('run/a', 'gone');
    expect(world.step('run/if#1')).toMatchObject({ status: 'failed', failure: { code: 'gone' } });
    expect(world.performed()).toEqual(['run/a', 'run/next']);
  });
});

describe('limits', () => {
  it('a run that writes more entries than it may fails with a clear code, and still ends in order', () => {
    const plan = planOf([act('a', { approval: someApproval })], { finally: [notice('z')] });
    const run = play(plan);
    run.send({ type: 'run.started' });
    const full = { ...run.snapshot, context: { ...run.snapshot.context, entries: entriesMax } };
    const next = play(plan, { snapshot: full });
    next.send({
      type: 'deadline.passed',
      ref: 'run/a',
      deadline: 'escalation',
      seq: 100,
      claimed: false,
    });
    expect(next.last.entries.map((entry) => entry.code)).toContain('run/too-many-entries');
    expect(next.status('a')).toBe('cancelled');
    expect(next.snapshot.context.ending?.outcome).toBe('failed');
    next.send({ type: 'action.succeeded', ref: 'run/z', attempt: 1, outputs: {}, changed: null });
    expect(next.last.commands.at(-1)).toMatchObject({ kind: 'finish-run', outcome: 'failed' });
  });
});
