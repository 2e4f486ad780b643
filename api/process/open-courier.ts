import { RedisRefused } from '../../engine/runtime/queue/check-redis.ts';
import {
  type Courier,
  type CourierLog,
  createPostgresCourier,
  createRedisCourier,
} from '../../engine/runtime/queue/courier.ts';
import type { RedisTarget } from '../../engine/runtime/queue/redis-target.ts';
import type { Database } from '../../engine/runtime/store/database.ts';
import { installationName } from '../../engine/runtime/store/queries/installation-name.ts';
import { StartError } from '../../engine/runtime/store/start-error.ts';
import { defaultTenant } from '../../schemas/ids.ts';

/** Queues in PostgreSQL without a `queue`. @throws StartError for a Redis that is not there, or that loses what it is given */
export async function openCourier(
  queue: RedisTarget | null,
  databaseUrl: string,
  database: Database,
  log: CourierLog,
): Promise<Courier> {
  // Nobody else's queues lie in our own database.
  if (queue === null) return createPostgresCourier({ url: databaseUrl, log });
  const namespace = await installationName(database, defaultTenant);
  try {
    return await createRedisCourier({ target: queue, namespace, log });
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause);
    const code = cause instanceof RedisRefused ? 'start/unsafe-queue' : 'start/no-queue';
    throw new StartError(code, `QUEUE_URL: ${message}`, { cause });
  }
}
