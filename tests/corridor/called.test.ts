import { afterAll, beforeAll, expect, it } from 'vitest';
import { cancelRun } from '../../engine/runtime/cancel-run.ts';
import type { PersonId, RunId } from '../../schemas/ids.ts';
import { type Corridor, openCorridor, testActor } from '../support/corridor.ts';
import { decide, hostAlert, madePlaybook, onlyQuestion, tellStep, ws0117, ws0244 } from './questions.ts';

/* A run that calls another playbook (language reference 9.5, call). */

let corridor: Corridor;
let bo: PersonId;
beforeAll(async () => {
  corridor = await openCorridor({ playbooks: [] });
  bo = await corridor.person('Bo', ['soc']);
  await corridor.publish(child('isolating', '    lease: 72h\n'));
  await corridor.publish(child('asking', '    lease: 72h\n    approval: { approvers: [group:soc] }\n'));
});
afterAll(() => corridor.close());

function child(id: string, more: string): string {
  return `kind: playbook/v1
id: ${id}
title: Made for a test
description: Made for a test.
status: stable
version: 1.0.0
author: Test
owner: group:soc
triggers: [{ id: by_hand, type: manual, targets: [host] }]
inputs:
  machine: { type: string, from: "\${{ target.id }}" }
steps:
  - id: isolate
    action: edr.isolate-host
    with: { host_id: "\${{ inputs.machine }}", scope: full }
${more}outputs:
  done: \${{ steps.isolate.status == "succeeded" }}
`;
}

const call = (playbook: string, more = '') => `  - id: inner
    call: ${playbook}
    with: { machine: "\${{ inputs.host_id }}" }
${more}`;

const ws0302 = '1480f2ac1bba6bed66d87b78688cd65a809999fd';
const isolated = (host: string) => corridor.lab.estate.effect('network-isolated', `host:${host}`);

interface Row {
  id: string;
  playbook_id: string;
  state: string;
  reason: string | null;
  parent_run_id: string | null;
  depth: number;
  outputs: unknown;
}

async function latest(playbookId: string): Promise<Row> {
  const { rows } = await corridor.database.owner.query<Row>(
    `select id, playbook_id, state, reason, parent_run_id, depth, outputs from runs where playbook_id = $1
     order by created_at desc limit 1`,
    [playbookId],
  );
  const [row] = rows;
  if (row === undefined) throw new Error(`no run of ${playbookId}`);
  return row;
}

it('an attached child acts, gives back what it found out, and a cancel of the caller takes it back', async () => {
  const gate = '  - id: gate\n    approval: { ask: "Go on?", covers: [tell], approvers: [group:soc] }\n';
  await corridor.publish(madePlaybook('calling', call('isolating') + gate + tellStep));
  await corridor.sendBody(hostAlert('calling', 'calling-1', ws0117));
  await corridor.rest();
  const parent = await latest('calling');
  expect(parent.state).toBe('waiting');
  expect(await latest('isolating')).toMatchObject({
    state: 'succeeded',
    parent_run_id: parent.id,
    depth: 1,
    outputs: { done: true },
  });
  const { rows } = await corridor.database.owner.query(
    `select status, outputs from steps where run_id = $1 and path = 'run/inner'`,
    [parent.id],
  );
  expect(rows).toEqual([{ status: 'succeeded', outputs: expect.objectContaining({ done: true }) }]);
  expect(isolated(ws0117)).toMatchObject({ applied: 1, released: 0 });
  const cancelled = await cancelRun(corridor.engine.parts, corridor.engine.advancer, {
    runId: parent.id as RunId,
    actor: testActor,
    reason: 'It was nothing',
    undo: true,
    requestId: 'test',
  });
  expect(cancelled).toEqual({ ok: true });
  await corridor.rest();
  expect((await latest('calling')).state).toBe('cancelled');
  expect(isolated(ws0117)).toMatchObject({ applied: 1, released: 1, duplicates: 0 });
  // The child's own end never changes; only its record does.
  expect((await latest('isolating')).state).toBe('succeeded');
});

it('a child that was denied fails its call with a code of its own', async () => {
  await corridor.publish(madePlaybook('calling-denied', call('asking')));
  await corridor.sendBody(hostAlert('calling-denied', 'calling-denied-1', ws0244));
  await corridor.rest();
  expect((await latest('calling-denied')).state).toBe('waiting');
  await decide(corridor, await onlyQuestion(corridor), bo, 'deny');
  await corridor.rest();
  expect((await latest('asking')).state).toBe('denied');
  const parent = await latest('calling-denied');
  expect(parent.state).toBe('failed');
  const { rows } = await corridor.database.owner.query<{ code: string }>(
    `select failure->>'code' as code from steps where run_id = $1 and path = 'run/inner'`,
    [parent.id],
  );
  expect(rows).toEqual([{ code: 'run/child-denied' }]);
  expect(isolated(ws0244).orders).toBe(0);
});

it('a caller that is cancelled ends the child it waits for', async () => {
  await corridor.publish(madePlaybook('calling-long', call('asking')));
  await corridor.sendBody(hostAlert('calling-long', 'calling-long-1', ws0244));
  await corridor.rest();
  const parent = await latest('calling-long');
  await cancelRun(corridor.engine.parts, corridor.engine.advancer, {
    runId: parent.id as RunId,
    actor: testActor,
    reason: 'Enough',
    undo: false,
    requestId: 'test',
  });
  await corridor.rest();
  expect((await latest('calling-long')).state).toBe('cancelled');
  expect(await latest('asking')).toMatchObject({ state: 'cancelled', parent_run_id: parent.id });
  const { rows } = await corridor.database.owner.query(`select 1 from approvals where state = 'pending'`);
  expect(rows).toEqual([]);
});

it('a detached child goes its own way, and nobody waits for it', async () => {
  await corridor.publish(madePlaybook('sending', call('asking', '    attach: false\n')));
  await corridor.sendBody(hostAlert('sending', 'sending-1', ws0244));
  await corridor.rest();
  const parent = await latest('sending');
  expect(parent.state).toBe('succeeded');
  expect(await latest('asking')).toMatchObject({ state: 'waiting', parent_run_id: parent.id });
  await decide(corridor, await onlyQuestion(corridor), bo);
  await corridor.rest();
  expect((await latest('asking')).state).toBe('succeeded');
  expect(isolated(ws0244)).toMatchObject({ applied: 1 });
  const { rows } = await corridor.database.owner.query('select 1 from messages');
  expect(rows).toEqual([]);
});

it('a cancel that cannot take back what the child did leaves the undo of its caller incomplete', async () => {
  const gate = '  - id: gate\n    approval: { ask: "Go on?", covers: [tell], approvers: [group:soc] }\n';
  await corridor.publish(madePlaybook('calling-stuck', call('isolating') + gate + tellStep));
  await corridor.sendBody(hostAlert('calling-stuck', 'calling-stuck-1', ws0302));
  await corridor.rest();
  corridor.lab.estate.addFault({
    method: 'POST',
    path: '/mde/api/machines/*/unisolate',
    times: null,
    does: { kind: 'end-machine-action', as: 'Failed' },
  });
  const parent = await latest('calling-stuck');
  await cancelRun(corridor.engine.parts, corridor.engine.advancer, {
    runId: parent.id as RunId,
    actor: testActor,
    reason: 'It was nothing',
    undo: true,
    requestId: 'test',
  });
  await corridor.rest();
  corridor.lab.estate.clearFaults();
  expect(corridor.lab.estate.host(ws0302).isolation).toBe('Full');
  expect((await latest('calling-stuck')).state).toBe('undo-incomplete');
});
