import { describe, expect, it } from 'vitest';
import type { Plan, PlanStep } from '../../engine/core/contracts/plan.ts';
import type { Snapshot } from '../../engine/core/run/context.ts';
import { initialSnapshot } from '../../engine/core/run/decide.ts';
import { restartFrom } from '../../engine/core/run/restart.ts';
import type { RunId } from '../../schemas/ids.ts';
import { actionStep, foreachStep, planOf, runScope, someApproval, step } from './build-plan.ts';
import { World } from './play-world.ts';

/* Language reference 9.11; decision record 0011, "A restarted step is a new run". */

const act = (id: string, change: Parameters<typeof actionStep>[1] = {}) =>
  actionStep(id, { with: { host_id: { t: 'literal', value: id } }, ...change });

function restart(plan: Plan, ended: World, path: string) {
  const snapshot = ended.scopes.get('run')?.snapshot as Snapshot;
  return restartFrom(plan, snapshot, initialSnapshot(plan, runScope), path, {});
}

function restarted(plan: Plan, ended: World, path: string): World {
  const result = restart(plan, ended, path);
  if (!result.ok) throw new Error(result.message);
  const given = { runId: 'run_2' as RunId, generations: result.generations };
  return new World(plan, { given, snapshot: result.snapshot }).start();
}

function refusal(steps: PlanStep[], play: (world: World) => void, path: string): string {
  const plan = planOf(steps);
  const world = new World(plan).start();
  play(world);
  const result = restart(plan, world, path);
  return result.ok ? 'restarted' : `${result.code} ${result.message}`;
}

describe('a restarted step', () => {
  it('runs again in a new run; what ended well before is walked over without entries and effects', () => {
    const plan = planOf([act('a'), act('b'), act('c')]);
    const ended = new World(plan).start().succeed('run/a', { n: 1 }).fail('run/b');
    const world = restarted(plan, ended, 'run/b');
    expect(world.performed()).toEqual(['run/b']);
    expect(world.entries.map((entry) => entry.type)).toEqual([
      'run.started',
      'action.rendered',
      'action.attempted',
    ]);
    expect(world.step('run/a')).toMatchObject({ status: 'succeeded', outputs: { n: 1 } });
    world.succeed('run/b').succeed('run/c');
    expect(world.outcome).toBe('succeeded');
  });

  it('has another action key: it is another effect', () => {
    const plan = planOf([act('a')]);
    const ended = new World(plan).start().fail('run/a');
    const world = restarted(plan, ended, 'run/a');
    const rendered = world.ordered('enqueue-attempt')[0]?.rendered;
    expect(rendered?.generation).toBe(1);
    expect(rendered?.actionKey).not.toBe(ended.ordered('enqueue-attempt')[0]?.rendered.actionKey);
  });

  it('that was denied asks again', () => {
    const plan = planOf([act('a', { approval: someApproval })]);
    const world = restarted(plan, new World(plan).start().deny('run/a'), 'run/a');
    expect(world.ordered('request-approval')).toHaveLength(1);
    world.grant('run/a').succeed('run/a');
    expect(world.outcome).toBe('succeeded');
  });

  it('sees the outputs of what was kept', () => {
    const plan = planOf([
      act('a'),
      act('b', { with: { host_id: { t: 'expr', expr: 'steps.a.outputs.host' } } }),
    ]);
    const ended = new World(plan).start().succeed('run/a', { host: 'H9' }).fail('run/b');
    expect(restarted(plan, ended, 'run/b').ordered('enqueue-attempt')[0]?.rendered.target?.id).toBe('H9');
  });

  it('sees the variables as they were set before it, not as later blocks left them', () => {
    const set = (id: string, value: string) => step('set', id, { values: { said: { t: 'literal', value } } });
    const plan = planOf(
      [set('set#1', 'before'), act('b', { with: { host_id: { t: 'expr', expr: 'vars.said' } } })],
      {
        vars: [{ name: 'said', value: { t: 'literal', value: 'first' } }],
        finally: [set('set#2', 'after')],
      },
    );
    const ended = new World(plan).start().fail('run/b');
    expect(restarted(plan, ended, 'run/b').ordered('enqueue-attempt')[0]?.rendered.target?.id).toBe('before');
  });

  it('inside a block enters the block again, on the way it went, whatever its condition says now', () => {
    const block = step('if', 'if#1', {
      if: 'string(now()) < "1970-01-01T00:00:02Z"',
      then: [act('a'), act('b')],
      else: [act('x')],
    });
    const plan = planOf([block]);
    const ended = new World(plan).start().succeed('run/a').fail('run/b');
    const result = restart(plan, ended, 'run/b');
    if (!result.ok) throw new Error(result.message);
    const world = new World(plan, { given: { runId: 'run_2' as RunId }, snapshot: result.snapshot });
    world.nowMs = 90_000;
    world.start();
    expect(world.performed()).toEqual(['run/b']);
  });

  it('in a parallel leaves the branches that ended well, and runs those again that did not', () => {
    const both = step('parallel', 'both', {
      branches: [
        { name: 'x', steps: [act('a')] },
        { name: 'y', steps: [act('b')] },
        { name: 'z', steps: [act('c'), act('d')] },
      ],
      join: 'all',
    });
    const plan = planOf([both]);
    const ended = new World(plan).start().succeed('run/a').fail('run/b').succeed('run/c');
    const world = restarted(plan, ended, 'run/b');
    expect(world.performed().toSorted()).toEqual(['run/b', 'run/d']);
    world.succeed('run/b').succeed('run/d');
    expect(world.step('run/both')?.branches).toEqual({
      x: { status: 'succeeded' },
      y: { status: 'succeeded' },
      z: { status: 'succeeded' },
    });
    expect(world.outcome).toBe('succeeded');
  });

  it('a failure that the playbook lived with is kept, and its handler does not run again', () => {
    const lived = act('a', { onError: { steps: [act('h')], then: 'continue' } });
    const plan = planOf([lived, act('b')]);
    const ended = new World(plan).start().fail('run/a').succeed('run/h').fail('run/b');
    expect(restarted(plan, ended, 'run/b').performed()).toEqual(['run/b']);
  });

  it('its own handler starts from nothing', () => {
    const handled = act('a', { onError: { steps: [act('h')], then: 'fail' } });
    const plan = planOf([handled]);
    const ended = new World(plan).start().fail('run/a').succeed('run/h');
    const world = restarted(plan, ended, 'run/a').fail('run/a');
    expect(world.performed()).toEqual(['run/a', 'run/h']);
  });

  it('that a gate covered asks for itself: the yes was given to another run', () => {
    const gate = step('approval', 'gate', { approval: someApproval, covers: ['run/a'] });
    const plan = planOf([gate, act('a')]);
    const ended = new World(plan).start().grant('run/gate').fail('run/a');
    const world = restarted(plan, ended, 'run/a');
    expect(world.performed()).toEqual([]);
    expect(world.ordered('request-approval').map((command) => command.ref)).toEqual(['run/a']);
  });

  it('that is a loop begins with all its items', () => {
    const inner = actionStep('i', { path: 'run/sweep/i', with: { host_id: { t: 'expr', expr: 'host' } } });
    const plan = planOf([foreachStep('sweep', [inner], { list: '["m", "n"]', onItemError: 'stop' })]);
    const ended = new World(plan).start().succeed('run/sweep[m]/i').fail('run/sweep[n]/i');
    expect(restarted(plan, ended, 'run/sweep').performed()).toEqual(['run/sweep[m]/i']);
  });
});

describe('a restart that was cancelled', () => {
  const plan = planOf([act('a'), act('b', { approval: someApproval }), act('c', { approval: someApproval })]);
  const chain = (ended: World, path: string, generations: { [step: string]: number } = { 'run/b': 1 }) => {
    const snapshot = ended.scopes.get('run')?.snapshot as Snapshot;
    return restartFrom(plan, snapshot, initialSnapshot(plan, runScope), path, generations);
  };
  const again = () => restarted(plan, new World(plan).start().succeed('run/a').deny('run/b'), 'run/b');

  it('before its step had ended is restarted there, and what had ended well stays done', () => {
    const cancelled = again().cancel();
    expect(cancelled.outcome).toBe('cancelled');
    const result = chain(cancelled, 'run/b');
    if (!result.ok) throw new Error(result.message);
    expect(result.generations).toEqual({ 'run/b': 2 });
    const given = { runId: 'run_3' as RunId, generations: result.generations };
    const world = new World(plan, { given, snapshot: result.snapshot }).start().grant('run/b');
    world.succeed('run/b').grant('run/c').succeed('run/c');
    expect(world.performed()).toEqual(['run/b', 'run/c']);
    expect(world.outcome).toBe('succeeded');
  });

  it('after its step had ended well is a cancelled run like any other', () => {
    const cancelled = again().grant('run/b').succeed('run/b').cancel();
    expect(cancelled.outcome).toBe('cancelled');
    expect(chain(cancelled, 'run/b')).toMatchObject({
      ok: false,
      message: expect.stringContaining('succeeded'),
    });
  });

  it('takes no step up that it was not restarted at', () => {
    expect(chain(again().cancel(), 'run/c')).toMatchObject({ ok: false });
    expect(chain(new World(plan).start().succeed('run/a').cancel(), 'run/b', {})).toMatchObject({
      ok: false,
    });
  });
});

describe('what cannot be restarted says why', () => {
  const inner = actionStep('i', { path: 'run/sweep/i' });
  it.each<[string, PlanStep[], (world: World) => void, string, RegExp]>([
    [
      'a step inside an item',
      [foreachStep('sweep', [inner], { list: '["m"]', key: 'host' })],
      (world) => world.fail('run/sweep[m]/i'),
      'run/sweep[m]/i',
      /Restart the loop itself/,
    ],
    [
      'a step of a handler',
      [act('a', { onError: { steps: [act('h')], then: 'fail' } })],
      (world) => world.fail('run/a').fail('run/h'),
      'run/h',
      /restart the step that it was run for/,
    ],
    ['a step that succeeded', [act('a')], (world) => world.succeed('run/a'), 'run/a', /is succeeded; only/],
    [
      'a step that was never reached',
      [act('a'), act('b')],
      (world) => world.fail('run/a'),
      'run/b',
      /is pending; only/,
    ],
    ['no step at all', [act('a')], (world) => world.fail('run/a'), 'run/x', /is not a step of this run/],
  ])('%s', (_what, steps, play, path, why) => {
    const said = refusal(steps, play, path);
    expect(said).toMatch(/^run\/not-restartable /);
    expect(said).toMatch(why);
  });
});

describe('what a restarted run walks over', () => {
  it('a variable that was set inside a block has its value', () => {
    const set = step('set', 'set#1', { values: { said: { t: 'literal', value: 'inner' } } });
    const block = step('if', 'if#1', {
      if: 'true',
      then: [{ ...set, path: 'run/if#1/set#1' } as typeof set],
      else: null,
    });
    const plan = planOf([block, act('b', { with: { host_id: { t: 'expr', expr: 'vars.said' } } })], {
      vars: [{ name: 'said', value: { t: 'literal', value: 'first' } }],
    });
    const ended = new World(plan).start().fail('run/b');
    expect(ended.ordered('enqueue-attempt')[0]?.rendered.target?.id).toBe('inner');
    expect(restarted(plan, ended, 'run/b').ordered('enqueue-attempt')[0]?.rendered.target?.id).toBe('inner');
  });
  it('is no stop: the same no leads to it again', () => {
    const gate = step('approval', 'ok', { approval: someApproval, covers: [], onDenied: 'continue' });
    const stop = step('stop', 'stop#1', { outcome: 'denied', reason: { t: 'literal', value: 'no' } });
    const block = step('if', 'if#1', { if: 'steps.ok.status == "denied"', then: [stop], else: null });
    const plan = planOf([gate, block, act('wipe')]);
    const ended = new World(plan).start().deny('run/ok');
    expect(ended.outcome).toBe('denied');
    const world = restarted(plan, ended, 'run/ok').deny('run/ok');
    expect(world.performed()).toEqual([]);
    expect(world.outcome).toBe('denied');
  });
  it('is nothing that was skipped behind the step: what a no kept from happening happens after a yes', () => {
    const gate = step('approval', 'ok', { approval: someApproval, covers: [], onDenied: 'continue' });
    const stop = step('stop', 'stop#1', {
      outcome: 'denied',
      reason: { t: 'literal', value: 'no' },
      if: 'steps.ok.status == "denied"',
    });
    const plan = planOf([gate, act('wipe', { if: 'steps.ok.status == "succeeded"' }), stop]);
    const ended = new World(plan).start().deny('run/ok');
    expect(ended.outcome).toBe('denied');
    const world = restarted(plan, ended, 'run/ok').grant('run/ok');
    expect(world.performed()).toEqual(['run/wipe']);
    expect(world.outcome).toBe(null);
  });
});
