import { Cluster, Redis, type RedisOptions } from 'ioredis';
import type { CourierLog } from './quiet-log.ts';
import type { RedisTarget } from './redis-target.ts';

export type RedisClient = Redis | Cluster;

export interface RedisClients {
  /** Refuses at once while the server is away. */
  sending: RedisClient;
  /** Waits for the server to come back; BullMQ's workers rely on it. */
  taking: RedisClient;
  /** Also what BullMQ made for its blocking reads. */
  disconnect(): void;
}

type Limits = Pick<RedisOptions, 'maxRetriesPerRequest' | 'commandTimeout'>;
type Shared = Limits &
  Pick<RedisOptions, 'connectTimeout' | 'keepAlive' | 'socketTimeout' | 'reconnectOnError'>;

const reconnectMsMax = 2_000;
const answerMsMax = 4_000;
/** Until a connection that owes an answer is left: a machine without power ends none. The longest wait that is asked for is ten seconds. */
const silenceMsMax = 15_000;

export function openRedisClients(target: RedisTarget, log: CourierLog): RedisClients {
  const opened: RedisClient[] = [];
  const watched = <Client extends RedisClient>(client: Client): Client => {
    client.on('error', (error: Error) =>
      log('warn', 'the connection to Redis failed', { error: error.message }),
    );
    opened.push(client);
    return client;
  };
  const sending = watched(
    openClient(target, { maxRetriesPerRequest: 1, commandTimeout: answerMsMax }, { waits: false }),
  );
  const taking = watched(openClient(target, { maxRetriesPerRequest: null }, { waits: true }));
  // A worker that cannot be closed in time leaves its blocking connection behind, so they are known here.
  if (taking instanceof Redis) {
    const duplicate = taking.duplicate.bind(taking);
    taking.duplicate = (override) => watched(duplicate(override));
  } else {
    const duplicate = taking.duplicate.bind(taking);
    taking.duplicate = (nodes, override) => watched(duplicate(nodes, override));
  }
  return {
    sending,
    taking,
    disconnect() {
      for (const client of opened) client.disconnect();
    },
  };
}

function openClient(target: RedisTarget, options: Limits, { waits }: { waits: boolean }): RedisClient {
  const retryStrategy = (times: number): number => Math.min(times * 100, reconnectMsMax);
  const common: Shared = {
    ...options,
    connectTimeout: 5_000,
    keepAlive: 10_000,
    socketTimeout: silenceMsMax,
    // After a failover the old master answers as a replica: leave it and send the command to the new one.
    reconnectOnError: (error) => (error.message.startsWith('READONLY') ? 2 : false),
  };
  switch (target.kind) {
    case 'single':
      return new Redis(target.url, { ...common, retryStrategy, enableOfflineQueue: waits });
    case 'sentinel':
      return new Redis({
        ...common,
        ...target.login,
        retryStrategy,
        enableOfflineQueue: waits,
        sentinels: target.sentinels,
        name: target.group,
        db: target.database,
        ...(target.sentinelPassword === undefined ? {} : { sentinelPassword: target.sentinelPassword }),
        ...(target.tls ? { tls: {}, enableTLSForSentinelMode: true } : {}),
      });
    case 'cluster':
      return new Cluster(target.nodes, {
        clusterRetryStrategy: retryStrategy,
        enableOfflineQueue: waits,
        redisOptions: { ...common, ...target.login, ...(target.tls ? { tls: {} } : {}) },
      });
  }
}
