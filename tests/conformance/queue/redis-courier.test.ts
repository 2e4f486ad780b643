import { Redis } from 'ioredis';
import { describe, expect, onTestFinished, test } from 'vitest';
import { type Courier, createRedisCourier } from '../../../engine/runtime/queue/courier.ts';
import type { RedisTarget } from '../../../engine/runtime/queue/redis-target.ts';
import { useRedis } from '../../support/redis.ts';
import { buildLot } from './build-lot.ts';
import { startRedis } from './start-redis.ts';
import { takeNote } from './take-note.ts';

/* What only the Redis backend can suffer: settings that lose jobs, and its other shapes. */

const redis = await useRedis();

async function open(target: RedisTarget, allowVolatile = false): Promise<Courier> {
  const courier = await createRedisCourier({ target, allowVolatile, log: () => undefined });
  onTestFinished(() => courier.close(0));
  return courier;
}

describe.skipIf(redis.missing !== null)('the courier on Redis alone', () => {
  const target: RedisTarget = { kind: 'single', url: redis.url };

  async function configured(name: string, value: string): Promise<void> {
    const client = new Redis(redis.url);
    const [, before = ''] = (await client.config('GET', name)) as string[];
    await client.config('SET', name, value);
    onTestFinished(async () => {
      await client.config('SET', name, before);
      client.disconnect();
    });
  }

  test('refuses a Redis that may evict jobs, and notices when it becomes one', async () => {
    const courier = await open(target);
    expect((await courier.ready()).ok).toBe(true);
    await configured('maxmemory-policy', 'allkeys-lru');
    await expect(open(target)).rejects.toThrow('set it to noeviction');
    await expect(open(target, true)).rejects.toThrow('set it to noeviction');
    expect(await courier.ready()).toMatchObject({
      ok: false,
      detail: expect.stringContaining('allkeys-lru'),
    });
  });

  test('refuses a Redis that forgets, unless that is allowed', async () => {
    await configured('appendonly', 'no');
    await expect(open(target)).rejects.toThrow('appendonly is no');
    const courier = await open(target, true);
    expect((await courier.ready()).ok).toBe(true);
  });

  test('a Redis that is not there is an error that says so', async () => {
    await expect(open({ kind: 'single', url: 'redis://127.0.0.1:1' })).rejects.toThrow('ECONNREFUSED');
  });

  test('reaches the master that a Sentinel names', async () => {
    const sentinel = await startRedis(['--sentinel'], [`sentinel monitor main 127.0.0.1 ${redis.port} 1`]);
    const sentinels = [{ host: '127.0.0.1', port: sentinel.port }];
    const courier = await open({
      kind: 'sentinel',
      sentinels,
      group: 'main',
      login: {},
      database: 0,
      tls: false,
    });
    await carries(courier);
  });

  test('spreads its queues over a Cluster', async () => {
    const node = await startRedis(
      [],
      ['cluster-enabled yes', 'cluster-announce-ip 127.0.0.1', 'appendonly yes'],
    );
    await node.ask((client) => client.cluster('ADDSLOTSRANGE', 0, 16_383));
    await node.becomes((info) => info.includes('cluster_state:ok'));
    const courier = await open({
      kind: 'cluster',
      nodes: [{ host: '127.0.0.1', port: node.port }],
      login: {},
      tls: false,
    });
    await carries(courier);
  });

  async function carries(courier: Courier): Promise<void> {
    const note = takeNote();
    await courier.work(['mail', 'directory'], { concurrency: 2 }, note.perform);
    await courier.send([buildLot('mail'), buildLot('mail'), buildLot('directory')]);
    await note.counts(3);
    expect((await courier.ready()).ok).toBe(true);
    await courier.close(5_000);
  }
});
