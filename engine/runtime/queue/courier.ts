import type { AttemptId, LotId } from '../../../schemas/ids.ts';

/** All attempts of one system and priority that were ready at one moment; ids only. */
export interface Lot {
  id: LotId;
  system: string;
  /** 1 most urgent … 5. */
  priority: number;
  attemptIds: AttemptId[];
}

/** Carries lots to workers, at least once. PostgreSQL rows are the truth; losing everything here loses nothing. */
export interface Courier {
  /** Hands lots to the queue; resolves when the queue has them; rejects fast when the queue is down. */
  send(lots: Lot[]): Promise<void>;
  /** Starts taking lots of the given systems; `perform` settles when the whole lot is done. */
  work(
    systems: string[],
    options: { concurrency: number },
    perform: (lot: Lot, signal: AbortSignal) => Promise<void>,
  ): Promise<void>;
  /** Whether the queue answers right now, for `/readyz`. */
  ready(): Promise<{ ok: boolean; detail: string }>;
  /** Stops taking work, waits for running lots up to `graceMs`, closes connections. */
  close(graceMs: number): Promise<void>;
}
