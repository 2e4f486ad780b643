import { createRedisBackend, Queue } from 'bullmq';
import { checkRedis } from './check-redis.ts';
import type { LotData } from './lot.ts';
import { PacedWorker } from './paced-worker.ts';
import { type QueueLink, type RecoveryTimes, streams, workerOptions } from './queue-link.ts';
import type { CourierLog } from './quiet-log.ts';
import { openRedisClients, type RedisClient } from './redis-clients.ts';
import type { RedisTarget } from './redis-target.ts';
import { settleWithin } from './settle-within.ts';

/** A failover or a restart may be under way when we start. */
const startMsMax = 10_000;
const answerMsMax = 3_000;

/** Rejects when Redis does not answer in ten seconds or must not be used (`RedisRefused`). */
export async function openRedisLink(
  target: RedisTarget,
  options: { allowVolatile: boolean; times: RecoveryTimes; log: CourierLog },
): Promise<QueueLink> {
  const { times, log, allowVolatile } = options;
  const clients = openRedisClients(target, log);
  // Wrong passwords and refused connections are tried again and again; the last one is what there is to say.
  let refusal = 'no answer';
  clients.sending.on('error', (error: Error) => {
    refusal = error.message;
  });
  try {
    const connected = Promise.all([usable(clients.sending), usable(clients.taking)]);
    await settleWithin(connected, startMsMax, 'connecting to Redis').catch((cause: unknown) => {
      throw new Error(`no connection to Redis: ${refusal}`, { cause });
    });
    await checkRedis(clients.sending, { allowVolatile });
  } catch (error) {
    clients.disconnect();
    throw error;
  }

  return {
    openQueue(name) {
      const queue = new Queue<LotData, void, 'lot'>(name, {
        connection: clients.sending,
        prefix: prefixOf(name),
        streams,
      });
      queue.on('error', (error) =>
        log('warn', 'the queue reported an error', { queue: name, error: error.message }),
      );
      return queue;
    },
    openWorker(name, concurrency, take) {
      const { lockMs, stalledCheckMs } = times;
      const worker = new PacedWorker(
        name,
        take,
        {
          ...workerOptions,
          connection: clients.taking,
          prefix: prefixOf(name),
          concurrency,
          lockDuration: lockMs,
          stalledInterval: stalledCheckMs,
        },
        createRedisBackend,
      );
      worker.on('error', (error) =>
        log('warn', 'the queue reported an error', { queue: name, error: error.message }),
      );
      return worker;
    },
    async check() {
      await settleWithin(checkRedis(clients.sending, { allowVolatile }), answerMsMax, 'Redis');
    },
    async close() {
      clients.disconnect();
    },
  };
}

/** The braces keep a queue's keys in one slot of a cluster, and let different queues lie in different slots. */
function prefixOf(name: string): string {
  return `{${name}}`;
}

function usable(client: RedisClient): Promise<void> {
  if (client.status === 'ready') return Promise.resolve();
  return new Promise((resolve) => client.once('ready', () => resolve()));
}
