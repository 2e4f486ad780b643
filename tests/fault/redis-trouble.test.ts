import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { describe, expect, it } from 'vitest';
import { layLine } from '../support/lay-line.ts';
import { useRedis } from '../support/redis.ts';
import type { Backend } from './backends.ts';
import { expectAftermath } from './expect-aftermath.ts';
import { openScene, type Scene } from './open-scene.ts';

const redis = await useRedis();
const backend: Backend = { name: 'Redis', missing: redis.missing, queue: redis.url, empty: redis.restart };
const crowd = { hosts: 40, users: 10 };

async function afterTrouble(trouble: (scene: Scene) => Promise<void>, queue = redis.url): Promise<void> {
  const scene = await openScene({ ...backend, queue }, crowd, { patienceMs: 100_000 });
  const engines = [
    scene.start({ name: 'one', overQueueOnly: true }),
    scene.start({ name: 'two', overQueueOnly: true }),
  ];
  await Promise.all(engines.map((engine) => engine.ready()));
  await scene.sendAlerts();
  for (const before of [1, 40, 80]) {
    await scene.until(
      `${before} attempts are done`,
      async () => (await scene.count(`select count(*) from attempts where state = 'done'`)) >= before,
    );
    await trouble(scene);
  }
  await scene.rest();
  for (const engine of engines) expect(engine.running(), engine.said()).toBe(true);
  await scene.stopAll();
  await expectAftermath(scene);
}

describe.skipIf(redis.missing !== null)('a Redis in trouble under engines at work', () => {
  it('that takes no writes for a while, as a demoted primary does, loses no job', async () => {
    const client = new Redis(redis.url);
    await afterTrouble(async () => {
      await client.call('replicaof', '127.0.0.1', '1');
      await sleep(1_500);
      await client.call('replicaof', 'no', 'one');
    });
    client.disconnect();
  }, 120_000);

  it('that falls silent is left for new connections to it and loses no job', async () => {
    const url = new URL(redis.url);
    const line = await layLine(Number(url.port));
    url.port = String(line.port);
    let times = 0;
    await afterTrouble(async () => {
      if (times++ === 0) expect(line.silence()).toBeGreaterThan(5);
    }, url.href);
  }, 240_000);

  it('that is killed and started again loses no job', () => afterTrouble(redis.restart), 120_000);
});
