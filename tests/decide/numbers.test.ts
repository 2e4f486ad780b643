import { describe, expect, it } from 'vitest';
import type { Plan, PlanStep } from '../../engine/core/contracts/plan.ts';
import type { Template } from '../../engine/core/contracts/template.ts';
import type { JsonObject } from '../../schemas/json.ts';
import { actionStep, foreachStep, planOf, repeatStep, someApproval, step, waitStep } from './build-plan.ts';
import { World } from './play-world.ts';

/* Language reference 7.4: a value whose schema says `number` is double, also when it happens to be whole. */

const expr = (text: string): Template => ({ t: 'expr', expr: text });
const input = (name: string, schema: JsonObject) => ({
  name,
  schema,
  required: true,
  default: null,
  from: {},
});
const inputs = [
  input('host_id', { type: 'string' }),
  input('score', { type: 'number' }),
  input('count', { type: 'integer' }),
  input('scores', { type: 'array', items: { type: 'number' } }),
];
const given = {
  given: { inputs: { host_id: 'H1', score: 1, count: 1, scores: [1] }, alert: { confidence: 1 } },
};

const base = actionStep('rate', { class: 'read' });
const rated: JsonObject = {
  type: 'object',
  properties: { risk: { type: 'number' }, rank: { type: 'integer' } },
};
const rate = (id: string) =>
  actionStep(id, {
    class: 'read',
    path: `run/${id}`,
    action: { ...base.action, class: 'read', output: rated },
  });
const leaf = (id: string) => id.slice(id.lastIndexOf('/') + 1);
const inside = (id: string, step: typeof base): PlanStep => ({ ...step, id: leaf(id) });
const show = (id: string, text: string) =>
  inside(id, actionStep(id, { class: 'read', path: `run/${id}`, with: { host_id: expr(text) } }));
const shown = (world: World) =>
  world
    .ordered('enqueue-attempt')
    .map((each) => each.rendered.arguments.host_id)
    .at(-1);

const play = (steps: PlanStep[], change: Partial<Plan> = {}) =>
  new World(planOf(steps, { inputs, ...change }), given).start();

describe('an argument', () => {
  it.each([
    ['alert.confidence / 2', '0.5'],
    ['inputs.score / 2', '0.5'],
    ['inputs.scores[0] / 2', '0.5'],
    ['inputs.scores.map(x, x / 2)[0]', '0.5'],
    ['inputs.count / 2', '0'],
    ['vars.half / 4', '0.25'],
    ['vars.unknown / 2', '0'],
    ['steps.rate.outputs.risk / 2', '1.5'],
    ['steps.rate.outputs.rank / 2', '1'],
    ['steps.rate.outputs.other / 2', '1'],
  ])('%s is %s', (text, value) => {
    const vars = [
      { name: 'half', value: expr('inputs.score') },
      { name: 'unknown', value: expr('dyn(inputs.count)') },
    ];
    const world = play([rate('rate'), show('show', `string(${text})`)], { vars });
    world.succeed('run/rate', { risk: 3, rank: 3, other: 3 });
    expect(shown(world)).toBe(value);
  });
});

it('a condition', () => {
  const world = play([
    { ...show('show', '"asked"'), if: 'alert.confidence / 2 > 0.4 && inputs.score / 2 > 0.4' },
  ]);
  expect(shown(world)).toBe('asked');
});

it('a variable that a set may give another type stays what it is', () => {
  const assign = step('set', 'assign', { values: { n: expr('inputs.count') } });
  const world = play([assign, show('show', 'string(vars.n / 2)')], {
    vars: [{ name: 'n', value: expr('inputs.score') }],
  });
  expect(shown(world)).toBe('0');
});

it('the signal of a wait, while it is waited for and after', () => {
  const news = waitStep('news', {
    for: 'signal',
    type: 'alert.updated',
    match: 'signal.alert.confidence / 2 > 0.4 && inputs.score / 2 > 0.4',
    key: null,
    timeoutMs: 1_000,
    onTimeout: 'fail',
  });
  const world = play([news, show('show', 'string(steps.news.outputs.signal.alert.confidence / 2)')]);
  const signal = { alert: { confidence: 1 } };
  world.send({ type: 'signal.arrived', ref: 'run/news', signalId: 'sig_1', signal });
  expect(shown(world)).toBe('0.5');
});

it('the element of a loop, in its key and in its body, and the steps around it', () => {
  const deep = foreachStep(
    'each/deep',
    [show('each/deep/show', 'string(one / 2 + two / 2 + steps.rate.outputs.risk / 2)')],
    {
      list: '[one]',
      as: 'two',
      key: 'string(two / 2)',
    },
  );
  const each = foreachStep('each', [deep], { list: 'inputs.scores', as: 'one', key: 'string(one / 4)' });
  const world = play([rate('rate'), each]).succeed('run/rate', { risk: 1 });
  expect(world.performed().at(-1)).toBe('run/each[0.25]/deep[0.5]/show');
  expect(shown(world)).toBe('1.5');
});

it('what a round found out', () => {
  const check = inside('again/check', rate('again/check'));
  const again = repeatStep('again', [check], { until: 'steps.check.outputs.risk / 2 > 0.4' });
  const world = play([again, show('show', 'string(steps.again.outputs.last.check.risk / 2)')]);
  world.succeed('run/again#1/check', { risk: 1 });
  expect(shown(world)).toBe('0.5');
});

it('a guard and what an approver is shown', () => {
  const guard = (denyIf: string) => ({
    guards: [{ id: 'g', appliesTo: ['contain'], denyIf, limit: null, message: 'Too sure' }],
  });
  expect(play([actionStep('isolate')], guard('inputs.score / 2 > 0.4')).status('run/isolate')).toBe('denied');
  expect(play([actionStep('isolate')], guard('alert.confidence / 2 > 0.4')).status('run/isolate')).toBe(
    'denied',
  );
  const evidence = [{ label: 'Half', value: expr('inputs.score / 2') }];
  const world = play([
    actionStep('isolate', { approval: { ...someApproval, when: 'inputs.score / 2 > 0.4', evidence } }),
  ]);
  expect(world.ordered('request-approval')).toMatchObject([
    { request: { card: { evidence: [{ label: 'Half', value: '0.5' }] } } },
  ]);
});
