import { type Lot, readLot, type TakenJob } from './lot.ts';
import type { LotWorker, QueueLink } from './queue-link.ts';
import { queueName } from './queue-name.ts';
import type { CourierLog } from './quiet-log.ts';
import { settleWithin } from './settle-within.ts';

export type PerformLot = (lot: Lot, signal: AbortSignal) => Promise<void>;

export interface Taker {
  work(systems: readonly string[], concurrency: number, perform: PerformLot): Promise<void>;
  /** False: takes nothing new until it is told true again. */
  setTaking(taking: boolean): Promise<void>;
  close(graceMs: number): Promise<void>;
}

const startMsMax = 15_000;
/** For lots that were told to stop, and for workers to say goodbye to a backend that may be gone. */
const goodbyeMsMax = 2_000;

export function createTaker(link: QueueLink, namespace: string, log: CourierLog): Taker {
  const workers = new Map<string, LotWorker>();
  const running = new Set<Promise<void>>();
  const stop = new AbortController();
  let taking = true;
  const started = new Set<LotWorker>();

  /** Never rejects: BullMQ would write the error's text, which may hold anything, into the queue. */
  async function take(system: string, job: TakenJob, perform: PerformLot): Promise<void> {
    const lot = readLot(system, job);
    if (lot === null) {
      log('error', 'a job in the queue is not a lot and was dropped', { system });
      return;
    }
    try {
      await perform(lot, stop.signal);
    } catch (error) {
      const name = error instanceof Error ? error.name : 'unknown error';
      log('error', 'a lot broke off; what it left unclaimed is sent again', {
        lot: lot.id,
        system,
        error: name,
      });
    }
  }

  function tracked(work: Promise<void>): Promise<void> {
    running.add(work);
    return work.finally(() => running.delete(work));
  }

  async function idle(): Promise<void> {
    while (running.size > 0) await Promise.allSettled(running);
  }

  function start(worker: LotWorker): void {
    if (started.has(worker)) return;
    started.add(worker);
    worker.run().catch((error: unknown) => log('error', 'a queue worker ended', { error: String(error) }));
  }

  return {
    async work(systems, concurrency, perform) {
      if (stop.signal.aborted) throw new Error('the courier is closed');
      const names = new Map(systems.map((system) => [system, queueName(namespace, system)]));
      const twice = systems.find((system) => workers.has(system));
      if (twice !== undefined) throw new Error(`this courier already works for ${twice}`);
      const opened: LotWorker[] = [];
      for (const [system, name] of names) {
        const worker = link.openWorker(name, concurrency, (job) => tracked(take(system, job, perform)));
        workers.set(system, worker);
        opened.push(worker);
      }
      try {
        await settleWithin(
          Promise.all(opened.map((worker) => worker.waitUntilReady())),
          startMsMax,
          'opening workers',
        );
      } catch (error) {
        for (const system of names.keys()) workers.delete(system);
        for (const worker of opened) worker.close().catch(() => undefined);
        throw error;
      }
      if (taking) opened.forEach(start);
    },
    async setTaking(wanted) {
      if (wanted === taking) return;
      taking = wanted;
      for (const worker of workers.values()) {
        if (!wanted) await worker.pause(true);
        else if (started.has(worker)) await worker.resume();
        else start(worker);
      }
    },
    async close(graceMs) {
      const closing = Promise.allSettled([...workers.values()].map((worker) => worker.close()));
      await settleWithin(idle(), graceMs, 'running lots').catch(() => undefined);
      if (running.size > 0) {
        log('warn', 'lots were still running when the grace period ended', { lots: running.size });
        stop.abort(new Error('the process is stopping'));
        await settleWithin(idle(), goodbyeMsMax, 'stopping lots').catch(() => undefined);
      }
      await settleWithin(closing, goodbyeMsMax, 'closing workers').catch(() => undefined);
      stop.abort(new Error('the process is stopping'));
    },
  };
}
