import { type Cluster, Redis } from 'ioredis';

/** The server would lose or evict jobs. The message says which setting to change. */
export class RedisRefused extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'RedisRefused';
  }
}

/**
 * Rejects with `RedisRefused` unless every master keeps what it is given (audit facts 3.2, rule 9):
 * an evicted job is a lot that waits for the outbox, and evicted locks are lots performed for nothing.
 */
export async function checkRedis(
  client: Redis | Cluster,
  options: { allowVolatile: boolean },
): Promise<void> {
  const masters = client instanceof Redis ? [client] : client.nodes('master');
  if (masters.length === 0) throw new RedisRefused('no master of the Redis cluster answers');
  await Promise.all(masters.map((master) => checkMaster(master, options.allowVolatile)));
}

async function checkMaster(client: Redis, allowVolatile: boolean): Promise<void> {
  const info = `${await client.info('memory')}\n${await client.info('persistence')}`;
  const policy = field(info, 'maxmemory_policy') ?? (await setting(client, 'maxmemory-policy'));
  if (policy !== 'noeviction') {
    throw new RedisRefused(
      `maxmemory-policy is ${policy ?? 'unknown'}: set it to noeviction, or queued work gets lost`,
    );
  }
  if (allowVolatile) return;
  const appendOnly =
    field(info, 'aof_enabled') ?? ((await setting(client, 'appendonly')) === 'yes' ? '1' : '0');
  if (appendOnly !== '1') {
    throw new RedisRefused(
      'appendonly is no: set it to yes, or allow a Redis that forgets its queues when it restarts',
    );
  }
}

function field(info: string, name: string): string | undefined {
  return new RegExp(`^${name}:(.*?)\\r?$`, 'm').exec(info)?.[1];
}

/** Managed services often forbid CONFIG; then the answer is unknown. */
async function setting(client: Redis, name: string): Promise<string | undefined> {
  try {
    const answer = await client.config('GET', name);
    return Array.isArray(answer) && typeof answer[1] === 'string' ? answer[1] : undefined;
  } catch {
    return undefined;
  }
}
