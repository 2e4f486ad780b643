import { describe, expect, it } from 'vitest';
import type { UndoRecord } from '../../engine/core/contracts/scope.ts';
import { planUndo } from '../../engine/core/undo/plan-undo.ts';
import { actionStep, foreachStep, planOf, play, someApproval, step, undoStep } from './build-plan.ts';
import { World } from './play-world.ts';

/* Language reference 6; 9.5, table "undo"; 9.8, rule 1; 9.12. */

const act = (id: string, change: Parameters<typeof actionStep>[1] = {}) =>
  actionStep(id, { with: { host_id: { t: 'literal', value: id.toUpperCase() } }, ...change });
const back = (seq: number) => `run/back[${seq}]/inverse`;
const inverses = (world: World) =>
  world
    .ordered('enqueue-attempt')
    .filter((command) => command.rendered.action === 'edr.release-host')
    .map((command) => command.rendered.target?.id);

describe('an undo record', () => {
  const record = (change: Parameters<typeof actionStep>[1], changed: boolean | null = true) => {
    const world = new World(planOf([act('a', change)])).start();
    world.succeed('run/a', { state: 'isolated', ticket: 'T1' }, changed);
    return world.ordered('record-undo')[0]?.record;
  };

  it('is left by a success: target, inverse with its arguments, and the state found', () => {
    expect(record({})).toMatchObject({
      action: 'edr.isolate-host',
      connection: 'lab',
      target: { kind: 'host', id: 'A' },
      effect: 'network-isolated',
      inverse: { action: 'edr.release-host@1', arguments: { host_id: 'A' } },
      lease: null,
      loop: null,
    });
  });

  it.each([
    [true, 'ours'],
    [false, 'found'],
    [null, 'unknown'],
  ] as const)('changed %s: origin %s', (changed, origin) => {
    expect(record({}, changed)?.origin).toBe(origin);
  });

  it('after an attempt nobody knows about, "nothing changed" is of unknown origin: that attempt may have done it', () => {
    const world = new World(
      planOf([act('a', { action: { ...act('a').action, canCheck: false, idempotent: 'native' } })]),
    );
    world.start().send({ type: 'action.unknown', ref: 'run/a', attempt: 1, message: 'lost' });
    world.pass('run/a', 'delay').succeed('run/a', {}, false);
    expect(world.ordered('record-undo')[0]?.record.origin).toBe('unknown');
  });

  it('of an outcome that stays unknown is kept too, with its hold and its reservation, so that it can be taken back', () => {
    const world = new World(
      planOf([act('a', { action: { ...act('a').action, canCheck: false, idempotent: 'no' } })]),
    );
    world.start().send({ type: 'action.unknown', ref: 'run/a', attempt: 1, message: 'lost' });
    world.pass('run/a', 'answer');
    expect(world.step('run/a')?.failure?.code).toBe('action/outcome-unknown');
    expect(world.ordered('record-undo')[0]?.record.origin).toBe('unknown');
    expect(world.ordered('drop-hold')).toEqual([]);
    expect(world.ordered('return-reservation')).toEqual([]);
  });

  it('with rollback: none says that it is not taken back', () => {
    expect(record({ rollback: { kind: 'none' } })?.inverse).toEqual({
      irreversible: 'the playbook says that it is not taken back',
    });
  });

  it("with a rollback of its own takes that action, filled from the step's outputs", () => {
    const rollback = {
      kind: 'action',
      action: 'edr.release-host@1',
      with: { host_id: { t: 'expr', expr: 'steps.a.outputs.ticket' } },
    } as const;
    expect(record({ rollback })?.inverse).toEqual({
      action: 'edr.release-host@1',
      arguments: { host_id: 'T1' },
    });
  });

  it('of a rollback that cannot be filled says so instead of guessing', () => {
    const rollback = {
      kind: 'action',
      action: 'edr.release-host@1',
      with: { host_id: { t: 'expr', expr: 'steps.a.outputs.nothing' } },
    } as const;
    expect(JSON.stringify(record({ rollback })?.inverse)).toMatch(/could not be filled/);
  });

  describe('whose inverse takes what the success found', () => {
    const { action } = act('a');
    const inverse = {
      kind: 'action',
      action: 'edr.release-host',
      arguments: { host_id: 'host_id' },
      outputs: { ticket: 'ticket', gone: 'nothing' },
    } as const;
    const filled = (change: Parameters<typeof actionStep>[1] = {}) => {
      const left = record({ action: { ...action, inverse }, ...change })?.inverse;
      return left !== undefined && 'arguments' in left ? left.arguments : null;
    };

    it('has it, and leaves out what was not told', () => {
      expect(filled()).toEqual({ host_id: 'A', ticket: 'T1' });
    });

    it('does not have what the playbook keeps secret', () => {
      expect(filled({ mask: ['ticket'] })).toEqual({ host_id: 'A' });
    });
  });

  it('carries its lease, which starts at the success', () => {
    const lease = { forMs: 259_200_000, warnMs: 21_600_000, atEnd: 'ask' } as const;
    expect(record({ lease })?.lease).toEqual({ untilMs: 259_201_000, warnMs: 21_600_000, atEnd: 'ask' });
  });

  it('is not left where there is nothing to take back, nor in audit mode', () => {
    const inverse = { kind: 'not-needed' } as const;
    expect(record({ action: { ...act('a').action, class: 'notify', inverse } })).toBeUndefined();
    const audit = new World(planOf([act('a')], { mode: 'audit' })).start();
    expect(audit.ordered('record-undo')).toEqual([]);
    expect(audit.ordered('want-hold')).toEqual([]);
  });

  it('inside a loop names it, so that its siblings may be taken back side by side', () => {
    const inner = act('i', { path: 'run/sweep/i' });
    const world = new World(
      planOf([foreachStep('sweep', [inner], { list: '["m"]', key: 'host', maxParallel: 4 })]),
    );
    world.start().succeed('run/sweep[m]/i');
    expect(world.ordered('record-undo')[0]?.record.loop).toEqual({ path: 'run/sweep', maxParallel: 4 });
  });
});

describe('a hold', () => {
  it('is wanted before the effect goes out, and only once for all attempts', () => {
    const world = new World(planOf([act('a')])).start();
    const kinds = world.commands.map(({ command }) => command.kind);
    expect(kinds.indexOf('want-hold')).toBeLessThan(kinds.indexOf('enqueue-attempt'));
    expect(world.ordered('want-hold')).toEqual([
      { kind: 'want-hold', ref: 'run/a', effect: 'network-isolated', target: { kind: 'host', id: 'A' } },
    ]);
    const failure = { code: 'unavailable', kind: 'retryable', message: 'down' } as const;
    world.send({ type: 'action.failed', ref: 'run/a', attempt: 1, failure });
    world.pass('run/a', 'delay');
    expect(world.performed()).toEqual(['run/a', 'run/a']);
    expect(world.ordered('want-hold')).toHaveLength(1);
  });

  it('is dropped when the effect did not come about', () => {
    const world = new World(planOf([act('a')])).start().fail('run/a');
    expect(world.ordered('drop-hold')).toEqual([{ kind: 'drop-hold', ref: 'run/a' }]);
    expect(world.ordered('return-reservation')).toEqual([{ kind: 'return-reservation', ref: 'run/a' }]);
  });

  it('is not wanted by reads, notices and releases', () => {
    for (const actionClass of ['read', 'notify', 'restore'] as const) {
      const world = new World(planOf([act('a', { class: actionClass })])).start();
      expect(world.ordered('want-hold')).toEqual([]);
    }
  });
});

describe('undo, undoing', () => {
  const three = () =>
    new World(planOf([act('a'), act('b'), act('c'), undoStep('back')]))
      .start()
      .succeed('run/a')
      .succeed('run/b')
      .succeed('run/c');

  it('takes back newest first, one after the other, and succeeds', () => {
    const world = three();
    expect(world.ordered('plan-undo')).toEqual([{ kind: 'plan-undo', ref: 'run/back', steps: 'all' }]);
    expect(world.step('run/back')).toMatchObject({ status: 'active', phase: 'inside' });
    expect(inverses(world)).toEqual(['C']);
    world.succeed(back(3));
    expect(inverses(world)).toEqual(['C', 'B']);
    world.succeed(back(2)).succeed(back(1));
    expect(world.records.map((record) => record.state)).toEqual(['undone', 'undone', 'undone']);
    expect(world.step('run/back')).toMatchObject({
      status: 'succeeded',
      outputs: { undone: 3, undo_failed: 0 },
    });
    expect(world.outcome).toBe('succeeded');
  });

  it('lets go of the hold before the inverse is rendered', () => {
    const world = three();
    const kinds = world.commands
      .filter((each) => each.scope === 'run/back[3]')
      .map((each) => each.command.kind);
    expect(kinds.slice(0, 2)).toEqual(['release-hold', 'check-guards']);
    expect(world.ordered('release-hold')[0]).toEqual({
      kind: 'release-hold',
      ref: back(3),
      recordId: 'und_3',
    });
  });

  it('has a key of its own, made from what is taken back', () => {
    const world = three();
    const [done] = world.ordered('enqueue-attempt').filter((command) => command.ref === 'run/c');
    const [undone] = world.ordered('enqueue-attempt').filter((command) => command.ref === back(3));
    expect(undone?.rendered.actionKey).not.toBe(done?.rendered.actionKey);
    expect(undone?.rendered).toMatchObject({ connection: 'lab', arguments: { host_id: 'C' }, generation: 0 });
  });

  it('one that fails does not stop the rest; the step fails undo/incomplete', () => {
    const world = three().fail(back(3)).succeed(back(2)).succeed(back(1));
    expect(world.records.map((record) => record.state)).toEqual(['undone', 'undone', 'undo-failed']);
    expect(world.step('run/back')?.failure?.code).toBe('undo/incomplete');
    expect(world.step('run/back')?.outputs).toMatchObject({ undone: 2, undo_failed: 1 });
    expect(world.outcome).toBe('failed');
  });

  it.each(['retained', 'left-as-found', 'irreversible'] as const)(
    '%s: nothing is dispatched, and the step succeeds',
    (outcome) => {
      const world = new World(planOf([act('a'), undoStep('back')]), { answers: { hold: () => outcome } });
      world.start().succeed('run/a');
      expect(inverses(world)).toEqual([]);
      expect(world.records[0]?.state).toBe(outcome);
      expect(world.outcome).toBe('succeeded');
    },
  );

  it('without any record succeeds at once', () => {
    const world = new World(planOf([undoStep('back')])).start();
    expect(world.ordered('open-loop')).toEqual([]);
    expect(world.outcome).toBe('succeeded');
  });

  it('of some steps names them by their paths in the run; inside an item, those of the item', () => {
    const undo = undoStep('run/sweep/back', { steps: ['run/sweep/i', 'run/a'] });
    const sweep = foreachStep('sweep', [act('i', { path: 'run/sweep/i' }), { ...undo, id: 'back' }], {
      list: '["m"]',
      key: 'host',
    });
    const world = new World(planOf([act('a'), sweep])).start().succeed('run/a').succeed('run/sweep[m]/i');
    expect(world.ordered('plan-undo')[0]).toMatchObject({
      ref: 'run/sweep[m]/back',
      steps: ['run/sweep[m]/i', 'run/a'],
    });
    world.succeed('run/sweep[m]/back[2]/inverse').succeed('run/sweep[m]/back[1]/inverse');
    expect(world.outcome).toBe('succeeded');
  });

  it('is not recorded itself, and wants no hold', () => {
    const world = new World(planOf([act('a'), undoStep('back')])).start().succeed('run/a').succeed(back(1));
    expect(world.ordered('record-undo')).toHaveLength(1);
    expect(world.ordered('want-hold')).toHaveLength(1);
  });

  it('the story tells what was planned, released and settled', () => {
    const world = new World(planOf([act('a'), undoStep('back')])).start().succeed('run/a').succeed(back(1));
    expect(world.wrote('undo.recorded')).toMatchObject([{ step: 'run/a', data: { origin: 'ours' } }]);
    expect(world.wrote('hold.added')).toMatchObject([
      { step: 'run/a', data: { effect: 'network-isolated' } },
    ]);
    expect(world.wrote('undo.planned')).toMatchObject([
      {
        step: 'run/back',
        reason: 'a false positive',
        data: { records: [{ record: 'und_1', step: 'run/a' }] },
      },
    ]);
    expect(world.wrote('hold.released')).toMatchObject([{ step: back(1), data: { outcome: 'dispatch' } }]);
    expect(world.wrote('undo.settled')).toMatchObject([
      { step: back(1), data: { record: 'und_1', undo_of: 'run/a', outcome: 'undone' } },
    ]);
  });
});

describe('undo, order', () => {
  const record = (seq: number, loop: UndoRecord['loop'] = null): UndoRecord => ({
    id: `und_${seq}`,
    seq,
    runId: 'run_1',
    stepPath: `run/s${seq}`,
    stepName: '',
    generation: 0,
    action: 'edr.isolate-host',
    connection: 'lab',
    target: null,
    effect: null,
    origin: 'ours',
    inverse: { irreversible: 'no' },
    loop,
  });
  const sweep = { path: 'run/sweep', maxParallel: 5 };

  it('is descending, whatever the order of the records', () => {
    expect(planUndo([record(1), record(3), record(2)]).items.map((item) => item.key)).toEqual([
      '3',
      '2',
      '1',
    ]);
  });

  it('neighbours of one foreach run side by side; everything else one by one', () => {
    const records = [record(1), record(2, sweep), record(3, sweep), record(4), record(5, sweep)];
    expect(planUndo(records).loop.groups).toEqual([
      { items: 1, parallel: 5 },
      { items: 1, parallel: 1 },
      { items: 2, parallel: 5 },
      { items: 1, parallel: 1 },
    ]);
  });

  it('neighbours of two foreach do not', () => {
    const other = { path: 'run/other', maxParallel: 5 };
    expect(planUndo([record(1, sweep), record(2, other)]).loop.groups).toHaveLength(2);
  });

  it('a group begins only when everything newer has ended', () => {
    const inner = act('i', {
      path: 'run/sweep/i',
      with: { host_id: { t: 'expr', expr: 'host' } },
    });
    const plan = planOf([
      act('a'),
      foreachStep('sweep', [inner], { list: '["m", "n"]', maxParallel: 2 }),
      act('c'),
      undoStep('back'),
    ]);
    const world = new World(plan).start().succeed('run/a');
    world.succeed('run/sweep[m]/i').succeed('run/sweep[n]/i').succeed('run/c');
    expect(inverses(world)).toEqual(['C']);
    world.succeed(back(4));
    expect(inverses(world)).toEqual(['C', 'n', 'm']);
    world.succeed(back(2));
    expect(inverses(world)).toHaveLength(3);
    world.succeed(back(3));
    expect(inverses(world)).toEqual(['C', 'n', 'm', 'A']);
  });
});

describe('undo, asking', () => {
  it('an approval on the step asks once, about the frozen list of records', () => {
    const world = new World(planOf([act('a'), undoStep('back', { approval: someApproval })]))
      .start()
      .succeed('run/a');
    const [question] = world.ordered('request-approval');
    expect(question).toMatchObject({
      ref: 'run/back',
      request: { plan: { action: 'undo', targets: [{ type: 'record', id: 'und_1' }] } },
    });
    expect(inverses(world)).toEqual([]);
    world.grant('run/back');
    expect(inverses(world)).toEqual(['A']);
    expect(world.ordered('request-approval')).toHaveLength(1);
  });

  it('denied with on_denied: continue leaves everything as it is', () => {
    const undo = undoStep('back', { approval: someApproval, onDenied: 'continue' });
    const world = new World(planOf([act('a'), undo])).start().succeed('run/a');
    expect(world.records[0]?.state).toBe('undoing');
    world.deny('run/back');
    expect(world.status('run/back')).toBe('denied');
    expect(world.records[0]?.state).toBe('done');
    expect(world.outcome).toBe('succeeded');
  });

  it('cancelled while it asks gives its records to the undo of the cancel', () => {
    const world = new World(planOf([act('a'), undoStep('back', { approval: someApproval })]));
    world.start().succeed('run/a').cancel(true);
    expect(world.status('run/back')).toBe('cancelled');
    expect(inverses(world)).toEqual(['A']);
    world.succeed('run~undo[1]/inverse');
    expect(world.records[0]?.state).toBe('undone');
    expect(world.outcome).toBe('cancelled');
  });

  it('that nobody answers gives its records back', () => {
    const undo = undoStep('back', { approval: someApproval, onDenied: 'continue' });
    const world = new World(planOf([act('a'), undo])).start().succeed('run/a').pass('run/back', 'expiry');
    expect(world.status('run/back')).toBe('denied');
    expect(world.records[0]?.state).toBe('done');
  });

  it('mode ask asks about the list although the playbook does not', () => {
    const world = new World(planOf([act('a'), undoStep('back')], { mode: 'ask' })).start();
    world.grant('run/a').succeed('run/a');
    expect(world.ordered('request-approval').map((command) => command.ref)).toEqual(['run/a', 'run/back']);
  });

  it('unknown origin always asks, by default those who were asked about the original', () => {
    const approval = { ...someApproval, approvers: ['group:tier3'], when: 'false' };
    const world = new World(planOf([act('a', { approval }), undoStep('back')]), {
      answers: { hold: () => 'ask' },
    });
    world.start().succeed('run/a', {}, null);
    expect(inverses(world)).toEqual([]);
    expect(world.ordered('request-approval')).toMatchObject([
      { ref: back(1), request: { approvers: ['group:tier3'] } },
    ]);
    world.grant(back(1));
    expect(inverses(world)).toEqual(['A']);
  });

  it('denied about one record leaves it, and the undo is incomplete', () => {
    const world = new World(planOf([act('a'), undoStep('back')]), { answers: { hold: () => 'ask' } });
    world.start().succeed('run/a', {}, null).deny(back(1));
    expect(world.records[0]?.state).toBe('undo-failed');
    expect(world.step('run/back')?.failure?.code).toBe('undo/incomplete');
  });

  it('guards speak about the inverse as about any action', () => {
    const guards = [
      { id: 'night', appliesTo: ['edr.release-host'], denyIf: 'true', limit: null, message: 'not at night' },
    ];
    const world = new World(planOf([act('a'), undoStep('back')], { guards })).start().succeed('run/a');
    expect(inverses(world)).toEqual([]);
    expect(world.records[0]?.state).toBe('undo-failed');
  });
});

describe('undo, halted', () => {
  it('awaits what is out, begins no other record, and ends cancelled', () => {
    const world = new World(planOf([act('a'), act('b'), undoStep('back')]));
    world.start().succeed('run/a').succeed('run/b').cancel();
    expect(world.outcome).toBeNull();
    world.succeed(back(2));
    expect(inverses(world)).toEqual(['B']);
    expect(world.records.map((record) => record.state)).toEqual(['done', 'undone']);
    expect(world.status('run/back')).toBe('cancelled');
    expect(world.outcome).toBe('cancelled');
  });
});

describe('on_error: undo', () => {
  const failing = act('c', { onError: { steps: [], then: 'undo' } });

  it("undoes the run's records so far, then the failure goes on as fail", () => {
    const world = new World(planOf([act('a'), act('b'), failing, act('d')])).start();
    world.succeed('run/a').succeed('run/b').fail('run/c', 'forbidden');
    expect(world.ordered('plan-undo')).toEqual([{ kind: 'plan-undo', ref: 'run/c~undo', steps: 'all' }]);
    world.succeed('run/c~undo[2]/inverse').succeed('run/c~undo[1]/inverse');
    expect(world.records.map((record) => record.state)).toEqual(['undone', 'undone']);
    expect(world.step('run/c')?.failure?.code).toBe('forbidden');
    expect(world.outcome).toBe('failed');
    expect(world.performed()).not.toContain('run/d');
  });

  it('a block with then: undo runs its steps first', () => {
    const note = act('note', { class: 'notify' });
    const block = act('c', { onError: { steps: [note], then: 'undo' } });
    const world = new World(planOf([act('a'), block])).start().succeed('run/a').fail('run/c');
    expect(world.ordered('plan-undo')).toEqual([]);
    world.succeed('run/note');
    expect(inverses(world)).toEqual(['A']);
  });

  it('a block whose own steps fail undoes all the same', () => {
    const note = act('note', { class: 'notify' });
    const block = act('c', { onError: { steps: [note], then: 'undo' } });
    const world = new World(planOf([act('a'), block]))
      .start()
      .succeed('run/a')
      .fail('run/c')
      .fail('run/note');
    expect(inverses(world)).toEqual(['A']);
    world.succeed('run/c~undo[1]/inverse');
    expect(world.step('run/c')?.failure).toMatchObject({ code: 'not-found', cause: { code: 'not-found' } });
    expect(world.outcome).toBe('failed');
  });

  it('an undo that stays incomplete changes nothing about the failure', () => {
    const world = new World(planOf([act('a'), failing])).start().succeed('run/a').fail('run/c', 'forbidden');
    world.fail('run/c~undo[1]/inverse');
    expect(world.step('run/c')?.failure?.code).toBe('forbidden');
    expect(world.wrote('loop.finished')[0]).toMatchObject({ step: 'run/c~undo', code: 'undo/incomplete' });
  });

  it('on a foreach has a loop of its own beside the one that failed', () => {
    const inner = act('i', { path: 'run/sweep/i' });
    const sweep = foreachStep('sweep', [inner], {
      list: '["m", "n"]',
      onItemError: 'stop',
      onError: { steps: [], then: 'undo' },
    });
    const world = new World(planOf([sweep])).start().succeed('run/sweep[m]/i').fail('run/sweep[n]/i');
    expect(inverses(world)).toEqual(['I']);
    world.succeed('run/sweep~undo[1]/inverse');
    expect(world.outcome).toBe('failed');
  });

  it('a denial does not undo', () => {
    const asked = act('c', { approval: someApproval, onError: { steps: [], then: 'undo' } });
    const world = new World(planOf([act('a'), asked])).start().succeed('run/a').deny('run/c');
    expect(world.ordered('plan-undo')).toEqual([]);
    expect(world.outcome).toBe('denied');
  });
});

describe('run.cancel with undo', () => {
  it('ends what is out, takes everything back, and then the run is cancelled', () => {
    const world = new World(planOf([act('a'), act('b')], { finally: [act('z', { class: 'notify' })] }));
    world.start().succeed('run/a').cancel(true);
    expect(world.ordered('plan-undo')).toEqual([]);
    world.succeed('run/b');
    expect(world.ordered('plan-undo')).toEqual([{ kind: 'plan-undo', ref: 'run~undo', steps: 'all' }]);
    expect(inverses(world)).toEqual(['B']);
    world.succeed('run~undo[2]/inverse').succeed('run~undo[1]/inverse');
    expect(world.performed().at(-1)).toBe('run/z');
    world.succeed('run/z');
    expect(world.records.map((record) => record.state)).toEqual(['undone', 'undone']);
    expect(world.outcome).toBe('cancelled');
  });

  it('without undo leaves what was done', () => {
    const world = new World(planOf([act('a'), act('b', { approval: someApproval })]))
      .start()
      .succeed('run/a')
      .cancel();
    expect(world.outcome).toBe('cancelled');
    expect(world.records[0]?.state).toBe('done');
  });
});

describe('an undo that a person or a lease orders after the run has ended', () => {
  const record: UndoRecord = {
    id: 'und_7',
    seq: 7,
    runId: 'run_1',
    stepPath: 'run/a',
    stepName: 'A step',
    generation: 2,
    action: 'edr.isolate-host',
    connection: 'lab',
    target: { kind: 'host', id: 'H17' },
    effect: 'network-isolated',
    origin: 'ours',
    inverse: { action: 'edr.release-host@1', arguments: { host_id: 'H17' } },
    loop: null,
  };
  const scope = {
    path: 'run~undo[7]',
    kind: 'undo',
    body: 'undo',
    parent: null,
    frame: null,
    item: { index: 0, key: '7', value: record as never },
  } as const;
  const ref = 'run~undo[7]/inverse';

  it('needs no frame: everything is in the record and the plan', () => {
    const run = play(planOf([act('a')]), { scope });
    run.send({ type: 'scope.begin' });
    run.send({ type: 'hold.released', ref, outcome: 'dispatch' });
    const order = run.last.commands.find((command) => command.kind === 'enqueue-attempt');
    expect(order).toMatchObject({ ref, rendered: { action: 'edr.release-host', generation: 2 } });
    run.send({ type: 'action.succeeded', ref, attempt: 1, outputs: {}, changed: true });
    expect(run.last.commands.slice(-2)).toMatchObject([
      { kind: 'settle-undo', ref, recordId: 'und_7', outcome: 'undone' },
      { kind: 'finish-scope', result: { status: 'succeeded', undo: 'undone' } },
    ]);
    expect(run.last.finished).toBe(true);
  });

  it('is kept where somebody has come to want the effect before its inverse went out', () => {
    const run = play(planOf([act('a')]), { scope, guards: 'by-hand' });
    run.send({ type: 'scope.begin' });
    run.send({ type: 'hold.released', ref, outcome: 'dispatch' });
    run.send({ type: 'hold.wanted', ref });
    expect(run.orders()).not.toContain('enqueue-attempt');
    expect(run.last.commands.slice(-2)).toMatchObject([
      { kind: 'settle-undo', outcome: 'retained' },
      { kind: 'finish-scope', result: { status: 'succeeded', undo: 'retained' } },
    ]);
  });

  it('asks those who were asked about the original', () => {
    const run = play(planOf([act('a', { approval: { ...someApproval, approvers: ['group:tier3'] } })]), {
      scope,
    });
    run.send({ type: 'scope.begin' });
    run.send({ type: 'hold.released', ref, outcome: 'ask' });
    const question = run.last.commands.find((command) => command.kind === 'request-approval');
    expect(question).toMatchObject({ ref, request: { approvers: ['group:tier3'] } });
  });

  it('whose inverse is not in the plan fails instead of calling it irreversible', () => {
    const run = play(planOf([act('a')], { inverses: {} }), { scope });
    run.send({ type: 'scope.begin' });
    run.send({ type: 'hold.released', ref, outcome: 'dispatch' });
    expect(run.last.commands).toMatchObject([{ outcome: 'undo-failed' }, { kind: 'finish-scope' }]);
  });

  it('halted before it began leaves the record as it is', () => {
    const run = play(planOf([act('a')]), { scope });
    run.send({ type: 'scope.halt' });
    expect(run.last.commands).toMatchObject([
      { kind: 'finish-scope', result: { status: 'cancelled', undo: null } },
    ]);
  });
});

it('stop after an undo ends the run as it says', () => {
  const stop = step('stop', 'stop#1', {
    outcome: 'denied',
    reason: { t: 'literal', value: 'false positive' },
  });
  const world = new World(planOf([act('a'), undoStep('back'), stop]))
    .start()
    .succeed('run/a')
    .succeed(back(1));
  expect(world.outcome).toBe('denied');
});
