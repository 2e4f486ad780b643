import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { RunEvent } from '../../engine/core/contracts/command.ts';
import { advanceRuns } from '../../engine/runtime/advance-run.ts';
import { cancelRun } from '../../engine/runtime/cancel-run.ts';
import type { Inbound } from '../../engine/runtime/inbound.ts';
import { undoRun } from '../../engine/runtime/undo-run.ts';
import type { PersonId, RunId } from '../../schemas/ids.ts';
import { type Corridor, openCorridor, testActor } from '../support/corridor.ts';
import { openDeadlines } from '../support/make-due.ts';
import {
  decide,
  hostAlert,
  isolateStep,
  madePlaybook,
  onlyQuestion,
  questions,
  until,
  ws0117,
} from './questions.ts';

/*
 * A decision that breaks off would break off again. The engine has no such mistake that we know of, so
 * the state of a waiting scope is spoiled by hand; what then still moves, and what is left to people?
 */

let corridor: Corridor;
let bo: PersonId;
beforeAll(async () => {
  corridor = await openCorridor({ playbooks: [] });
  bo = await corridor.person('Bo', ['soc']);
});
afterAll(() => corridor.close());
beforeEach(() => corridor.database.owner.query(`delete from messages`));

const asking = `  - id: gate
    approval: { ask: "Go on?", covers: [tell], approvers: [group:soc] }
  - id: tell
    action: chat.post-message
    with: { channel: soc, text: "done" }
`;

interface Row {
  id: RunId;
  state: string;
  reason: string | null;
}

async function runOf(playbook: string): Promise<Row> {
  const { rows } = await corridor.database.owner.query<Row>(
    'select id, state, reason from runs where playbook_id = $1 order by created_at desc limit 1',
    [playbook],
  );
  return rows[0] as Row;
}

async function spoil(runId: string, path: string): Promise<void> {
  const { rowCount } = await corridor.database.owner.query(
    `update scopes set snapshot = jsonb_set(snapshot::jsonb, '{value}', '"nowhere"')::text
     where run_id = $1 and path = $2`,
    [runId, path],
  );
  expect(rowCount).toBe(1);
}

const cancel = (runId: RunId) =>
  cancelRun(corridor.engine.parts, corridor.engine.advancer, {
    runId,
    actor: testActor,
    reason: 'Enough',
    undo: false,
    requestId: 'test',
  });

async function leftOver(runId: string): Promise<unknown> {
  const { rows } = await corridor.database.owner.query(
    `select
       (select count(*)::int from scopes where run_id = $1 and live <> 'ended') as scopes,
       ${openDeadlines('$1')} as deadlines,
       (select count(*)::int from subscriptions where run_id = $1) as subscriptions,
       (select count(*)::int from messages where run_id = $1) as messages,
       (select count(*)::int from approvals where run_id = $1 and state = 'pending') as questions`,
    [runId],
  );
  return rows[0];
}

const nothing = { scopes: 0, deadlines: 0, subscriptions: 0, messages: 0, questions: 0 };

it('a run whose own scope broke ends failed, says so, and ends the run that it waits for', async () => {
  const called = madePlaybook('called-one', asking).replace(/^inputs:\n(?: .*\n)*/m, '');
  await corridor.publish(called);
  await corridor.publish(madePlaybook('breaking', '  - id: inner\n    call: called-one\n'));
  await corridor.sendBody(hostAlert('breaking', 'breaking-1', ws0117));
  await corridor.rest();
  const parent = await runOf('breaking');
  expect((await runOf('called-one')).state).toBe('waiting');
  await spoil(parent.id, 'run');
  await cancel(parent.id);
  await corridor.rest();
  expect(await runOf('breaking')).toMatchObject({
    state: 'failed',
    reason: expect.stringMatching(/^engine: /),
  });
  const child = await runOf('called-one');
  expect(child).toMatchObject({ state: 'cancelled', reason: 'the run that called it halted' });
  expect(await leftOver(parent.id)).toEqual(nothing);
  expect(await leftOver(child.id)).toEqual(nothing);
  const entries = (await corridor.story(parent.id)).filter(({ code }) => code === 'run/halted');
  expect(entries).toMatchObject([{ type: 'run.finished' }]);
});

const loop = `  - id: sweep
    foreach: '["a", "b", "c"]'
    as: name
    key: name
    max_items: 3
    max_parallel: 3
    steps:
${asking.replaceAll(/^/gm, '    ').trimEnd()}
`;

it('a run whose own scope broke ends its items as they stand, and nothing is due for them any more', async () => {
  await corridor.publish(madePlaybook('around-breaking', loop));
  await corridor.sendBody(hostAlert('around-breaking', 'around-breaking-1', ws0117));
  await corridor.rest();
  const run = await runOf('around-breaking');
  expect(await leftOver(run.id)).toMatchObject({ questions: 3, scopes: 5, deadlines: expect.any(Number) });
  await spoil(run.id, 'run');
  await cancel(run.id);
  await corridor.rest();
  expect((await runOf('around-breaking')).state).toBe('failed');
  expect(await leftOver(run.id)).toEqual(nothing);
});

const told = (runId: RunId, path: string, event: RunEvent): Inbound => ({
  kind: 'ask',
  runId,
  path,
  resolve: () => Promise.resolve({ events: [event], entries: [] }),
});

it.each(['before', 'after'])(
  'an item that is decided about in the same transaction, a moment %s, does not live on',
  async (when) => {
    const name = `beside-breaking-${when}`;
    await corridor.publish(madePlaybook(name, loop));
    await corridor.sendBody(hostAlert(name, name, ws0117));
    await corridor.rest();
    const run = await runOf(name);
    await spoil(run.id, 'run');
    const broken = told(run.id, 'run', { type: 'run.cancel', by: 'test', reason: 'Enough', undo: false });
    const item = told(run.id, 'run/sweep[a]', {
      type: 'deadline.passed',
      ref: 'run/sweep[a]/gate',
      deadline: 'expiry',
      seq: 0,
      claimed: false,
    });
    const alarm: Inbound = { kind: 'alarm', runId: run.id, path: 'run/sweep[b]' };
    const inner = [item, alarm];
    await advanceRuns(corridor.engine.parts, when === 'before' ? [...inner, broken] : [broken, ...inner]);
    await corridor.rest();
    expect((await runOf(name)).state).toBe('failed');
    expect(await leftOver(run.id)).toEqual(nothing);
  },
);

it('an item whose scope broke ends its run, and the other items end in order', async () => {
  await corridor.publish(madePlaybook('item-breaking', loop));
  await corridor.sendBody(hostAlert('item-breaking', 'item-breaking-1', ws0117));
  await corridor.rest();
  const run = await runOf('item-breaking');
  expect(await questions(corridor, 'pending')).toHaveLength(3);
  await spoil(run.id, 'run/sweep[b]');
  await cancel(run.id);
  await corridor.rest();
  expect((await runOf('item-breaking')).state).toMatch(/^(failed|cancelled)$/);
  expect(await leftOver(run.id)).toEqual(nothing);
  const { rows } = await corridor.database.owner.query(
    `select path, result->>'status' as status from scopes where run_id = $1 and kind = 'item' order by path`,
    [run.id],
  );
  expect(rows).toEqual([
    { path: 'run/sweep[a]', status: 'cancelled' },
    { path: 'run/sweep[b]', status: 'failed' },
    { path: 'run/sweep[c]', status: 'cancelled' },
  ]);
});

describe('a run that was taking something back', () => {
  beforeEach(() => corridor.lab.estate.reset());

  const back = (more: string) =>
    `${isolateStep}  - { id: back, undo: [isolate], reason: It was nothing${more} }\n`;

  async function records(runId: RunId) {
    const { rows } = await corridor.database.owner.query(
      `select u.state, u.generation, (select array_agg(h.state) from holds h where h.run_id = u.run_id) as holds
       from undo_records u where u.run_id = $1`,
      [runId],
    );
    return rows;
  }

  const takeBack = (runId: RunId) =>
    undoRun(corridor.engine.parts, {
      runId,
      steps: null,
      reason: 'It was nothing after all',
      actor: testActor,
      personId: bo,
      requestId: 'test',
    });

  it('leaves what it waited to be allowed to take back to a later undo', async () => {
    await corridor.publish(madePlaybook('halted-asking', back(', approval: { approvers: [group:soc] }')));
    await corridor.sendBody(hostAlert('halted-asking', 'halted-asking-1', ws0117));
    await corridor.rest();
    const run = await runOf('halted-asking');
    expect(await records(run.id)).toEqual([{ state: 'undoing', generation: 0, holds: ['held'] }]);
    await spoil(run.id, 'run');
    await cancel(run.id);
    await corridor.rest();
    expect(await records(run.id)).toEqual([{ state: 'done', generation: 0, holds: ['held'] }]);
    expect(await takeBack(run.id)).toEqual({ ok: true, records: 1 });
    await corridor.rest();
    expect(await records(run.id)).toMatchObject([{ state: 'undone' }]);
  });

  it('leaves what it had begun to take back to a person, who tries anew', async () => {
    const gate = '  - { id: gate, approval: { ask: "Go on?", approvers: [group:soc] } }\n';
    await corridor.publish(
      madePlaybook('halted-undoing', back('').replace('  - { id: back', `${gate}  - { id: back`)),
    );
    await corridor.sendBody(hostAlert('halted-undoing', 'halted-undoing-1', ws0117));
    await corridor.rest();
    const run = await runOf('halted-undoing');
    // Nobody knows whose isolation it is, so people are asked after the hold was let go of.
    for (const table of ['undo_records', 'holds'])
      await corridor.database.owner.query(`update ${table} set origin = 'unknown' where run_id = $1`, [
        run.id,
      ]);
    await decide(corridor, await onlyQuestion(corridor), bo);
    await until(async () => (await questions(corridor, 'pending')).length > 0);
    expect(await records(run.id)).toEqual([{ state: 'undoing', generation: 0, holds: null }]);
    await spoil(run.id, 'run');
    const event: RunEvent = { type: 'run.cancel', by: 'test', reason: 'Enough', undo: false };
    await advanceRuns(corridor.engine.parts, [told(run.id, 'run', event)]);
    await corridor.rest();
    expect(await records(run.id)).toEqual([{ state: 'undo-failed', generation: 1, holds: ['unreleased'] }]);
    expect(await takeBack(run.id)).toEqual({ ok: true, records: 1 });
  });
});
