import type { AttemptId } from '../../schemas/ids.ts';
import type { ActionClass } from '../core/contracts/action.ts';
import type { AttemptPurpose } from '../core/contracts/command.ts';
import type { ClaimedAttempt } from './store/queries/claim-attempts.ts';

/** What it looks at of an attempt that became ready. */
export interface ReadyAttempt {
  id: AttemptId;
  system: string;
  class: ActionClass;
  purpose: AttemptPurpose;
  action_key: string;
  target_kind: string | null;
  target_id: string | null;
}

/** The worker of this process as whoever decides sees it, who must not know how it performs: `own-worker.ts`. */
export interface OwnWorker {
  readonly name: string;
  /** Which of these it would take up at once: one order per target and effect, as far as there are places. */
  wants(rows: readonly ReadyAttempt[]): Set<AttemptId>;
  /**
   * Performs what is claimed and committed.
   * @param claimedAt on the monotonic clock, from before the claim
   */
  take(claimed: readonly ClaimedAttempt[], claimedAt: number): void;
  /** Runs a lot from the queue, which takes one of the same places. */
  inPlace(system: string, work: () => Promise<void>): Promise<void>;
  /** Takes nothing more, waits for what runs up to `graceMs`, then tells it to stop. */
  close(graceMs: number): Promise<void>;
}
