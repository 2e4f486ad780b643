import type { AttemptId } from '../../schemas/ids.ts';
import { performClaimed, type WorkerParts } from './perform-lot.ts';
import { settleWithin } from './queue/settle-within.ts';
import type { ClaimedAttempt } from './store/queries/claim-attempts.ts';
import type { OwnWorker, ReadyAttempt } from './worker-at-hand.ts';

/*
 * The worker of the process that decides. What becomes ready in a commit is claimed by that very commit as
 * far as this worker has places free, and needs no way over the queue; the rest goes there. Losing the process
 * after the commit is the same as losing any worker that has claimed: its lease ends, and the target is asked.
 */

/** Of each system, kept for releases: a storm of orders that nobody answers must not keep a server isolated. */
const releasePlaces = 4;

/** For what was told to stop. */
const goodbyeMsMax = 2_000;

/** @param places lots of one system that this process works on at a time, wherever they come from */
export function createOwnWorker(parts: WorkerParts, systems: readonly string[], places: number): OwnWorker {
  const busy = new Map(systems.map((system) => [system, 0]));
  const releasing = new Map(systems.map((system) => [system, 0]));
  const running = new Set<Promise<void>>();
  const stop = new AbortController();
  let closed = false;

  async function counted(
    among: Map<string, number>,
    system: string,
    work: () => Promise<void>,
  ): Promise<void> {
    among.set(system, (among.get(system) ?? 0) + 1);
    try {
      await work();
    } finally {
      among.set(system, (among.get(system) ?? 1) - 1);
    }
  }

  const inPlace = (system: string, work: () => Promise<void>): Promise<void> => counted(busy, system, work);

  function hasPlace({ system, class: actionClass }: ReadyAttempt): boolean {
    if (actionClass === 'restore') return (releasing.get(system) ?? Number.POSITIVE_INFINITY) < releasePlaces;
    return (busy.get(system) ?? Number.POSITIVE_INFINITY) < places;
  }

  function run(system: string, claimed: readonly ClaimedAttempt[], claimedAt: number): void {
    const among = claimed.some(isRelease) ? releasing : busy;
    const work = counted(among, system, () => performClaimed(parts, claimed, claimedAt, stop.signal)).catch(
      (error) =>
        parts.engine.log('error', 'attempts broke off; their leases end and their targets are asked', {
          system,
          error: error instanceof Error ? error.name : 'unknown error',
        }),
    );
    running.add(work);
    void work.finally(() => running.delete(work));
  }

  return {
    name: parts.worker,
    wants(rows) {
      const wanted = new Set<AttemptId>();
      if (closed) return wanted;
      const orders = new Set<string>();
      for (const row of rows) {
        const order = orderOf(row);
        if (!hasPlace(row) || orders.has(row.action_key) || orders.has(order)) continue;
        orders.add(row.action_key).add(order);
        wanted.add(row.id);
      }
      return wanted;
    },
    take(claimed, claimedAt) {
      for (const lot of Map.groupBy(claimed, isRelease).values()) {
        const bySystem = Map.groupBy(lot, ({ system }) => system);
        for (const [system, attempts] of bySystem) run(system, attempts, claimedAt);
      }
    },
    inPlace,
    async close(graceMs) {
      closed = true;
      const idle = async () => {
        while (running.size > 0) await Promise.allSettled(running);
      };
      await settleWithin(idle(), graceMs, 'own attempts').catch(() => undefined);
      stop.abort(new Error('the process is stopping'));
      await settleWithin(idle(), goodbyeMsMax, 'stopping own attempts').catch(() => undefined);
    },
  };
}

const isRelease = ({ class: actionClass }: { class: ReadyAttempt['class'] }): boolean =>
  actionClass === 'restore';

/** Only one order to a target is under way at a time; looking at it and telling somebody are none. */
function orderOf({ id, purpose, class: actionClass, target_kind, target_id }: ReadyAttempt): string {
  const orders = purpose === 'perform' && actionClass !== 'read' && actionClass !== 'notify';
  return orders && target_id !== null ? `${target_kind}\n${target_id}` : id;
}
