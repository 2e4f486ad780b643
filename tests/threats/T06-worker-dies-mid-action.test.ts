import { describe, expect, it } from 'vitest';
import type { Entry } from '../../engine/core/contracts/entry.ts';
import type { FaultDeed } from '../../examples/lab/http/fault-rules.ts';
import { useBackends } from '../fault/backends.ts';
import { expectAftermath } from '../fault/expect-aftermath.ts';
import { openScene, type Scene } from '../fault/open-scene.ts';
import { pauseBetweenTransactions } from '../fault/pause-between-transactions.ts';

/*
 * T6: a worker crashes, pauses, or its clock jumps, while it acts. `expectAftermath` says the rest of it: one order
 * and one effect per key, nothing that was not announced, and a log that tells it. What a pause may hit instead:
 * tests/fault/paused-worker.test.ts.
 */

const crowd = { hosts: 12, users: 0 };
const isolate = '/mde/api/machines/*/isolate';
/** What `does` to every order to isolate, until the lab is told otherwise. */
const disturb = (scene: Scene, does: FaultDeed) =>
  scene.lab.estate.addFault({ method: 'POST', path: isolate, times: null, does });
/** Orders that have reached the lab, answered or not. */
const arrived = (scene: Scene) => scene.lab.estate.faults().reduce((sum, { struck }) => sum + struck, 0);

/** Whoever lost sight of an effect asked the target, and what was found there was not sent again. */
function expectAsked(all: readonly Entry[]): void {
  // A look at a target and a message are simply repeated: they contain nothing.
  const entries = all.filter(({ action }) => action?.startsWith('edr.isolate-host'));
  const unknown = entries.filter(({ type }) => type === 'action.unknown');
  expect(unknown.length).toBeGreaterThan(0);
  const found = (key: string | undefined) =>
    entries.filter(({ type, actionKey }) => type === 'action.reconciled' && actionKey === key);
  for (const { actionKey } of unknown) expect(found(actionKey), actionKey).not.toEqual([]);
  const present = entries.filter(
    ({ type, data }) => type === 'action.reconciled' && data?.found === 'present',
  );
  expect(present.length).toBeGreaterThan(0);
  for (const { actionKey } of present) {
    const story = entries.filter(({ actionKey: key }) => key === actionKey);
    const sent = story.filter(({ type }) => type === 'action.attempted');
    // Its time ran out before it had changed anything, as while it waited for a connection: what is known may be
    // announced anew. How many orders the target got is counted by `expectAftermath`.
    const unsent = story.filter(({ type, code }) => type === 'action.failed' && code === 'timeout');
    expect(sent.length - unsent.length, `${actionKey} was never sent blindly again`).toBe(1);
  }
}

const backends = await useBackends();

describe.each(backends)('queues in $name', (backend) => {
  it.skipIf(backend.missing !== null)(
    'one that dies between the answer and its record leaves an unknown outcome, which is asked about',
    async () => {
      const scene = await openScene(backend, crowd);
      const first = scene.start({ name: 'first', death: { point: 'perform.answered', passing: 7 } });
      await scene.sendAlerts();
      await scene.until('it has died', () => !first.running());
      expect(first.endedBy()).toBe('SIGKILL');
      disturb(scene, { kind: 'apply-then-hang' });
      const second = scene.start({ name: 'second' });
      await scene.until('it waits for an answer', () => arrived(scene) >= 1);
      await second.kill();
      scene.lab.estate.clearFaults();
      scene.start({ name: 'third' });
      await scene.rest();
      await scene.stopAll();
      expectAsked(await expectAftermath(scene));
    },
    120_000,
  );

  it.skipIf(backend.missing !== null)(
    'one that is stopped past its lease is not believed afterwards, and another one asks',
    async () => {
      // Whenever it is stopped, orders were carried out that it waits to hear of, and others, more than it has
      // connections to one origin, stand behind them.
      const scene = await openScene(backend, { hosts: 80, users: 0 });
      disturb(scene, { kind: 'apply-then-hang' });
      const sleeper = scene.start({ name: 'sleeper' });
      await scene.sendAlerts();
      await scene.until('it waits for an answer', () => arrived(scene) >= 4);
      await pauseBetweenTransactions(scene, sleeper);
      scene.lab.estate.clearFaults();
      scene.start({ name: 'successor' });
      await scene.rest();
      sleeper.resume();
      await scene.until('what it says is refused', async () => (await refusals(scene)) > 0);
      await scene.stopAll();
      expectAsked(await expectAftermath(scene));
    },
    120_000,
  );

  it.skipIf(backend.missing !== null).each([3_600_000, -3_600_000])(
    'one whose clock jumps by %i ms while it waits for answers harms nobody',
    async (clockJumpMs) => {
      const scene = await openScene(backend, crowd);
      disturb(scene, { kind: 'delay', ms: 1_500 });
      const jumper = scene.start({ name: 'jumper', clockJumpMs });
      await scene.sendAlerts();
      await scene.until('it waits for an answer', () => arrived(scene) >= 3);
      jumper.jump();
      scene.start({ name: 'beside' });
      await scene.rest();
      await scene.stopAll();
      const entries = await expectAftermath(scene);
      expect(entries.filter(({ type }) => type === 'action.lease-lost')).toEqual([]);
    },
    120_000,
  );
});

const refusals = (scene: Scene) =>
  scene.count(
    `select (select count(*) from audit_log where type = 'action.lease-lost')
       + (select count(*) from audit_pending where convert_from(entry, 'utf8') like '%"action.lease-lost"%')`,
  );
