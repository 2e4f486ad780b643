import { describe, expect, it } from 'vitest';
import type { PlanStep } from '../../engine/core/contracts/plan.ts';
import { actionStep, foreachStep, planOf, play, repeatStep, step } from './build-plan.ts';
import { World } from './play-world.ts';

/* Language reference 9.10, as far as it shows when a run goes; the rest is refused by the compiler. */

const read = (id: string, change: Parameters<typeof actionStep>[1] = {}) =>
  actionStep(id, { class: 'read', ...change });
const inner = (body: string, id: string, expr: string): PlanStep =>
  read(id, { path: `run/${body}/${id}`, with: { host_id: { t: 'expr', expr } } });
const targets = (world: World) =>
  world.ordered('enqueue-attempt').map((each) => each.rendered.arguments.host_id);

it('S2: a body sees its own earlier steps, what stands outside, and its loop variable', () => {
  const body = [
    inner('each', 'first', 'steps.asset.outputs.role + "/" + host'),
    inner('each', 'second', 'steps.first.outputs.name + "/" + string(index)'),
  ];
  const world = new World(planOf([read('asset'), foreachStep('each', body, { list: '["H1"]' })])).start();
  world.succeed('run/asset', { role: 'server' });
  world.succeed('run/each[H1]/first', { name: 'DB-1' });
  expect(targets(world)).toEqual(['H17', 'server/H1', 'DB-1/0']);
});

it('S2: a loop in a loop sees the variables of both', () => {
  const deep = foreachStep('each/deep', [inner('each/deep', 'it', 'outer + "/" + host')], { list: '["H2"]' });
  const outer = foreachStep('each', [deep], { list: '["H1"]', as: 'outer', key: 'outer' });
  expect(targets(new World(planOf([outer])).start())).toEqual(['H1/H2']);
});

it('each round sees nothing of the rounds before it', () => {
  const body = [inner('again', 'check', 'has(steps.check.outputs.done) ? "seen" : "fresh"')];
  const world = new World(planOf([repeatStep('again', body, { until: 'false', everyMs: 0 })])).start();
  world.succeed('run/again#1/check', { done: true });
  expect(targets(world)).toEqual(['fresh', 'fresh']);
});

it('S4: after the join the steps of all branches are visible, and how each branch ended', () => {
  const branches = [
    { name: 'x', steps: [read('a')] },
    { name: 'y', steps: [read('b')] },
  ];
  const expr = 'steps.a.outputs.n + steps.b.outputs.n + steps.both.branches.y.status';
  const last = read('last', { with: { host_id: { t: 'expr', expr } } });
  const world = new World(planOf([step('parallel', 'both', { branches, join: 'all' }), last])).start();
  world.succeed('run/a', { n: '1' }).succeed('run/b', { n: '2' });
  expect(targets(world).at(-1)).toBe('12succeeded');
});

describe('set', () => {
  const vars = [
    { name: 'one', value: { t: 'literal' as const, value: 'old' } },
    { name: 'two', value: { t: 'literal' as const, value: 'older' } },
  ];

  it('evaluates all values first, then assigns: two variables can change places', () => {
    const swap = step('set', 'swap', {
      values: { one: { t: 'expr', expr: 'vars.two' }, two: { t: 'expr', expr: 'vars.one' } },
    });
    const run = play(planOf([swap], { vars }));
    run.send({ type: 'run.started' });
    expect(run.snapshot.context.vars).toEqual({ one: 'older', two: 'old' });
  });

  it('that fails in one value assigns none', () => {
    const broken = step('set', 'broken', {
      values: { one: { t: 'literal', value: 'new' }, two: { t: 'expr', expr: 'inputs.missing' } },
    });
    const run = play(planOf([broken], { vars }));
    run.send({ type: 'run.started' });
    expect(run.status('broken')).toBe('failed');
    expect(run.snapshot.context.vars).toEqual({ one: 'old', two: 'older' });
  });
});

it('S9: what a step read is frozen: a later attempt does the same thing, whatever has changed since', () => {
  const action = actionStep('a', { with: { host_id: { t: 'expr', expr: 'string(now())' } } });
  const world = new World(planOf([action])).start();
  world.send({
    type: 'action.failed',
    ref: 'run/a',
    attempt: 1,
    failure: { code: 'unavailable', kind: 'retryable', message: 'down' },
  });
  world.nowMs += 60_000;
  world.pass('run/a', 'delay');
  const [first, second] = world.ordered('enqueue-attempt');
  expect(second?.number).toBe(2);
  expect(second?.rendered).toEqual(first?.rendered);
});
