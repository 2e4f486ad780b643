import { expect, it } from 'vitest';
import { expectAftermath } from './expect-aftermath.ts';
import { openSilentScene } from './open-silent-scene.ts';

/*
 * A database whose machine lost its power, or a network that drops what it carried: no connection ends, none answers.
 * At the same address another one answers a moment later. Nobody restarts Riposte for that.
 */

const crowd = { hosts: 40, users: 10 };

it('a database that falls silent under engines at work is left for new connections to it, and costs nothing', async () => {
  const { scene, line } = await openSilentScene(crowd);
  const engines = [scene.start({ name: 'one' }), scene.start({ name: 'two' })];
  await Promise.all(engines.map((engine) => engine.ready()));
  await scene.sendAlerts();
  await scene.until(
    'some attempts are done',
    async () => (await scene.count(`select count(*) from attempts where state = 'done'`)) >= 20,
  );
  expect(line.silence()).toBeGreaterThan(5);
  await scene.rest();
  for (const engine of engines) expect(engine.running(), engine.said()).toBe(true);
  await scene.stopAll();
  await line.cut();
  await expectAftermath(scene);
}, 240_000);
