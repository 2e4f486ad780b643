import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { describe, expect, it, onTestFinished } from 'vitest';
import { resendSeconds, sweepMs } from '../../engine/runtime/dispatch-jobs.ts';
import { until } from '../corridor/questions.ts';
import type { Backend } from '../fault/backends.ts';
import { expectAftermath } from '../fault/expect-aftermath.ts';
import { openScene } from '../fault/open-scene.ts';
import { useDatabase } from '../support/database.ts';
import { useRedis } from '../support/redis.ts';
import { freePort, riposteProcess } from '../support/riposte-process.ts';
import { temporaryFolder } from '../support/temp-folder.ts';

/*
 * T7: the Redis with the queues is emptied, killed, made read-only, or set up to evict. PostgreSQL knows
 * everything, so it costs seconds; one that may evict is not even begun with.
 */

const redis = await useRedis();
const ask = async <T>(question: (client: Redis) => Promise<T>): Promise<T> => {
  const client = new Redis(redis.url);
  try {
    return await question(client);
  } finally {
    client.disconnect();
  }
};
const empty = () => ask((client) => client.flushall()).then(() => undefined);

async function takesNothing(): Promise<void> {
  await ask((client) => client.call('replicaof', '127.0.0.1', '1'));
  await sleep(1_500);
  await ask((client) => client.call('replicaof', 'no', 'one'));
}

async function comesBackEmpty(): Promise<void> {
  await redis.restart();
  await empty();
}

describe.skipIf(redis.missing !== null)('a Redis that somebody turns against us', () => {
  it('loses no run and doubles no effect, whatever becomes of it', async () => {
    const backend: Backend = { name: 'Redis', missing: null, queue: redis.url, empty };
    const scene = await openScene(backend, { hosts: 30, users: 0 });
    const engines = [
      scene.start({ name: 'one', overQueueOnly: true }),
      scene.start({ name: 'two', overQueueOnly: true }),
    ];
    await scene.sendAlerts();
    for (const [before, trouble] of [
      [1, empty],
      [20, takesNothing],
      [40, comesBackEmpty],
      [60, empty],
    ] as const) {
      await scene.until(
        `${before} attempts are done`,
        async () => (await scene.count(`select count(*) from attempts where state = 'done'`)) >= before,
      );
      await trouble();
    }
    await scene.rest();
    for (const engine of engines) expect(engine.running(), engine.said()).toBe(true);
    await scene.stopAll();
    await expectAftermath(scene);
  }, 120_000);

  it('is looked past often enough: what it lost is handed over again within half a minute', () => {
    expect(resendSeconds * 1_000 + sweepMs).toBeLessThan(30_000);
  });

  it.each([
    ['maxmemory-policy', 'allkeys-lru', 'start/unsafe-queue', 'noeviction'],
    ['appendonly', 'no', 'start/unsafe-queue', 'appendonly is no'],
  ])('is not begun with while its %s is %s', async (name, value, code, says) => {
    const before = await ask((client) => client.config('GET', name) as Promise<string[]>);
    await ask((client) => client.config('SET', name, value));
    onTestFinished(async () => {
      await ask((client) => client.config('SET', name, before[1] ?? ''));
    });
    const { code: exit, stderr } = await begin(redis.url);
    expect(stderr).toMatch(new RegExp(`^riposte: ${code}: .*${says}`));
    expect(exit).toBe(1);
  });

  it('is not begun with when it is not there, and that is said in a line without its password', async () => {
    const { code, stderr } = await begin(`redis://:hunter2@127.0.0.1:${await freePort()}`);
    expect(stderr).toMatch(/^riposte: start\/no-queue: QUEUE_URL: no connection to Redis/);
    expect(stderr).not.toContain('hunter2');
    expect(code).toBe(1);
  }, 60_000);

  it('that begins to evict later is told by the readiness of every process', async () => {
    const port = await freePort();
    const env = { ...(await settings()), QUEUE_URL: redis.url, RIPOSTE_PORT: String(port) };
    const started = riposteProcess('api/process/start.ts', ['--server'], env);
    onTestFinished(async () => {
      started.child.kill('SIGKILL');
      await started.ended;
    });
    await started.said('listening');
    const ready = async () => (await fetch(`http://127.0.0.1:${port}/readyz`)).status;
    expect(await ready()).toBe(200);
    await ask((client) => client.config('SET', 'maxmemory-policy', 'allkeys-lru'));
    // An answer is shared for a second.
    await until(async () => (await ready()) === 503);
    await ask((client) => client.config('SET', 'maxmemory-policy', 'noeviction'));
    await until(async () => (await ready()) === 200);
  }, 60_000);
});

async function settings() {
  const database = await useDatabase();
  return { DATABASE_URL: database.url, RIPOSTE_DATA: await temporaryFolder(), RIPOSTE_LAB: 'on' };
}

async function begin(queue: string) {
  const env = { ...(await settings()), QUEUE_URL: queue, RIPOSTE_PORT: String(await freePort()) };
  return riposteProcess('api/process/start.ts', ['--server'], env).ended;
}
