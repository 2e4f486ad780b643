import type { JobsOptions } from 'bullmq';
import type { AttemptId, LotId } from '../../../schemas/ids.ts';

/** Attempts of one system and priority that became ready together; they travel as one job. */
export interface Lot {
  id: LotId;
  system: string;
  /** 1 most urgent … 5. */
  priority: number;
  attemptIds: AttemptId[];
}

/** All that is ever written into a queue. Renaming the field strands the jobs of an older process until they are sent again. */
export interface LotData {
  attemptIds: AttemptId[];
}

export interface LotJob {
  name: 'lot';
  data: LotData;
  opts: JobsOptions;
}

/** What a worker is handed back; `data` is what lay in the queue, so it is checked. */
export interface TakenJob {
  id?: string | undefined;
  data: unknown;
  opts: { priority?: number };
}

export function toJob(lot: Lot): LotJob {
  if (!Number.isInteger(lot.priority) || lot.priority < 1 || lot.priority > 5) {
    throw new RangeError(`lot ${lot.id}: priority ${lot.priority} is not a whole number from 1 to 5`);
  }
  return {
    name: 'lot',
    data: { attemptIds: lot.attemptIds },
    opts: {
      jobId: lot.id,
      priority: lot.priority,
      // Repeating is next-attempt's business; what is done leaves no trace in the queue.
      attempts: 1,
      removeOnComplete: true,
      removeOnFail: true,
    },
  };
}

/** Null for a job that this courier cannot have sent. */
export function readLot(system: string, job: TakenJob): Lot | null {
  const { data } = job;
  if (job.id === undefined || typeof data !== 'object' || data === null || !('attemptIds' in data))
    return null;
  const { attemptIds } = data;
  if (!Array.isArray(attemptIds) || !attemptIds.every(isAttemptId)) return null;
  return { id: job.id as LotId, system, priority: job.opts.priority ?? 5, attemptIds };
}

function isAttemptId(value: unknown): value is AttemptId {
  return typeof value === 'string' && value !== '';
}
