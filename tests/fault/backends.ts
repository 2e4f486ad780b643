import { Redis } from 'ioredis';
import type { TestDatabase } from '../support/database.ts';
import { useRedis } from '../support/redis.ts';
import { truncateQueues } from '../support/truncate-queues.ts';

/** Where the lots lie, and how they get lost. */
export interface Backend {
  name: string;
  /** Null, or why it cannot be tested here. */
  missing: string | null;
  /** For `EngineOrders.queue`. */
  queue: string | null;
  /** As an operator does by accident: FLUSHALL, or truncate of all queue tables. */
  empty(database: TestDatabase): Promise<void>;
}

/** Once per test file, which then owns the Redis. */
export async function useBackends(): Promise<Backend[]> {
  const redis = await useRedis();
  return [
    { name: 'PostgreSQL', missing: null, queue: null, empty: truncateQueues },
    { name: 'Redis', missing: redis.missing, queue: redis.url, empty: () => flushAll(redis.url) },
  ];
}

async function flushAll(url: string): Promise<void> {
  const client = new Redis(url);
  await client.flushall();
  client.disconnect();
}
