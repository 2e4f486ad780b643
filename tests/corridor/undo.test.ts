import { afterAll, beforeAll, expect, it } from 'vitest';
import { cancelRun } from '../../engine/runtime/cancel-run.ts';
import { undoRun } from '../../engine/runtime/undo-run.ts';
import type { PersonId, RunId } from '../../schemas/ids.ts';
import { mdeScope, tokenFor } from '../lab/lab-client.ts';
import { type Corridor, openCorridor, testActor } from '../support/corridor.ts';
import {
  decide,
  forWholeAlert,
  hostAlert,
  isolateStep,
  madePlaybook,
  questions,
  tellStep,
  until,
  ws0117,
  ws0244,
} from './questions.ts';

/* Taking back what was done, over the real store and the lab (language reference 6, 9.12). */

let corridor: Corridor;
let bo: PersonId;
let eva: PersonId;
beforeAll(async () => {
  corridor = await openCorridor({ playbooks: [] });
  bo = await corridor.person('Bo', ['soc']);
  eva = await corridor.person('Eva', ['soc']);
  for (const id of ['one', 'other']) await corridor.publish(madePlaybook(id, containThenAsk));
});
afterAll(() => corridor.close());

const ws0301 = '5dd66f81a97934b3d4c48e70b248b27c4fa1219d';

/** Isolates, and takes it back once somebody has said so. */
const containThenAsk = `${isolateStep}    lease: 72h
  - id: gate
    approval: { ask: "Was it nothing?", covers: [tell], approvers: [group:soc] }
  - id: back
    undo: [isolate]
    reason: It was nothing
${tellStep}`;

const isolated = (host: string) => corridor.lab.estate.effect('network-isolated', `host:${host}`);

interface Left {
  state: string;
  origin: string;
  generation: number;
}

async function recordsOf(runId: string): Promise<Left[]> {
  const { rows } = await corridor.database.owner.query<Left>(
    'select state, origin, generation from undo_records where run_id = $1 order by seq',
    [runId],
  );
  return rows;
}

const holdsOn = (host: string) =>
  corridor.database.owner
    .query<{ run_id: string; state: string }>(
      'select run_id, state from holds where target_id = $1 order by since',
      [host],
    )
    .then(({ rows }) => rows);

async function latest(playbookId: string) {
  const run = (await corridor.runs()).findLast((each) => each.playbook_id === playbookId);
  if (run === undefined) throw new Error(`no run of ${playbookId}`);
  return run;
}

/** Starts the playbook for the host and waits until it has acted and asks. */
async function contain(playbookId: string, sourceId: string, host: string): Promise<string> {
  await corridor.sendBody(hostAlert(playbookId, sourceId, host));
  await corridor.rest();
  return (await latest(playbookId)).id;
}

async function questionOf(runId: string, step: string) {
  const find = async () =>
    (await questions(corridor, 'pending')).find(
      ({ run_id, step_path }) => run_id === runId && step_path === step,
    );
  await until(async () => (await find()) !== undefined);
  return (await find()) as NonNullable<Awaited<ReturnType<typeof find>>>;
}

async function seqOf(runId: string): Promise<string> {
  const { rows } = await corridor.database.owner.query<{ seq: string }>(
    'select seq::text from undo_records where run_id = $1',
    [runId],
  );
  return rows[0]?.seq ?? '';
}

async function sayYes(runId: string): Promise<void> {
  const asked = (await questions(corridor, 'pending')).find((each) => each.run_id === runId);
  if (asked === undefined) throw new Error('nothing is asked');
  expect(await decide(corridor, asked, bo)).toMatchObject({ ok: true, state: 'granted' });
  await corridor.rest();
}

it('an undo gives the host its network back, once', async () => {
  const run = await contain('one', 'undo-1', ws0117);
  expect(await holdsOn(ws0117)).toEqual([{ run_id: run, state: 'held' }]);
  await sayYes(run);
  expect((await latest('one')).state).toBe('succeeded');
  expect(isolated(ws0117)).toMatchObject({ applied: 1, released: 1, releaseOrders: 1, duplicates: 0 });
  expect(await recordsOf(run)).toEqual([{ state: 'undone', origin: 'ours', generation: 0 }]);
  expect(await holdsOn(ws0117)).toEqual([]);
  const { rows } = await corridor.database.owner.query(
    `select undo from steps where run_id = $1 and path = 'run/isolate'`,
    [run],
  );
  expect(rows).toEqual([{ undo: 'undone' }]);
});

it('a host that another run wants isolated stays isolated until the last one lets go', async () => {
  const first = await contain('one', 'shared-1', ws0244);
  const second = await contain('other', 'shared-2', ws0244);
  expect(await holdsOn(ws0244)).toEqual([
    { run_id: first, state: 'held' },
    { run_id: second, state: 'held' },
  ]);
  await sayYes(first);
  expect(await recordsOf(first)).toMatchObject([{ state: 'retained' }]);
  expect(isolated(ws0244)).toMatchObject({ applied: 1, released: 0, releaseOrders: 0 });
  expect(corridor.lab.estate.host(ws0244).isolation).toBe('Full');
  await sayYes(second);
  expect(await recordsOf(second)).toMatchObject([{ state: 'undone', origin: 'ours' }]);
  expect(isolated(ws0244)).toMatchObject({ released: 1, releaseOrders: 1 });
  expect((await latest('other')).state).toBe('succeeded');
});

it('what was there before is left as it was found', async () => {
  const answer = await fetch(`${corridor.lab.url}/mde/api/machines/${ws0301}/isolate`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${await tokenFor(corridor.lab, mdeScope)}`,
      'content-type': 'application/json',
    },
    body: JSON.stringify({ Comment: 'by hand', IsolationType: 'Full' }),
  });
  expect(answer.status).toBe(201);
  await until(async () => corridor.lab.estate.host(ws0301).isolation === 'Full');
  const run = await contain('one', 'found-1', ws0301);
  expect(await recordsOf(run)).toEqual([{ state: 'done', origin: 'found', generation: 0 }]);
  await sayYes(run);
  expect(await recordsOf(run)).toMatchObject([{ state: 'left-as-found' }]);
  expect(corridor.lab.estate.host(ws0301).isolation).toBe('Full');
  expect(isolated(ws0301)).toMatchObject({ releaseOrders: 0, released: 0 });
});

it('a release that fails leaves the run as one whose undo is incomplete, and says so of the host', async () => {
  const ws0302 = '1480f2ac1bba6bed66d87b78688cd65a809999fd';
  await corridor.publish(
    madePlaybook(
      'stuck',
      `${isolateStep}    lease: 72h
  - id: gate
    approval: { ask: "Was it nothing?", covers: [tell], approvers: [group:soc] }
${tellStep}`,
    ),
  );
  const run = await contain('stuck', 'stuck-1', ws0302);
  corridor.lab.estate.addFault({
    method: 'POST',
    path: '/mde/api/machines/*/unisolate',
    times: null,
    does: { kind: 'end-machine-action', as: 'Failed' },
  });
  expect(await cancelWithUndo(run)).toEqual({ ok: true });
  await corridor.rest();
  corridor.lab.estate.clearFaults();
  expect((await latest('stuck')).state).toBe('undo-incomplete');
  expect(await recordsOf(run)).toEqual([{ state: 'undo-failed', origin: 'ours', generation: 1 }]);
  expect(await holdsOn(ws0302)).toEqual([{ run_id: run, state: 'unreleased' }]);
  expect(corridor.lab.estate.host(ws0302).isolation).toBe('Full');
  expect((await corridor.story(run)).map((entry) => entry.type)).toContain('undo.settled');
});

it('a cancel that takes back does so for every item of a loop, also those already done', async () => {
  const hosts = [
    '1e6aaf08dffee4ef19391026a093a9dffe2a4981',
    '82ce50802f9751e2a28687482932d53104ae1076',
    'bb356920fb586cdf8d6cad7adda2dc8014033b58',
  ];
  const steps = `  - id: sweep
    foreach: alert.targets.hosts
    as: machine
    key: machine.id
    max_items: 10
    max_parallel: 2
    steps:
      - id: isolate
        action: edr.isolate-host
        with: { host_id: "\${{ machine.id }}", scope: full }
        lease: 72h
  - id: gate
    approval: { ask: "Go on?", covers: [tell], approvers: [group:soc] }
${tellStep}`;
  await corridor.publish(forWholeAlert('sweeping', steps));
  await corridor.sendBody({
    ...hostAlert('sweeping', 'sweeping-1', ''),
    targets: { hosts: hosts.map((id) => ({ id, name: id })) },
  });
  await corridor.rest();
  const run = (await latest('sweeping')).id;
  for (const host of hosts) expect(corridor.lab.estate.host(host).isolation).toBe('Full');
  expect(await cancelWithUndo(run)).toEqual({ ok: true });
  await corridor.rest();
  expect((await latest('sweeping')).state).toBe('cancelled');
  expect((await recordsOf(run)).map((record) => record.state)).toEqual(['undone', 'undone', 'undone']);
  for (const host of hosts) {
    expect(corridor.lab.estate.host(host).isolation).toBe('none');
    expect(isolated(host)).toMatchObject({ applied: 1, released: 1, duplicates: 0 });
  }
  const { rows } = await corridor.database.owner.query('select 1 from messages');
  expect(rows).toEqual([]);
});

function cancelWithUndo(runId: string) {
  return cancelRun(corridor.engine.parts, corridor.engine.advancer, {
    runId: runId as RunId,
    actor: testActor,
    reason: 'It was nothing',
    undo: true,
    requestId: 'test',
  });
}

it('nobody contains a host again while it is just being given back; afterwards the containment goes on', async () => {
  const before = { ...isolated(ws0117) };
  const first = await contain('one', 'meeting-1', ws0117);
  corridor.lab.estate.addFault({
    method: 'POST',
    path: '/mde/api/machines/*/unisolate',
    times: 1,
    does: { kind: 'delay', ms: 1_500 },
  });
  await decide(corridor, await questionOf(first, 'run/gate'), bo);
  // Before that the two would share the containment, and nothing would be given back.
  await until(async () => (await corridor.story(first)).some(({ type }) => type === 'hold.released'));
  await corridor.sendBody(hostAlert('other', 'meeting-2', ws0117));
  const isHeld = async () =>
    (await corridor.story()).some(({ type, code }) => type === 'action.held' && code === 'undo/under-way');
  await until(isHeld);
  const second = (await latest('other')).id;
  await until(async () => (await recordsOf(second)).length === 1);
  expect(await recordsOf(first)).toMatchObject([{ state: 'undone' }]);
  expect(await recordsOf(second)).toMatchObject([{ state: 'done', origin: 'ours' }]);
  expect(isolated(ws0117)).toMatchObject({
    applied: before.applied + 2,
    released: before.released + 1,
    duplicates: 0,
  });
  expect(corridor.lab.estate.host(ws0117).isolation).toBe('Full');
});

it('an undo that waits for a person keeps nobody from containing, and finds itself not wanted any more', async () => {
  const ws0531 = '82ce50802f9751e2a28687482932d53104ae1076';
  const before = { ...isolated(ws0531) };
  const first = await contain('one', 'crossing-1', ws0531);
  await corridor.database.owner.query(`update undo_records set origin = 'unknown' where run_id = $1`, [
    first,
  ]);
  await corridor.database.owner.query(`update holds set origin = 'unknown' where run_id = $1`, [first]);
  await decide(corridor, await questionOf(first, 'run/gate'), bo);
  const backAgain = await questionOf(first, `run/back[${await seqOf(first)}]/inverse`);
  expect(await recordsOf(first)).toMatchObject([{ state: 'undoing', origin: 'unknown' }]);
  await corridor.sendBody(hostAlert('other', 'crossing-2', ws0531));
  await until(async () => (await holdsOn(ws0531)).some(({ state }) => state === 'held'));
  const second = (await latest('other')).id;
  expect(await recordsOf(second)).toMatchObject([{ state: 'done' }]);
  await decide(corridor, backAgain, bo);
  await corridor.rest();
  expect(await recordsOf(first)).toMatchObject([{ state: 'retained' }]);
  expect((await latest('one')).state).toBe('succeeded');
  expect(await holdsOn(ws0531)).toMatchObject([{ run_id: second, state: 'held' }]);
  expect(isolated(ws0531).releaseOrders).toBe(before.releaseOrders);
  expect(corridor.lab.estate.host(ws0531).isolation).toBe('Full');
});

it('a run whose undo step waits is under way: it can be cancelled, and its question ends with it', async () => {
  const ws0602 = '1480f2ac1bba6bed66d87b78688cd65a809999fd';
  await corridor.database.owner.query(`delete from holds where target_id = $1`, [ws0602]);
  corridor.lab.estate.reset();
  const run = await contain('one', 'cancelled-undo-1', ws0602);
  await corridor.database.owner.query(`update undo_records set origin = 'unknown' where run_id = $1`, [run]);
  await corridor.database.owner.query(`update holds set origin = 'unknown' where run_id = $1`, [run]);
  await decide(corridor, await questionOf(run, 'run/gate'), bo);
  const asked = await questionOf(run, `run/back[${await seqOf(run)}]/inverse`);
  expect((await latest('one')).state).toBe('undoing');
  const order = { runId: run as RunId, actor: testActor, reason: 'Enough', undo: false, requestId: 'test' };
  const { parts, advancer } = corridor.engine;
  expect(await cancelRun(parts, advancer, order)).toEqual({ ok: true });
  await corridor.rest();
  expect((await latest('one')).state).toBe('undo-incomplete');
  expect(await recordsOf(run)).toMatchObject([{ state: 'undo-failed' }]);
  expect((await questions(corridor)).find(({ id }) => id === asked.id)?.state).toBe('cancelled');
  // Taken back by a person after its end it is `undoing` as well, and nothing of it can be cancelled.
  expect(await takeBack(run)).toMatchObject({ ok: true });
  expect((await latest('one')).state).toBe('undoing');
  expect(await cancelRun(parts, advancer, order)).toMatchObject({ ok: false, code: 'request/conflict' });
  await decide(corridor, await questionOf(run, `run~undo.1[${await seqOf(run)}]/inverse`), eva);
  await corridor.rest();
  expect((await latest('one')).state).toBe('undone');
});

it('whoever cancels with undo does not decide about what that asks', async () => {
  const ws0310 = '1e6aaf08dffee4ef19391026a093a9dffe2a4981';
  corridor.lab.estate.reset();
  await corridor.database.owner.query(`delete from holds where target_id = $1`, [ws0310]);
  await corridor.publish(
    madePlaybook(
      'asks-for-all',
      `${isolateStep}  - id: gate
    approval: { ask: "Was it nothing?", covers: [tell], approvers: [group:soc] }
${tellStep}`,
      '',
      'ask',
    ),
  );
  await corridor.sendBody(hostAlert('asks-for-all', 'asks-for-all-1', ws0310));
  await corridor.rest();
  const run = (await latest('asks-for-all')).id;
  await decide(corridor, await questionOf(run, 'run/isolate'), bo);
  await questionOf(run, 'run/gate');
  const order = { runId: run as RunId, reason: 'It was nothing', undo: true, requestId: 'test' };
  const actor = { kind: 'person', id: eva, channel: 'api' } as const;
  const { parts, advancer } = corridor.engine;
  expect(await cancelRun(parts, advancer, { ...order, actor })).toEqual({ ok: true });
  const asked = await questionOf(run, `run~undo[${await seqOf(run)}]/inverse`);
  expect(await decide(corridor, asked, eva)).toMatchObject({ ok: false, code: 'approval/separation' });
  expect(await decide(corridor, asked, bo)).toMatchObject({ ok: true, state: 'granted' });
  await corridor.rest();
  expect((await latest('asks-for-all')).state).toBe('cancelled');
  expect(corridor.lab.estate.host(ws0310).isolation).toBe('none');
});

function takeBack(runId: string) {
  return undoRun(corridor.engine.parts, {
    runId: runId as RunId,
    steps: null,
    reason: 'It was nothing',
    actor: { kind: 'person', id: bo, channel: 'api' },
    personId: bo,
    requestId: 'test',
  });
}
