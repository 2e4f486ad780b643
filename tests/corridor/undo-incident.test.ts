import { afterAll, beforeAll, expect, it } from 'vitest';
import { compilerVersion } from '../../engine/core/contracts/plan.ts';
import { cancelRun } from '../../engine/runtime/cancel-run.ts';
import { previewIncidentUndo } from '../../engine/runtime/read/preview-incident-undo.ts';
import { restartStep } from '../../engine/runtime/restart-step.ts';
import { undoIncident, undoRunsMax } from '../../engine/runtime/undo-incident.ts';
import { defaultTenant, type PersonId, type RunId } from '../../schemas/ids.ts';
import { mdeScope, tokenFor } from '../lab/lab-client.ts';
import { type Corridor, openCorridor } from '../support/corridor.ts';
import { addRun } from '../support/corridor-rows.ts';
import { db1, dc01, hostAlert, isolateStep, madePlaybook, until, ws0117, ws0244 } from './questions.ts';

/* Everything that was done for an incident is taken back by one call, over the real store and the lab. */

const ws0301 = '5dd66f81a97934b3d4c48e70b248b27c4fa1219d';

let corridor: Corridor;
let bo: PersonId;
beforeAll(async () => {
  corridor = await openCorridor({ playbooks: [] });
  bo = await corridor.person('Bo', ['soc']);
  const contain = `${isolateStep}    lease: 72h\n`;
  for (const id of ['one', 'two', 'elsewhere']) await corridor.publish(madePlaybook(id, contain));
  await corridor.publish(madePlaybook('slow', contain + waiting));
});
afterAll(() => corridor.close());

const waiting = `  - id: verdict
    wait:
      for: incident.updated
      match: signal.incident.status == "resolved"
      timeout: 5d
      on_timeout: continue
`;

const isolation = (host: string) => corridor.lab.estate.host(host).isolation;

/** Somebody else was faster, at the console of the vendor. */
async function isolateByHand(host: string): Promise<void> {
  const answer = await fetch(`${corridor.lab.url}/mde/api/machines/${host}/isolate`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${await tokenFor(corridor.lab, mdeScope)}`,
      'content-type': 'application/json',
    },
    body: JSON.stringify({ Comment: 'by hand', IsolationType: 'Full' }),
  });
  expect(answer.status).toBe(201);
  await until(async () => isolation(host) === 'Full');
}

async function runOf(playbook: string, sourceId: string, host: string, incident: string): Promise<string> {
  await corridor.sendBody({ ...hostAlert(playbook, sourceId, host), incident: { id: incident } });
  await corridor.rest();
  const run = (await corridor.runs()).findLast(({ playbook_id }) => playbook_id === playbook);
  if (run === undefined) throw new Error(`no run of ${playbook}`);
  return run.id;
}

async function incidentOf(run: string): Promise<string> {
  const { rows } = await corridor.database.owner.query<{ id: string }>(
    'select incident_id as id from runs where id = $1',
    [run],
  );
  return rows[0]?.id ?? '';
}

const takeBack = (id: string, only: { action?: string; record?: string } = {}) =>
  undoIncident(corridor.engine.parts, {
    id,
    only: { action: only.action ?? null, record: only.record ?? null },
    reason: 'It was nothing',
    actor: { kind: 'person', id: bo, channel: 'api' },
    personId: bo,
    requestId: 'test',
  });

const stateOf = async (id: string) => (await corridor.runs()).find((run) => run.id === id)?.state;

async function entriesOf(type: string) {
  const { rows } = await corridor.database.owner.query<{ entry: Buffer }>(
    'select entry from audit_pending order by enqueued_at, id',
  );
  return rows
    .map(({ entry }) => JSON.parse(entry.toString('utf8')) as { type: string; data: unknown })
    .filter((entry) => entry.type === type);
}

it('An incident undone by one call restores every target that was ours, leaves those that were found, keeps those that another run holds, and explains each.', async () => {
  await isolateByHand(ws0244);
  const ours = await runOf('one', 'ours', ws0117, 'story');
  const foundIt = await runOf('one', 'found', ws0244, 'story');
  const shared = await runOf('two', 'shared', db1, 'story');
  const other = await runOf('elsewhere', 'other', db1, 'another-story');
  const moving = await runOf('slow', 'moving', dc01, 'story');
  expect([ws0117, ws0244, db1, dc01].map(isolation)).toEqual(['Full', 'Full', 'Full', 'Full']);

  const incident = await incidentOf(ours);
  const answer = await takeBack(incident);
  expect(answer).toMatchObject({
    ok: true,
    more: false,
    runs: [
      { id: shared, records: [{ follows: 'retained', heldBy: [other] }] },
      { id: foundIt, records: [{ follows: 'left-as-found', heldBy: [] }] },
      { id: ours, records: [{ follows: 'undo', heldBy: [] }] },
    ],
    untouched: [{ id: moving, state: 'waiting', code: 'undo/not-ended' }],
  });
  await corridor.rest();
  expect([ws0117, ws0244, db1, dc01].map(isolation)).toEqual(['none', 'Full', 'Full', 'Full']);
  expect(await Promise.all([ours, foundIt, shared, other, moving].map(stateOf))).toEqual([
    'undone',
    'undone',
    'undone',
    'succeeded',
    'waiting',
  ]);
  const { rows } = await corridor.database.owner.query(
    'select run_id, state from undo_records where run_id = any($1) order by seq',
    [[ours, foundIt, shared]],
  );
  expect(rows).toEqual([
    { run_id: ours, state: 'undone' },
    { run_id: foundIt, state: 'left-as-found' },
    { run_id: shared, state: 'retained' },
  ]);
  expect(await entriesOf('incident.undo-requested')).toMatchObject([
    { reason: 'It was nothing', data: { runs: [shared, foundIt, ours], untouched: [{ run: moving }] } },
  ]);
  expect(await entriesOf('undo.planned')).toMatchObject([
    { data: { records: [{ follows: 'retained', held_by: [other] }] } },
    { data: { records: [{ follows: 'left-as-found' }] } },
    { data: { records: [{ follows: 'undo' }] } },
  ]);
  const again = await takeBack(incident);
  expect(again).toMatchObject({ ok: false, code: 'undo/nothing-left' });
  expect(again).toHaveProperty('detail', expect.stringContaining(moving));
  expect(await entriesOf('incident.undo-requested')).toMatchObject([
    {},
    { outcome: 'denied', code: 'undo/nothing-left' },
  ]);
});

it('two runs of the incident that hold one target are both taken back, and the target is free', async () => {
  const first = await runOf('one', 'twice-1', ws0117, 'twice');
  const second = await runOf('two', 'twice-2', ws0117, 'twice');
  const answer = await takeBack(await incidentOf(first));
  expect(answer).toMatchObject({
    runs: [
      { id: second, records: [{ follows: 'undo' }] },
      { id: first, records: [{ follows: 'undo' }] },
    ],
  });
  await corridor.rest();
  expect(isolation(ws0117)).toBe('none');
});

it('an action or a record narrows it, and what is left can be taken back later', async () => {
  const first = await runOf('one', 'part-1', ws0117, 'parts');
  const second = await runOf('two', 'part-2', ws0301, 'parts');
  const incident = await incidentOf(first);
  expect(await takeBack(incident, { action: 'chat.post-message' })).toMatchObject({
    ok: false,
    code: 'undo/nothing-left',
  });
  const { rows } = await corridor.database.owner.query<{ id: string }>(
    'select id from undo_records where run_id = $1',
    [second],
  );
  const record = rows[0]?.id ?? '';
  expect(await takeBack(incident, { record })).toMatchObject({
    runs: [{ id: second, records: [{ id: record }] }],
  });
  await corridor.rest();
  expect([ws0117, ws0301].map(isolation)).toEqual(['Full', 'none']);
  expect(await takeBack(incident, { action: 'edr.isolate-host' })).toMatchObject({ runs: [{ id: first }] });
  await corridor.rest();
  expect(isolation(ws0117)).toBe('none');
});

it('of two who ask at the same time one takes it back, and the other is told', async () => {
  const run = await runOf('one', 'race', ws0117, 'race');
  const incident = await incidentOf(run);
  const released = () => corridor.lab.estate.effect('network-isolated', `host:${ws0117}`).released;
  const before = released();
  const answers = await Promise.all([takeBack(incident), takeBack(incident)]);
  expect(answers.filter(({ ok }) => ok)).toHaveLength(1);
  await corridor.rest();
  expect(released()).toBe(before + 1);
  expect(await takeBack('inc_nobody')).toMatchObject({ ok: false, code: 'request/not-found' });
});

const failing = `${isolateStep}    lease: 72h
  - id: second
    action: edr.isolate-host
    with: { host_id: "${ws0117}", scope: full }
    retry: { max_attempts: 1 }
`;

/** Its second step fails so often, and is restarted once. */
async function restarted(playbook: string, failures: number): Promise<{ first: string; second: string }> {
  corridor.lab.estate.addFault({
    method: 'POST',
    path: `/mde/api/machines/${ws0117}/isolate`,
    times: failures,
    does: { kind: 'end-machine-action', as: 'Failed' },
  });
  const first = (await runOf(playbook, playbook, ws0301, playbook)) as RunId;
  expect(await stateOf(first)).toBe('failed');
  const answer = await restartStep(corridor.engine.parts, corridor.engine.admitter, {
    runId: first,
    step: 'run/second',
    reason: 'again',
    actor: { kind: 'person', id: bo, channel: 'api' },
    personId: bo,
    requestId: 'test',
  });
  await corridor.rest();
  return { first, second: answer.ok ? answer.runId : '' };
}

it('a run that was taken up again is taken back with the one that took it up, and nobody is told otherwise', async () => {
  await corridor.publish(madePlaybook('failing', failing));
  const { first, second } = await restarted('failing', 2);
  expect(await stateOf(second)).toBe('failed');
  expect(await takeBack(await incidentOf(first))).toMatchObject({
    ok: true,
    runs: [{ id: second, records: [{ follows: 'undo' }] }],
    untouched: [],
  });
  await corridor.rest();
  expect(isolation(ws0301)).toBe('none');
});

it('while the one that took it up is under way nothing of it is taken back, nor announced as if it were', async () => {
  await corridor.publish(madePlaybook('failing-slow', failing + waiting));
  const { first, second } = await restarted('failing-slow', 1);
  expect(await stateOf(second)).toBe('waiting');
  const incident = await incidentOf(first);
  expect(await previewIncidentUndo(corridor.database.app, defaultTenant, incident)).toMatchObject({
    records: [],
    open: [{ id: second }, { id: first }],
  });
  const answer = await takeBack(incident);
  expect(answer).toMatchObject({ ok: false, code: 'undo/nothing-left' });
  for (const id of [first, second])
    expect(answer).toHaveProperty('detail', expect.stringContaining(`; ${id}:`));
  const by = { actor: { kind: 'person', id: bo, channel: 'api' } as const, reason: 'x', requestId: 'test' };
  await cancelRun(corridor.engine.parts, corridor.engine.advancer, {
    runId: second as RunId,
    undo: true,
    ...by,
  });
  await corridor.rest();
  expect([ws0117, ws0301].map(isolation)).toEqual(['none', 'none']);
});

it('however many newer runs are under way, what its ended runs did is taken back', async () => {
  const run = await runOf('one', 'crowded', ws0301, 'crowded');
  const incident = await incidentOf(run);
  for (let n = 0; n <= undoRunsMax; n++) {
    const row = { incident_id: incident, state: 'waiting', compiler_version: compilerVersion + 1 };
    await addRun(corridor.database.owner, row);
  }
  expect(await takeBack(incident)).toMatchObject({ ok: true, runs: [{ id: run }], more: false });
  await corridor.rest();
  expect(isolation(ws0301)).toBe('none');
});
