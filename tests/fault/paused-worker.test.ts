import { describe, expect, it } from 'vitest';
import { useBackends } from './backends.ts';
import type { EngineProcess } from './engine-process.ts';
import { expectAftermath } from './expect-aftermath.ts';
import { openScene, type Scene } from './open-scene.ts';
import { pauseBetweenTransactions } from './pause-between-transactions.ts';

/*
 * A worker that is stopped (a suspended virtual machine, a long swap) does not know that it was. Its
 * leases run out, another one takes over, and then it goes on with what it was doing.
 */

const delay = { kind: 'delay' as const, ms: 1_500 };
const lists = '/mde/api/machineactions';
const orders = '/mde/api/machines/*/isolate';

const taken = (scene: Scene) =>
  scene.count(
    `select count(*) from attempts where action = 'edr.isolate-host' and purpose = 'perform' and state = 'claimed'`,
  );

const answered = (scene: Scene) =>
  scene.lab.estate.calls().filter((call) => call.method === 'GET' && call.url.startsWith(lists)).length;

/** Stops the only worker, lets another one finish everything, and wakes the first one up again. */
async function takeOver(scene: Scene, sleeper: EngineProcess): Promise<void> {
  await pauseBetweenTransactions(scene, sleeper);
  scene.lab.estate.clearFaults();
  scene.start({ name: 'successor' });
  await scene.rest();
  sleeper.resume();
  await scene.until('the late reports are refused', async () => {
    const refused = await scene.count(
      `select (select count(*) from audit_log where type = 'action.lease-lost')
         + (select count(*) from audit_pending where convert_from(entry, 'utf8') like '%"action.lease-lost"%')`,
    );
    const lost = await scene.count(
      `select count(*) from attempts where worker = 'sleeper' and state = 'lost'`,
    );
    return lost > 0 && refused >= lost;
  });
  await scene.stopAll();
  const entries = await expectAftermath(scene);
  expect(entries.map((entry) => entry.type)).toContain('action.lease-lost');
}

const backends = await useBackends();

describe('a worker stopped past its lease', () => {
  // The queue has no part in these two, so one will do.
  const [backend] = backends;
  if (backend === undefined) throw new Error('there is no backend');

  it('sends no order that it had yet to send', async () => {
    const scene = await openScene(backend, { hosts: 20, users: 0 });
    scene.lab.estate.addFault({ method: 'GET', path: lists, times: null, does: delay });
    const sleeper = scene.start({ name: 'sleeper' });
    await scene.sendAlerts();
    await scene.until('it has read a target', async () => (await taken(scene)) >= 5);
    await takeOver(scene, sleeper);
  }, 120_000);

  it('sends no order that waited for a connection', async () => {
    // More than it has connections to one origin, so that orders stand in line behind slow answers.
    const scene = await openScene(backend, { hosts: 80, users: 0 });
    scene.lab.estate.addFault({ method: 'GET', path: lists, times: null, does: delay });
    const sleeper = scene.start({ name: 'sleeper' });
    await scene.sendAlerts();
    await scene.until('the first lists are read', () => answered(scene) >= 16);
    await takeOver(scene, sleeper);
  }, 120_000);
});

describe.each(backends)('a worker stopped past its lease, queues in $name', (backend) => {
  it.skipIf(backend.missing !== null)(
    'is not believed about an order that it had sent',
    async () => {
      const scene = await openScene(backend, { hosts: 20, users: 0 });
      scene.lab.estate.addFault({ method: 'POST', path: orders, times: null, does: delay });
      const sleeper = scene.start({ name: 'sleeper' });
      await scene.sendAlerts();
      await scene.until('some have arrived', () => (scene.lab.estate.faults()[0]?.struck ?? 0) >= 5);
      await takeOver(scene, sleeper);
    },
    120_000,
  );
});
