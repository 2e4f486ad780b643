import { expect, it } from 'vitest';
import { useDatabase } from '../support/database.ts';
import { layLine } from '../support/lay-line.ts';
import { useBackends } from './backends.ts';
import { expectAftermath } from './expect-aftermath.ts';
import { openScene } from './open-scene.ts';

/*
 * A database whose machine lost its power, or a network that drops what it carried: no connection ends, none answers.
 * At the same address another one answers a moment later. Nobody restarts Riposte for that.
 */

const crowd = { hosts: 40, users: 10 };

const [inPostgres] = await useBackends();

it('a database that falls silent under engines at work is left for new connections to it, and costs nothing', async () => {
  if (inPostgres === undefined) throw new Error('queues in PostgreSQL need nothing more');
  const database = await useDatabase();
  const url = new URL(database.url);
  const line = await layLine(Number(url.port));
  url.port = String(line.port);
  const scene = await openScene(inPostgres, crowd, {
    database: { ...database, url: url.href },
    patienceMs: 150_000,
  });
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
