/*
 * Looks take the oldest first and a page at a time, so those that fail whenever they are tried would fill that page for
 * ever. Whoever fails once is tried by the next look, for that is what a database may do to anybody. From then on it
 * waits, twice as long each time, up to a minute.
 */

export interface TryLater<Id> {
  /** @returns for how many milliseconds it is left alone; 0: the next look tries it */
  failed(id: Id): number;
  passed(id: Id): void;
  /** Whom a look leaves out. */
  waiting(): Id[];
}

const firstMs = 2_000;
const mostMs = 60_000;

export function createTryLater<Id>(nowMs: () => number): TryLater<Id> {
  const known = new Map<Id, { waitMs: number; until: number }>();
  return {
    failed(id) {
      const before = known.get(id)?.waitMs;
      const waitMs = before === undefined ? 0 : Math.min(mostMs, before === 0 ? firstMs : before * 2);
      known.set(id, { waitMs, until: nowMs() + waitMs });
      return waitMs;
    },
    passed: (id) => void known.delete(id),
    waiting() {
      const now = nowMs();
      const left: Id[] = [];
      for (const [id, { until }] of known) {
        if (until > now) left.push(id);
        // Nobody tried it since: it is there no more.
        else if (until + mostMs < now) known.delete(id);
      }
      return left;
    },
  };
}
