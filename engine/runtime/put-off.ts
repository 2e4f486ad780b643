import type { EngineParts } from './engine-parts.ts';
import type { Inbound } from './inbound.ts';
import { scopeKey } from './scope-name.ts';
import { putOff } from './store/queries/find-due.ts';

/*
 * Looks for what is due take the oldest first, and a page at a time. Runs that fail whenever they are moved would fill
 * that page for ever, so whoever fails in two looks one after the other waits a minute; once is what a database may
 * do to anybody.
 */

export interface Troubled {
  /** After a look: those of it that could not be moved. */
  note(failed: readonly Inbound[]): Promise<void>;
}

export function createTroubled({ database, tenant, log }: EngineParts): Troubled {
  let before = new Set<string>();
  return {
    async note(failed) {
      const again = failed.filter((inbound) => before.has(scopeKey(inbound)));
      before = new Set(failed.map(scopeKey));
      if (again.length === 0) return;
      await putOff(database, tenant, again);
      log('warn', 'what is due of runs that cannot be moved is put off for a minute', {
        runs: [...new Set(again.map(({ runId }) => runId))].slice(0, 10),
      });
    },
  };
}
