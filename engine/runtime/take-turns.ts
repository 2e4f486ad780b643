import type { Inbound } from './inbound.ts';
import { scopeKey } from './scope-name.ts';

/*
 * Whose turn it is when more waits than one transaction takes. What moves a run that is under way goes first, in the
 * order in which it came: a report must not stand behind ten thousand runs that have not begun. A share of every crowd
 * is kept for those, so that a storm of reports does not keep them from beginning.
 */

/** One in so many. */
const newcomersShare = 4;

export interface Line<Each extends { inbound: Inbound }> {
  add(each: Each): void;
  /**
   * At most so many, one for each scope: a decision must see what the one before it wrote. None of a run that is busy,
   * since two transactions of one process would only wait for each other at its row; several scopes of one run may go
   * together.
   */
  take(atOnce: number, busyRuns: ReadonlySet<string>): Each[];
  readonly length: number;
}

export function createLine<Each extends { inbound: Inbound }>(): Line<Each> {
  let underWay: Each[] = [];
  let newcomers: Each[] = [];

  /** Those of the line that stay; the others are in the batch. */
  function pick(line: Each[], most: number, batch: Each[], busyRuns: ReadonlySet<string>): Each[] {
    const runs = new Set(batch.map(({ inbound }) => inbound.runId));
    const scopes = new Set(batch.map(({ inbound }) => scopeKey(inbound)));
    const later: Each[] = [];
    for (const [index, each] of line.entries()) {
      if (batch.length >= most) return [...later, ...line.slice(index)];
      const { runId } = each.inbound;
      const key = scopeKey(each.inbound);
      if (scopes.has(key) || (!runs.has(runId) && busyRuns.has(runId))) {
        later.push(each);
        continue;
      }
      runs.add(runId);
      scopes.add(key);
      batch.push(each);
    }
    return later;
  }

  return {
    add(each) {
      (begins(each.inbound) ? newcomers : underWay).push(each);
    },
    take(atOnce, busyRuns) {
      const batch: Each[] = [];
      const kept = Math.min(newcomers.length, Math.floor(atOnce / newcomersShare));
      underWay = pick(underWay, atOnce - kept, batch, busyRuns);
      newcomers = pick(newcomers, atOnce, batch, busyRuns);
      // What newcomers had no use for, because they wait for others of their run.
      underWay = pick(underWay, atOnce, batch, busyRuns);
      return batch;
    },
    get length() {
      return underWay.length + newcomers.length;
    },
  };
}

function begins(inbound: Inbound): boolean {
  return inbound.kind === 'begin' || (inbound.kind === 'ask' && inbound.begins === true);
}
