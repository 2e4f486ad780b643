import { performance } from 'node:perf_hooks';
import type { Pool } from 'pg';
import type { RecoveryTimes } from './queue-link.ts';
import type { CourierLog } from './quiet-log.ts';

/*
 * BullMQ on PostgreSQL measures locks and stalled checks with each worker's own clock. A worker whose
 * clock is ahead takes healthy lots for stalled, and writes a time of its last check that keeps all
 * others from checking until real time has caught up. So a process with a wrong clock takes no work,
 * and every process takes back what lies in the future of the database's clock.
 */

const everyMs = 10_000;
/** Beyond this a process takes no work (audit facts 3.2, rule 9). */
const offsetMsMax = 2_000;
/** An answer this slow says nothing about the clock. */
const roundTripMsMax = 1_000;

export interface ClockWatch {
  /** Milliseconds that this process is ahead of the database; null before the first look. */
  offsetMs(): number | null;
  /** False while no work is taken for it. */
  right(): boolean;
  /** Looks now, and then every ten seconds. Rejects when the database does not answer. */
  start(): Promise<void>;
  stop(): void;
}

export interface ClockWatchOptions {
  pool: Pool;
  times: RecoveryTimes;
  /** Every queue of this installation, as a pattern for `like`. */
  queues: string;
  nowMs(): number;
  setTaking(taking: boolean): Promise<void>;
  log: CourierLog;
}

export function watchClock(options: ClockWatchOptions): ClockWatch {
  const { pool, times, queues, setTaking, log } = options;
  let offset: number | null = null;
  let timer: NodeJS.Timeout | undefined;

  function right(): boolean {
    return offset === null || Math.abs(offset) <= offsetMsMax;
  }

  async function look(): Promise<void> {
    const startedAt = performance.now();
    const before = options.nowMs();
    const { rows } = await pool.query<{ now_ms: string }>(takeBack, [
      queues,
      times.lockMs,
      times.stalledCheckMs,
    ]);
    const roundTripMs = performance.now() - startedAt;
    if (rows[0] === undefined || roundTripMs > roundTripMsMax) return;
    offset = Math.round(before + roundTripMs / 2 - Number(rows[0].now_ms));
    if (!right())
      log('error', 'this clock differs from the database clock: no work is taken', { offsetMs: offset });
    await setTaking(right());
  }

  return {
    offsetMs: () => offset,
    right,
    async start() {
      if (timer !== undefined) return;
      timer = setInterval(() => {
        look().catch((error: unknown) =>
          log('warn', 'the clocks could not be compared', { error: String(error) }),
        );
      }, everyMs);
      timer.unref();
      await look();
    },
    stop() {
      clearInterval(timer);
    },
  };
}

/*
 * In:  $1 queue name pattern, $2 lock duration, $3 stalled check interval, in ms.
 * Out: the database's clock in ms since the epoch.
 * Changes only what no right clock can have written: the time of a check that is yet to come, and
 * locks that end later than one taken now would. Both get one interval as tolerance.
 */
const takeBack = `
with clock as (
  select (extract(epoch from clock_timestamp()) * 1000)::bigint as now_ms
),
check_to_come as (
  delete from meta using clock
  where meta.queue like $1 and meta.field = 'stalled-check' and meta.value::bigint > clock.now_ms + $3::bigint
),
lock_too_long as (
  update job set locked_until_ms = clock.now_ms + $2::bigint
  from clock
  where job.queue like $1 and job.state = 'active' and job.locked_until_ms > clock.now_ms + $2::bigint + $3::bigint
)
select now_ms from clock`;
