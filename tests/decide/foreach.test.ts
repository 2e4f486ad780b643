import { describe, expect, it } from 'vitest';
import { decideLoop, initialLoop } from '../../engine/core/run/decide-loop.ts';
import { actionStep, foreachStep, planOf, repeatStep, someApproval, step } from './build-plan.ts';
import { World } from './play-world.ts';

/* Language reference 9.5, table "foreach"; 5, rule 7. */

const isolate = (change: Parameters<typeof actionStep>[1] = {}) =>
  actionStep('isolate', {
    path: 'run/sweep/isolate',
    with: { host_id: { t: 'expr', expr: 'host' } },
    ...change,
  });

const hosts = (...names: string[]) => ({ given: { inputs: { hosts: names } } });
const at = (key: string) => `run/sweep[${key}]/isolate`;
const summaryOf = (world: World) => world.step('run/sweep')?.outputs.summary;
const counts = (change: object) => ({
  total: 0,
  succeeded: 0,
  failed: 0,
  denied: 0,
  skipped: 0,
  cancelled: 0,
  ...change,
});

describe('foreach, list', () => {
  it('starts up to max_parallel items in list order, and each end starts the next', () => {
    const world = new World(
      planOf([foreachStep('sweep', [isolate()], { maxParallel: 2 })]),
      hosts('a', 'b', 'c'),
    );
    world.start();
    expect(world.performed()).toEqual([at('a'), at('b')]);
    world.succeed(at('b'));
    expect(world.performed()).toEqual([at('a'), at('b'), at('c')]);
    world.succeed(at('c')).succeed(at('a'));
    expect(summaryOf(world)).toEqual(counts({ total: 3, succeeded: 3 }));
    expect(world.outcome).toBe('succeeded');
  });

  it('with more than max_items fails run/too-many-items before any item starts', () => {
    const world = new World(planOf([foreachStep('sweep', [isolate()], { maxItems: 1 })]), hosts('a', 'b'));
    world.start();
    expect(world.step('run/sweep')?.failure?.code).toBe('run/too-many-items');
    expect(world.performed()).toEqual([]);
    expect(world.scopes.size).toBe(1);
  });

  it('of more than 5,000 fails whatever max_items says', () => {
    const many = Array.from({ length: 5_001 }, (_, index) => `h${index}`);
    const world = new World(
      planOf([foreachStep('sweep', [isolate()], { maxItems: 9_000 })]),
      hosts(...many),
    ).start();
    expect(world.step('run/sweep')?.failure?.code).toBe('run/too-many-items');
  });

  it('with duplicate keys fails run/duplicate-item-key', () => {
    const world = new World(planOf([foreachStep('sweep', [isolate()])]), hosts('a', 'b', 'a')).start();
    expect(world.step('run/sweep')?.failure?.code).toBe('run/duplicate-item-key');
    expect(world.performed()).toEqual([]);
  });

  it('that is empty succeeds without a scope', () => {
    const sweep = foreachStep('sweep', [isolate()], {
      collect: { t: 'expr', expr: 'host' },
      readsItems: true,
    });
    const world = new World(planOf([sweep]), hosts()).start();
    expect(world.step('run/sweep')?.outputs).toEqual({ summary: counts({}), collected: [], items: [] });
    expect(world.outcome).toBe('succeeded');
  });

  it.each([
    ['a list that cannot be evaluated', { list: 'inputs.missing' }],
    ['what is no list', { list: '"host"' }],
    ['a key that cannot be evaluated', { key: 'host.id' }],
    ['a key that is neither text nor number', { key: '[host]' }],
  ])('%s fails run/expression-failed', (_what, change) => {
    const world = new World(planOf([foreachStep('sweep', [isolate()], change)]), hosts('a')).start();
    expect(world.step('run/sweep')?.failure?.code).toBe('run/expression-failed');
    expect(world.outcome).toBe('failed');
  });

  it('without key takes the index as the key', () => {
    const world = new World(
      planOf([foreachStep('sweep', [isolate()], { key: null })]),
      hosts('a', 'b'),
    ).start();
    expect(world.performed()).toEqual([at('0')]);
  });

  it('keeps a key that would break a path out of the path', () => {
    const world = new World(planOf([foreachStep('sweep', [isolate()])]), hosts('a/b]#1', 'c')).start();
    expect(world.performed()).toEqual([at('a%2Fb%5D%231')]);
    world.succeed(at('a%2Fb%5D%231'));
    expect(world.performed()).toEqual([at('a%2Fb%5D%231'), at('c')]);
  });
});

describe('foreach, on_item_error', () => {
  it('continue: succeeds when at least one item succeeded', () => {
    const world = new World(planOf([foreachStep('sweep', [isolate()])]), hosts('a', 'b')).start();
    world.fail(at('a')).succeed(at('b'));
    expect(summaryOf(world)).toEqual(counts({ total: 2, succeeded: 1, failed: 1 }));
    expect(world.status('run/sweep')).toBe('succeeded');
  });

  it('continue: fails with the first failure in list order when no item succeeded', () => {
    const sweep = foreachStep('sweep', [isolate()], { maxParallel: 2 });
    const world = new World(planOf([sweep]), hosts('a', 'b')).start();
    world.fail(at('b'), 'gone').fail(at('a'), 'forbidden');
    expect(world.step('run/sweep')?.failure).toMatchObject({
      code: 'forbidden',
      cause: { code: 'forbidden' },
      message: '2 of 2 items failed; the first was "a" at isolate: forbidden happened',
    });
    expect(summaryOf(world)).toEqual(counts({ total: 2, failed: 2 }));
    expect(world.outcome).toBe('failed');
  });

  it('stop: lets running items end, starts no new one, then fails', () => {
    const sweep = foreachStep('sweep', [isolate()], { maxParallel: 2, onItemError: 'stop' });
    const world = new World(planOf([sweep]), hosts('a', 'b', 'c', 'd')).start();
    world.fail(at('a'));
    expect(world.status('run/sweep')).toBe('active');
    expect(world.performed()).toEqual([at('a'), at('b')]);
    world.succeed(at('b'));
    expect(world.status('run/sweep')).toBe('failed');
    expect(summaryOf(world)).toEqual(counts({ total: 4, succeeded: 1, failed: 1, skipped: 2 }));
  });

  it('a failure that an item lives with is no failure of the item', () => {
    const inner = isolate({ onError: { steps: [], then: 'continue' } });
    const world = new World(planOf([foreachStep('sweep', [inner])]), hosts('a')).start();
    world.fail(at('a'));
    expect(summaryOf(world)).toEqual(counts({ total: 1, succeeded: 1 }));
  });
});

describe('foreach, denied inside an item', () => {
  it('ends that item as denied; the loop goes on and counts it', () => {
    const sweep = foreachStep('sweep', [isolate({ approval: someApproval })]);
    const world = new World(planOf([sweep]), hosts('a', 'b')).start();
    world.deny(at('a'));
    expect(world.scopes.get('run/sweep[a]')?.result?.status).toBe('denied');
    world.grant(at('b')).succeed(at('b'));
    expect(summaryOf(world)).toEqual(counts({ total: 2, succeeded: 1, denied: 1 }));
    expect(world.outcome).toBe('succeeded');
  });

  it('does not stop a loop that stops at errors', () => {
    const sweep = foreachStep('sweep', [isolate({ approval: someApproval })], { onItemError: 'stop' });
    const world = new World(planOf([sweep]), hosts('a', 'b')).start();
    world.deny(at('a')).grant(at('b')).succeed(at('b'));
    expect(world.status('run/sweep')).toBe('succeeded');
  });

  it('of every item fails the step, because nothing was done', () => {
    const sweep = foreachStep('sweep', [isolate({ approval: someApproval })]);
    const world = new World(planOf([sweep]), hosts('a')).start();
    world.deny(at('a'));
    expect(world.step('run/sweep')?.failure?.code).toBe('approval/denied');
    expect(world.outcome).toBe('failed');
  });
});

describe('foreach, approval', () => {
  const asked = (change = {}) => foreachStep('sweep', [isolate()], { approval: someApproval, ...change });

  it('asks once, before the first item, with the sorted list of keys', () => {
    const world = new World(planOf([asked()]), hosts('b', 'a')).start();
    const [question] = world.ordered('request-approval');
    expect(question).toMatchObject({ ref: 'run/sweep', request: { askNumber: 1, approvers: ['group:soc'] } });
    expect(question?.request.plan).toMatchObject({
      step_id: 'run/sweep',
      targets: [
        { type: 'item', id: 'a' },
        { type: 'item', id: 'b' },
      ],
    });
    expect(world.scopes.size).toBe(1);
    expect(world.live()).toBe('waiting');
    world.grant('run/sweep');
    expect(world.performed()).toEqual([at('b')]);
    world.succeed(at('b')).succeed(at('a'));
    expect(world.ordered('request-approval')).toHaveLength(1);
    expect(world.ordered('end-approval')).toEqual([
      { kind: 'end-approval', ref: 'run/sweep', outcome: 'consumed' },
    ]);
    expect(world.outcome).toBe('succeeded');
  });

  it('another list, or other elements under the same keys, have another digest', () => {
    const digest = (list: object[]) => {
      const plan = planOf([asked({ list: 'inputs.list', key: 'host.id' })]);
      const world = new World(plan, { given: { inputs: { list: list as never } } }).start();
      return world.ordered('request-approval')[0]?.request.digest;
    };
    const first = digest([{ id: 'a', at: 1 }]);
    expect(digest([{ id: 'a', at: 1 }])).toBe(first);
    expect(digest([{ id: 'a', at: 2 }])).not.toBe(first);
    expect(digest([{ id: 'b', at: 1 }])).not.toBe(first);
  });

  it.each([
    ['denied', (world: World) => world.deny('run/sweep')],
    ['expired', (world: World) => world.pass('run/sweep', 'expiry')],
  ])('that is %s ends the run as denied and starts no item', (_what, answer) => {
    const world = new World(planOf([asked()]), hosts('a')).start();
    answer(world);
    expect(world.status('run/sweep')).toBe('denied');
    expect(world.outcome).toBe('denied');
    expect(world.performed()).toEqual([]);
  });

  it('with on_denied: continue lets the run go on', () => {
    const world = new World(planOf([asked({ onDenied: 'continue' }), actionStep('after')]), {
      given: { inputs: { hosts: ['a'], host_id: 'H1' } },
    }).start();
    world.deny('run/sweep');
    expect(world.performed()).toEqual(['run/after']);
  });

  it('the list is evaluated once: what was approved is what is done', () => {
    const sweep = asked({ list: '[string(now())]' });
    const world = new World(planOf([sweep])).start();
    world.nowMs = 60_000;
    world.grant('run/sweep');
    expect(world.ordered('enqueue-attempt')[0]?.rendered.target?.id).toBe('1970-01-01T00:00:01.000Z');
  });

  it('a yes to the list counts for the items: they name who said it, and do not ask in mode ask', () => {
    const world = new World(planOf([asked()], { mode: 'ask' }), hosts('a')).start();
    world.grant('run/sweep');
    expect(world.step(at('a'))?.approval).toMatchObject({ outcome: 'granted', by: ['per_1'] });
    expect(world.performed()).toEqual([at('a')]);
  });

  it('an item with an approval of its own still asks', () => {
    const sweep = foreachStep('sweep', [isolate({ approval: someApproval })], { approval: someApproval });
    const world = new World(planOf([sweep]), hosts('a')).start();
    world.grant('run/sweep');
    expect(world.performed()).toEqual([]);
    expect(world.ordered('request-approval').map((command) => command.ref)).toEqual(['run/sweep', at('a')]);
  });

  it('mode ask asks about the list although the playbook does not, mode audit asks nobody', () => {
    const sweep = foreachStep('sweep', [isolate()]);
    const ask = new World(planOf([sweep], { mode: 'ask' }), hosts('a')).start();
    expect(ask.ordered('request-approval').map((command) => command.ref)).toEqual(['run/sweep']);
    const audit = new World(planOf([asked()], { mode: 'audit' }), hosts('a')).start();
    expect(audit.ordered('request-approval')).toEqual([]);
    expect(audit.wrote('approval.not-asked')[0]).toMatchObject({ step: 'run/sweep', simulated: true });
    expect(audit.performed()).toEqual([]);
    expect(audit.outcome).toBe('succeeded');
  });

  it('a cancelled run cancels the question', () => {
    const world = new World(planOf([asked()]), hosts('a')).start().cancel();
    expect(world.status('run/sweep')).toBe('cancelled');
    expect(world.outcome).toBe('cancelled');
  });
});

describe('foreach, results', () => {
  it('collect is evaluated per item in its scope, in list order, and null where an item did not succeed', () => {
    const sweep = foreachStep('sweep', [isolate()], {
      collect: { t: 'expr', expr: 'steps.isolate.outputs.state + string(index)' },
      maxParallel: 3,
    });
    const world = new World(planOf([sweep]), hosts('a', 'b', 'c')).start();
    world.succeed(at('c'), { state: 'x' }).fail(at('b')).succeed(at('a'), { state: 'y' });
    expect(world.step('run/sweep')?.outputs.collected).toEqual(['y0', null, 'x2']);
  });

  it('a collect that cannot be evaluated fails its item', () => {
    const sweep = foreachStep('sweep', [isolate()], {
      collect: { t: 'expr', expr: 'steps.isolate.outputs.nothing' },
    });
    const world = new World(planOf([sweep]), hosts('a')).start();
    world.succeed(at('a'));
    expect(world.scopes.get('run/sweep[a]')?.result).toMatchObject({
      status: 'failed',
      failure: { step: 'collect', failure: { code: 'run/expression-failed' } },
    });
    expect(world.status('run/sweep')).toBe('failed');
  });

  it('outside are visible: items with key, status and outputs, summary, collected', () => {
    const said = step('set', 'said', {
      values: {
        first: { t: 'expr', expr: 'steps.sweep.items[0].outputs.isolate.state' },
        key: { t: 'expr', expr: 'steps.sweep.items[1].key + steps.sweep.items[1].status' },
        failed: { t: 'expr', expr: 'steps.sweep.summary.failed' },
        collected: { t: 'expr', expr: 'steps.sweep.collected' },
      },
    });
    const sweep = foreachStep('sweep', [isolate()], {
      readsItems: true,
      collect: { t: 'expr', expr: 'host' },
    });
    const world = new World(planOf([sweep, said]), hosts('a', 'b')).start();
    world.succeed(at('a'), { state: 'isolated' }).fail(at('b'));
    const { snapshot } = world.scopes.get('run') ?? {};
    expect(snapshot && 'context' in snapshot ? snapshot.context.vars : null).toEqual({
      first: 'isolated',
      key: 'bfailed',
      failed: 1,
      collected: ['a', null],
    });
  });

  it('that are larger than 256 KiB fail the step and keep the summary', () => {
    const sweep = foreachStep('sweep', [isolate()], {
      collect: { t: 'expr', expr: 'steps.isolate.outputs.text' },
    });
    const world = new World(planOf([sweep]), hosts('a')).start();
    world.succeed(at('a'), { text: 'x'.repeat(300_000) });
    expect(world.step('run/sweep')?.failure?.code).toBe('run/output-too-large');
    expect(world.step('run/sweep')?.outputs).toEqual({ summary: counts({ total: 1, succeeded: 1 }) });
  });

  it('a loop in a loop, and a step in it that sees both elements', () => {
    const deep = actionStep('deep', {
      path: 'run/sweep/inner/deep',
      with: { host_id: { t: 'expr', expr: 'host + "-" + port + "-" + string(index)' } },
    });
    const inner = foreachStep('run/sweep/inner', [deep], { list: '["p", "q"]', as: 'port', key: 'port' });
    const world = new World(planOf([foreachStep('sweep', [inner])]), hosts('a', 'b')).start();
    world.succeed('run/sweep[a]/inner[p]/deep').succeed('run/sweep[a]/inner[q]/deep');
    world.succeed('run/sweep[b]/inner[p]/deep').succeed('run/sweep[b]/inner[q]/deep');
    expect(world.ordered('enqueue-attempt').map((command) => command.rendered.target?.id)).toEqual([
      'a-p-0',
      'a-q-1',
      'b-p-0',
      'b-q-1',
    ]);
    expect(new Set(world.ordered('enqueue-attempt').map((command) => command.rendered.actionKey)).size).toBe(
      4,
    );
    expect(world.outcome).toBe('succeeded');
  });

  it('the story names the items, and how each and all of them ended', () => {
    const world = new World(planOf([foreachStep('sweep', [isolate()])]), hosts('a', 'b')).start();
    world.succeed(at('a')).fail(at('b'));
    expect(world.wrote('loop.started')[0]).toMatchObject({
      step: 'run/sweep',
      data: { items: 2, parallel: 1, keys: ['a', 'b'] },
    });
    expect(world.wrote('action.succeeded')[0]).toMatchObject({ step: at('a') });
    expect(world.wrote('step.failed')[0]).toMatchObject({ step: at('b'), code: 'not-found' });
    expect(world.wrote('loop.finished')[0]).toMatchObject({
      step: 'run/sweep',
      data: { state: 'succeeded', summary: counts({ total: 2, succeeded: 1, failed: 1 }) },
    });
  });
});

describe('foreach, halted', () => {
  it('tells its items, starts no new one, awaits what is out, and ends cancelled', () => {
    const sweep = foreachStep('sweep', [isolate()], { maxParallel: 2 });
    const world = new World(planOf([sweep]), hosts('a', 'b', 'c')).start().cancel();
    expect(world.ordered('revoke-attempt').map((command) => command.ref)).toEqual([at('a'), at('b')]);
    expect(world.outcome).toBeNull();
    world.send({ type: 'attempt.revoked', ref: at('a') });
    expect(world.outcome).toBeNull();
    world.succeed(at('b'));
    expect(summaryOf(world)).toEqual(counts({ total: 3, succeeded: 1, cancelled: 2 }));
    expect(world.status('run/sweep')).toBe('cancelled');
    expect(world.outcome).toBe('cancelled');
    expect(world.performed()).toEqual([at('a'), at('b')]);
  });

  it('stop inside an item ends the whole run with its outcome; what is out is awaited', () => {
    const stop = step('stop', 'stop#1', { outcome: 'denied', reason: { t: 'literal', value: 'enough' } });
    const body = [
      isolate({ if: 'host == "a"' }),
      { ...stop, path: 'run/sweep/stop#1', if: 'host == "b"' },
      actionStep('after', { path: 'run/sweep/after', if: 'host == "b"' }),
    ];
    const world = new World(
      planOf([foreachStep('sweep', body, { maxParallel: 2 }), actionStep('next')]),
      hosts('a', 'b'),
    );
    world.start();
    expect(world.ordered('stop-run')).toEqual([{ kind: 'stop-run', outcome: 'denied', reason: 'enough' }]);
    expect(world.outcome).toBeNull();
    world.succeed(at('a'));
    expect(world.ended).toMatchObject({ outcome: 'denied', reason: 'enough' });
    expect(world.performed()).toEqual([at('a')]);
  });

  it('a failing sibling branch halts the loop in the other branch', () => {
    const bad = actionStep('bad', { with: { host_id: { t: 'expr', expr: 'inputs.id' } } });
    const both = step('parallel', 'both', {
      branches: [
        { name: 'x', steps: [foreachStep('sweep', [isolate()])] },
        { name: 'y', steps: [bad] },
      ],
      join: 'all',
    });
    const world = new World(planOf([both]), { given: { inputs: { hosts: ['a', 'b'], id: 'H' } } }).start();
    world.fail('run/bad');
    world.succeed(at('a'));
    expect(world.performed()).toEqual(['run/bad', at('a')]);
    expect(world.status('run/sweep')).toBe('cancelled');
    expect(world.outcome).toBe('failed');
  });
});

describe('foreach, on_error', () => {
  it('inside an item sees the failure of the step it belongs to', () => {
    const note = actionStep('note', {
      path: 'run/sweep/note',
      class: 'notify',
      with: { host_id: { t: 'text', parts: [{ expr: 'failure.step' }, '/', { expr: 'failure.code' }] } },
    });
    const inner = isolate({ onError: { steps: [note], then: 'continue' } });
    const world = new World(planOf([foreachStep('sweep', [inner])]), hosts('a')).start();
    world.fail(at('a'), 'gone');
    expect(world.ordered('enqueue-attempt')[1]?.rendered.target?.id).toBe('isolate/gone');
  });

  it('a loop inside on_error sees the failure from its frame', () => {
    const note = isolate({ class: 'notify', with: { host_id: { t: 'expr', expr: 'failure.code' } } });
    const first = actionStep('first', { onError: { steps: [foreachStep('sweep', [note])], then: 'fail' } });
    const world = new World(planOf([first]), { given: { inputs: { hosts: ['a'], host_id: 'H' } } }).start();
    world.fail('run/first', 'gone');
    expect(world.ordered('enqueue-attempt')[1]?.rendered.target?.id).toBe('gone');
  });
});

describe('foreach, scopes', () => {
  it('a waiting item leaves the run waiting, a busy one running', () => {
    const sweep = foreachStep('sweep', [isolate({ approval: someApproval })], { maxParallel: 2 });
    const world = new World(planOf([sweep]), hosts('a', 'b')).start();
    expect(world.live()).toBe('waiting');
    world.grant(at('a'));
    expect(world.live()).toBe('running');
  });

  it('five thousand items leave the run and the loop as small as five', () => {
    const sizes = [5, 5_000].map((length) => {
      const plan = planOf([
        foreachStep('sweep', [isolate({ class: 'read' })], { maxItems: 5_000, maxParallel: 10 }),
      ]);
      const world = new World(plan, hosts(...Array.from({ length }, (_, index) => `h${index}`))).start();
      return ['run', 'run/sweep'].map((path) => JSON.stringify(world.scopes.get(path)?.snapshot).length);
    });
    expect(sizes[1]?.[0]).toBe(sizes[0]?.[0]);
    expect((sizes[1]?.[1] ?? 0) - (sizes[0]?.[1] ?? 0)).toBeLessThan(16);
  });

  it('an item may hold a repeat, whose rounds are scopes of the item', () => {
    const check = actionStep('check', {
      path: 'run/sweep/poll/check',
      class: 'read',
      with: { host_id: { t: 'expr', expr: 'host' } },
    });
    const poll = repeatStep('run/sweep/poll', [check], { everyMs: 0 });
    const world = new World(planOf([foreachStep('sweep', [poll])]), hosts('a')).start();
    world.succeed('run/sweep[a]/poll#1/check', { done: false });
    world.succeed('run/sweep[a]/poll#2/check', { done: true });
    expect(world.outcome).toBe('succeeded');
  });
});

describe('foreach, stop inside an item', () => {
  const stopping = step('stop', 'sweep/end', {
    outcome: 'denied',
    reason: { t: 'literal', value: 'enough' },
    if: 'host == "a"',
  });

  it('begins no further item, also when the loop hears of it before the run does', () => {
    const { loop } = initialLoop({
      of: 'foreach',
      body: 'run/sweep',
      groups: [{ items: 3, parallel: 1 }],
      onItemError: 'continue',
      readsItems: false,
      collects: false,
    });
    const begun = decideLoop({ loop }, { type: 'scope.begin' });
    const result = {
      status: 'succeeded',
      failure: null,
      outputs: {},
      collected: null,
      until: null,
      undo: null,
      stops: true,
    } as const;
    const after = decideLoop(begun?.snapshot ?? { loop }, {
      type: 'item.finished',
      index: 0,
      key: 'a',
      result,
    });
    expect(after?.commands).toEqual([
      { kind: 'finish-scope', result: expect.objectContaining({ status: 'cancelled', stops: true }) },
    ]);
  });

  it('ends the run as the stop says', () => {
    const world = new World(
      planOf([foreachStep('sweep', [stopping, isolate()])]),
      hosts('a', 'b', 'c'),
    ).start();
    expect(world.performed()).toEqual([]);
    expect(world.outcome).toBe('denied');
  });
});

describe('a stop inside an item', () => {
  it('lets other running items begin no further step', () => {
    const inner = (id: string, change: Parameters<typeof actionStep>[1] = {}) =>
      actionStep(id, { path: `run/sweep/${id}`, with: { host_id: { t: 'expr', expr: 'host' } }, ...change });
    const stop = {
      ...step('stop', 'stop#1', { outcome: 'denied', reason: { t: 'literal', value: 'enough' } }),
      path: 'run/sweep/stop#1',
      if: 'host == "a"',
    };
    const plan = planOf([foreachStep('sweep', [inner('one'), stop, inner('two')], { maxParallel: 2 })]);
    const world = new World(plan, { given: { inputs: { hosts: ['a', 'b', 'c'] } } }).start();
    world.succeed('run/sweep[a]/one');
    world.succeed('run/sweep[b]/one');
    expect(world.performed()).toEqual(['run/sweep[a]/one', 'run/sweep[b]/one']);
    expect(world.outcome).toBe('denied');
  });
});
