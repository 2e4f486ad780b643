import type { LotData, LotJob, TakenJob } from './lot.ts';

/*
 * What sending and taking need of a backend. A link owns every connection and shares them between
 * queues; queues and workers opened on it own none.
 */

export interface QueueLink {
  openQueue(name: string): LotQueue;
  /** Opened, not yet running. */
  openWorker(name: string, concurrency: number, take: (job: TakenJob) => Promise<void>): LotWorker;
  /** Rejects, saying why, when the backend does not answer as it must. Bounded by the link's own time limits. */
  check(): Promise<void>;
  /** Drops all connections, whatever still uses them. */
  close(): Promise<void>;
}

export interface LotQueue {
  add(name: LotJob['name'], data: LotData, opts: LotJob['opts']): Promise<unknown>;
  addBulk(jobs: LotJob[]): Promise<unknown>;
  close(): Promise<void>;
}

export interface LotWorker {
  waitUntilReady(): Promise<void>;
  /** Settles when the worker has been closed. */
  run(): Promise<void>;
  pause(doNotWaitActive: boolean): Promise<void>;
  resume(): Promise<void>;
  /** Takes no more; settles when what it has taken is done. Does not end while the backend is away. */
  close(): Promise<void>;
}

/** How soon the lot of a dead worker is delivered again. */
export interface RecoveryTimes {
  /** How long a worker owns a lot without renewing; renewed at half of it. */
  lockMs: number;
  /** Between two looks for lots whose lock ran out; a lot is delivered again at the second look that finds it so. */
  stalledCheckMs: number;
}

/*
 * A lock longer than any pause of a healthy process, since each false alarm is a delivery for nothing.
 * It need not be short: an attempt that nobody claimed is sent again by the outbox after seconds.
 */
export const recoveryTimes: RecoveryTimes = { lockMs: 30_000, stalledCheckMs: 10_000 };

/** Options of every worker, whatever the backend. */
export const workerOptions = {
  autorun: false,
  // A second delivery of a claimed attempt performs nothing, so a lot may be recovered for as long as it takes.
  maxStalledCount: 1_000_000,
  // How long a waiting worker can miss a wake-up, in seconds; each look costs four short queries per queue.
  drainDelay: 5,
  // Until the next try after a refused connection; BullMQ's own 15 s would be most of the recovery time.
  runRetryDelay: 1_000,
} as const;

/** Entries of BullMQ's event stream per queue; nobody reads it. */
export const streams = { events: { maxLen: 100 } };
