import type { Lot } from './lot.ts';
import { openPostgresLink } from './postgres-link.ts';
import { type QueueLink, type RecoveryTimes, recoveryTimes } from './queue-link.ts';
import { queueName } from './queue-name.ts';
import { type CourierLog, createQuietLog } from './quiet-log.ts';
import { openRedisLink } from './redis-link.ts';
import type { RedisTarget } from './redis-target.ts';
import { createSender } from './send-lots.ts';
import { createTaker, type PerformLot } from './take-lots.ts';
import { type ClockWatch, watchClock } from './watch-clock.ts';

/*
 * Carries lots of attempt ids from the outbox to the workers. It may lose, repeat and reorder them:
 * the rows in PostgreSQL are the truth, a worker claims there before it does anything.
 */

export type { Lot } from './lot.ts';
export type { CourierLog } from './quiet-log.ts';

export interface Courier {
  /** Resolves when the queues have all lots. Rejects within seconds when one has not; then some may have arrived. */
  send(lots: Lot[]): Promise<void>;
  /**
   * Takes lots of these systems, up to `concurrency` of each at a time. `perform` settles when the whole
   * lot is done; its rejection is logged by name and not repeated. The signal says that the process is
   * stopping and the grace period over; a lost lock does not raise it.
   */
  work(systems: string[], options: { concurrency: number }, perform: PerformLot): Promise<void>;
  /** False while this process takes no work, as its clock differs too much from the database's. */
  taking(): boolean;
  /** Whether the queue answers right now, in at most three seconds. */
  ready(): Promise<{ ok: boolean; detail: string }>;
  /** Takes nothing more, waits for running lots up to `graceMs`, raises their signal, closes connections. */
  close(graceMs: number): Promise<void>;
}

export interface CourierOptions {
  log: CourierLog;
  /** Keeps two installations on one Redis or database apart; default `default`. */
  namespace?: string;
  /** Shorter ones are for tests. */
  recovery?: RecoveryTimes;
}

/**
 * Queues in schema `bullmq` of a PostgreSQL, migrated here under BullMQ's advisory lock.
 * @param options.url a login that may create and alter that schema
 * @param options.nowMs the clock that BullMQ sees; default `Date.now`
 */
export async function createPostgresCourier(
  options: CourierOptions & { url: string; nowMs?: () => number },
): Promise<Courier> {
  const { namespace = 'default', recovery = recoveryTimes } = options;
  const log = createQuietLog(options.log);
  const queues = queueName(namespace, 'any').replace(/any$/, '%').replaceAll('_', '\\_');
  const link = await openPostgresLink(options.url, recovery, log);
  return join(link, namespace, log, (setTaking) =>
    watchClock({
      pool: link.pool,
      times: recovery,
      queues,
      nowMs: options.nowMs ?? Date.now,
      setTaking,
      log,
    }),
  );
}

/**
 * Queues in a Redis (6.2 or newer) or Valkey. Rejects with `RedisRefused` when it evicts keys.
 * @param options.allowVolatile accept one that forgets its queues on a restart; the outbox sends them again
 */
export async function createRedisCourier(
  options: CourierOptions & { target: RedisTarget; allowVolatile?: boolean },
): Promise<Courier> {
  const { namespace = 'default', recovery = recoveryTimes, allowVolatile = false } = options;
  const log = createQuietLog(options.log);
  queueName(namespace, 'any');
  return join(await openRedisLink(options.target, { allowVolatile, times: recovery, log }), namespace, log);
}

function join(
  link: QueueLink,
  namespace: string,
  log: CourierLog,
  watch?: (setTaking: (taking: boolean) => Promise<void>) => ClockWatch,
): Courier {
  const sender = createSender(link, namespace);
  const taker = createTaker(link, namespace, log);
  const clock = watch?.(taker.setTaking);
  let closing: Promise<void> | undefined;

  async function close(graceMs: number): Promise<void> {
    clock?.stop();
    await taker.close(graceMs);
    await sender.close();
    await link.close();
  }

  return {
    send: (lots) => sender.send(lots),
    async work(systems, { concurrency }, perform) {
      await clock?.start();
      await taker.work(systems, concurrency, perform);
    },
    taking: () => clock?.right() !== false,
    async ready() {
      if (closing !== undefined) return { ok: false, detail: 'the courier is closed' };
      try {
        await link.check();
      } catch (error) {
        return { ok: false, detail: error instanceof Error ? error.message : String(error) };
      }
      return clock?.right() === false
        ? {
            ok: false,
            detail: `this clock is ${clock.offsetMs()} ms ahead of the database's: no work is taken`,
          }
        : { ok: true, detail: 'the queue answers' };
    },
    close(graceMs) {
      closing ??= close(graceMs);
      return closing;
    },
  };
}
