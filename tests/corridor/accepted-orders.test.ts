import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { call, mdeScope, tokenFor } from '../lab/lab-client.ts';
import { type Corridor, openCorridor } from '../support/corridor.ts';
import { hostAlert, isolateStep, madePlaybook, until, ws0117, ws0244 } from './questions.ts';

/* What became of an order is one thing, and whether we could look is another. */

let corridor: Corridor;
beforeAll(async () => {
  corridor = await openCorridor({ playbooks: [] });
  await corridor.publish(madePlaybook('isolating', isolateStep));
  await corridor.publish(
    madePlaybook(
      'releasing',
      '  - { id: release, action: edr.release-host, with: { host_id: "${{ inputs.host_id }}" } }\n',
    ),
  );
});
afterAll(() => corridor.close());

const reads = { method: 'GET', path: '/mde/api/machineactions' };
const third = '5dd66f81a97934b3d4c48e70b248b27c4fa1219d';
const last = async () => (await corridor.runs()).at(-1);
const types = async () => (await corridor.story((await last())?.id)).map(({ type }) => type);
const isRunning = async (playbook: string) => (await last())?.playbook_id === playbook;
const recordsOf = async (host: string) =>
  (await corridor.database.owner.query('select state from undo_records where target_id = $1', [host])).rows;

it('a worker that stops in good order while it reads before it sends fails nothing', async () => {
  corridor.lab.estate.addFault({ ...reads, does: { kind: 'delay', ms: 8_000 } });
  await corridor.sendBody(hostAlert('isolating', 'stop-1', ws0117));
  await until(async () => (await isRunning('isolating')) && (await types()).includes('action.attempted'));
  await sleep(300);
  await corridor.restart(async () => undefined);
  await corridor.rest();
  expect(await last()).toMatchObject({ state: 'succeeded' });
  expect(corridor.lab.estate.effect('network-isolated', `host:${ws0117}`)).toMatchObject({ orders: 1 });
}, 60_000);

it('nor while it looks at an order that was accepted', async () => {
  const before = (await corridor.runs()).length;
  corridor.lab.estate.addFault({ ...reads, skip: 1, does: { kind: 'delay', ms: 8_000 } });
  await corridor.sendBody(hostAlert('isolating', 'stop-2', ws0244));
  await until(
    async () => (await corridor.runs()).length > before && (await types()).includes('action.accepted'),
  );
  await sleep(400);
  await corridor.restart(async () => undefined);
  await corridor.rest();
  expect(await last()).toMatchObject({ state: 'succeeded' });
  expect(await recordsOf(ws0244)).toEqual([{ state: 'done' }]);
}, 60_000);

it('an accepted order that may not be looked at is not forgotten: a person finds out', async () => {
  const before = (await corridor.runs()).length;
  corridor.lab.estate.addFault({ ...reads, skip: 1, times: 2, does: { kind: 'expire-token' } });
  await corridor.sendBody(hostAlert('isolating', 'refused-1', third));
  await until(async () => (await corridor.runs()).length > before && (await types()).includes('task.opened'));
  expect(await last()).toMatchObject({ state: 'waiting' });
  await until(async () => corridor.lab.estate.effect('network-isolated', `host:${third}`)?.applied === 1);
}, 60_000);

it('a release behind which an isolation is stuck is attempted again, which clears it', async () => {
  corridor.lab.estate.changeScenario({ machineActionDelaysMs: { toInProgress: 500, toFinal: 500 } });
  await corridor.sendBody(hostAlert('releasing', 'release-1', ws0117));
  await until(async () => (await isRunning('releasing')) && (await types()).includes('action.accepted'));
  const stuck = { kind: 'end-machine-action', as: 'never' } as const;
  corridor.lab.estate.addFault({ method: 'POST', path: '/mde/api/machines/*/isolate', does: stuck });
  const byHand = await call(`${corridor.lab.url}/mde/api/machines/${ws0117}/isolate`, {
    method: 'POST',
    token: await tokenFor(corridor.lab, mdeScope),
    body: { Comment: 'stuck', IsolationType: 'Full' },
  });
  const actions = () =>
    corridor.lab.estate.host(ws0117).actions as unknown as { id: string; status: string }[];
  await until(async () => actions().find(({ id }) => id === byHand.body.id)?.status === 'Cancelled');
  await corridor.rest();
  expect(await last()).toMatchObject({ state: 'succeeded' });
  expect((await types()).filter((type) => type === 'action.attempted')).toHaveLength(2);
  // The release that stands is the one of the first attempt.
  expect(corridor.lab.estate.effect('network-isolated', `host:${ws0117}`)).toMatchObject({
    releaseOrders: 1,
  });
}, 120_000);
