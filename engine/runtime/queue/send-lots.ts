import { type Lot, type LotJob, toJob } from './lot.ts';
import type { LotQueue, QueueLink } from './queue-link.ts';
import { queueName } from './queue-name.ts';
import { settleWithin } from './settle-within.ts';

/** Longer than a busy queue needs, shorter than anybody wants to wait for a dead one. */
const sendMsMax = 5_000;

export interface Sender {
  send(lots: readonly Lot[]): Promise<void>;
  close(): Promise<void>;
}

/** Hands lots over, all of one queue in one round trip. Queues come into being when something is sent to them. */
export function createSender(link: QueueLink, namespace: string): Sender {
  const queues = new Map<string, LotQueue>();
  let closed = false;

  function queueOf(system: string): LotQueue {
    const known = queues.get(system);
    if (known !== undefined) return known;
    const queue = link.openQueue(queueName(namespace, system));
    queues.set(system, queue);
    return queue;
  }

  async function sendTo(system: string, jobs: LotJob[]): Promise<void> {
    const queue = queueOf(system);
    try {
      await settleWithin(add(queue, jobs), sendMsMax, `sending to the queue of ${system}`);
    } catch (error) {
      // BullMQ remembers a failed start for the life of the queue object; the next send opens a new one.
      if (queues.get(system) === queue) queues.delete(system);
      queue.close().catch(() => undefined);
      throw error;
    }
  }

  return {
    async send(lots) {
      if (closed) throw new Error('the courier is closed');
      const bySystem = new Map<string, LotJob[]>();
      for (const lot of lots) {
        const jobs = bySystem.get(lot.system) ?? [];
        jobs.push(toJob(lot));
        bySystem.set(lot.system, jobs);
      }
      const sent = [...bySystem].map(([system, jobs]) => sendTo(system, jobs));
      // All are awaited, so that nothing is still on its way when the caller learns of a failure.
      const failed = (await Promise.allSettled(sent)).filter((each) => each.status === 'rejected');
      if (failed[0] !== undefined)
        throw new Error('the queue did not take every lot', { cause: failed[0].reason });
    },
    async close() {
      closed = true;
      await Promise.allSettled([...queues.values()].map((queue) => queue.close()));
    },
  };
}

/** On PostgreSQL `addBulk` makes two temporary tables per call, which is the dearer way for a single job. */
function add(queue: LotQueue, jobs: LotJob[]): Promise<unknown> {
  const [only, ...others] = jobs;
  if (only !== undefined && others.length === 0) return queue.add(only.name, only.data, only.opts);
  return queue.addBulk(jobs);
}
