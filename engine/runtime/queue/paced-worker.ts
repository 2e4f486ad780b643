import { setTimeout as sleep } from 'node:timers/promises';
import {
  type BackendFactory,
  type IQueueBackend,
  type Job,
  type JobProgress,
  Worker,
  type WorkerOptions,
} from 'bullmq';
import type { TakenJob } from './lot.ts';

/** A backend that answers with errors is asked this often per worker. */
const pauseMs = 250;

/**
 * BullMQ asks again at once when fetching fails with anything but a refused connection: a PostgreSQL
 * that is starting up or a Redis that is out of memory would be asked thousands of times a second.
 */
export class PacedWorker<B extends IQueueBackend, C> extends Worker<
  unknown,
  void,
  string,
  B,
  JobProgress,
  C
> {
  constructor(
    name: string,
    take: (job: TakenJob) => Promise<void>,
    options: WorkerOptions<C>,
    factory: BackendFactory<B, C>,
  ) {
    super(name, take, options, factory);
  }

  protected override async moveToActive(
    token: string,
    name?: string,
  ): Promise<Job<unknown, void, string, JobProgress>> {
    try {
      return await super.moveToActive(token, name);
    } catch (error) {
      await sleep(pauseMs);
      throw error;
    }
  }
}
