import type { AttemptId } from '../../schemas/ids.ts';
import type { EngineParts } from './engine-parts.ts';
import { readAborts } from './store/queries/win-facts.ts';

/*
 * Running jobs of a run that ends get an abort signal and are awaited (language reference 9.12). Asked of
 * the database once a second and only while something takes longer than that: the worker may be
 * another process than the one that cancelled.
 */

export interface Aborts {
  /** Ends when somebody asked for that attempt to be broken off. */
  signalOf(id: AttemptId): AbortSignal;
  close(): void;
}

const askEveryMs = 1_000;

export function watchAborts(parts: EngineParts, worker: string, ids: readonly AttemptId[]): Aborts {
  const controllers = new Map(ids.map((id) => [id, new AbortController()]));
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
    signalOf: (id) => (controllers.get(id) ?? new AbortController()).signal,
    close: () => clearInterval(timer),
  };
}
