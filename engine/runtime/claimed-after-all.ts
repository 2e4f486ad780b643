import { setTimeout as sleep } from 'node:timers/promises';
import type { AttemptId } from '../../schemas/ids.ts';
import type { EngineParts } from './engine-parts.ts';
import { type ClaimedAttempt, findStanding } from './store/queries/claim-attempts.ts';
import { isConnectionLoss, mayPass } from './store/sql-state.ts';

/* The answer to a commit can be lost although the commit is not. What it claimed would wait for the end of its lease. */

/** Not at once: the database may be at that commit still. */
const waitMsMin = 250;
/** Some eight seconds in all; what is not known by then waits for its lease. */
const looksMax = 5;

/** Those of these claims that this worker has, by attempt and fence. Nobody else can have been given one of them. */
export async function claimedAfterAll(
  { database, tenant, log }: EngineParts,
  worker: string,
  claims: readonly { id: AttemptId; fence: number }[],
): Promise<ReadonlySet<AttemptId>> {
  if (claims.length === 0) return new Set();
  for (let look = 0; look < looksMax; look++) {
    await sleep(waitMsMin * 2 ** look);
    try {
      return new Set(await findStanding(database, tenant, worker, claims));
    } catch (error) {
      if (!mayPass(error)) throw error;
      log('warn', 'whether attempts were claimed is not known yet; looking again', { error: String(error) });
    }
  }
  return new Set();
}

/** What the last try of a transaction was about to claim for the worker of this process. */
export interface Tried {
  claims: readonly ClaimedAttempt[];
  claimedAt: number;
}

/** @param error of the transaction */
export function takeAfterAll(parts: EngineParts, { claims, claimedAt }: Tried, error: unknown): void {
  const worker = parts.ownWorker();
  if (worker === null || !isConnectionLoss(error)) return;
  void claimedAfterAll(parts, worker.name, claims)
    .then((stand) => {
      const own = claims.filter(({ id }) => stand.has(id));
      if (own.length > 0) worker.take(own, claimedAt);
    })
    .catch((failed) =>
      parts.log('warn', 'whether attempts were claimed could not be asked; their leases end', {
        error: String(failed),
      }),
    );
}
