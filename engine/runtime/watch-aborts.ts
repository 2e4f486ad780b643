import type { AttemptId } from '../../schemas/ids.ts';
import type { EngineParts } from './engine-parts.ts';
import { readAborts } from './store/queries/win-facts.ts';

/*
 * Running jobs of a run that ends get an abort signal and are awaited (language reference 9.12). Asked of
 * the database once a second and only while something takes longer than that: the worker may be
 * another process than the one that cancelled.
 */

export interface Aborts {
  /** Ends when somebody asked for that attempt to be broken off, and when the worker stops. */
  of(id: AttemptId): AbortController;
  close(): void;
}

const askEveryMs = 1_000;

/*
 * One signal for each attempt, whatever ends it. `AbortSignal.any` would make one more for each reason, and each
 * stays in the list of `stop`, which lives as long as the worker, until the collector has looked at it: the pauses
 * in which it did so were the longest of all.
 */
export function watchAborts(
  parts: EngineParts,
  worker: string,
  ids: readonly AttemptId[],
  stop: AbortSignal,
): Aborts {
  const controllers = new Map(ids.map((id) => [id, new AbortController()]));
  const stopAll = (): void => {
    for (const controller of controllers.values()) controller.abort(stop.reason);
  };
  if (stop.aborted) stopAll();
  else stop.addEventListener('abort', stopAll);
  let asking = false;
  const timer = setInterval(() => {
    if (asking) return;
    asking = true;
    readAborts(parts.database, parts.tenant, ids, worker)
      .then((asked) => {
        for (const id of asked) controllers.get(id)?.abort();
      })
      .catch((error) => {
        parts.log('warn', 'could not ask what to break off; trying again', { error: String(error) });
      })
      .finally(() => {
        asking = false;
      });
  }, askEveryMs);
  timer.unref();
  return {
    of: (id) => controllers.get(id) ?? new AbortController(),
    close() {
      clearInterval(timer);
      stop.removeEventListener('abort', stopAll);
    },
  };
}
