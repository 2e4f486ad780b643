import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import type { RunEvent } from '../../engine/core/contracts/command.ts';
import { advanceRuns } from '../../engine/runtime/advance-run.ts';
import { cancelRun } from '../../engine/runtime/cancel-run.ts';
import type { Inbound } from '../../engine/runtime/inbound.ts';
import type { RunId } from '../../schemas/ids.ts';
import { type Corridor, openCorridor, testActor } from '../support/corridor.ts';
import { openDeadlines } from '../support/make-due.ts';
import { hostAlert, madePlaybook, questions, ws0117 } from './questions.ts';

/*
 * A decision that breaks off would break off again. The engine has no such mistake that we know of, so
 * the state of a waiting scope is spoiled by hand; what then still moves, and what is left to people?
 */

let corridor: Corridor;
beforeAll(async () => {
  corridor = await openCorridor({ playbooks: [] });
  await corridor.person('Bo', ['soc']);
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
