import { setTimeout as sleep } from 'node:timers/promises';
import type { AttemptId } from '../../schemas/ids.ts';
import type { EngineParts } from './engine-parts.ts';
import { findStanding } from './store/queries/claim-attempts.ts';
import { mayPass } from './store/sql-state.ts';

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
