import { vi } from 'vitest';
import type { Lot } from '../../../engine/runtime/queue/courier.ts';

/** A worker that writes down what it was given. */
export interface Note {
  lots: Lot[];
  ids(): string[];
  perform(lot: Lot): Promise<void>;
  /** Until it has been given this many. */
  counts(lots: number): Promise<void>;
}

/** Generous: it says that something happens, not how fast. */
export const patience = { timeout: 30_000, interval: 50 };

export function takeNote(work: (lot: Lot) => Promise<void> = () => Promise.resolve()): Note {
  const lots: Lot[] = [];
  return {
    lots,
    ids: () => lots.map((lot) => lot.id),
    async perform(lot) {
      lots.push(lot);
      await work(lot);
    },
    counts: (wanted) =>
      vi.waitFor(() => {
        if (lots.length < wanted) throw new Error(`${lots.length} of ${wanted} lots arrived`);
      }, patience),
  };
}
