import { timestamp } from './timestamp.ts';

/**
 * What happened to a target, in the words of the ground truth. The README of the lab says for each
 * effect what counts as which.
 */
export type EffectChange =
  | 'ordered'
  | 'release-ordered'
  | 'applied'
  | 'released'
  | 'duplicate'
  | 'repeat'
  | 'failed'
  | 'cancelled'
  | 'reverted';

export interface EffectCounters {
  /** Accepted orders that will bring the effect about later. */
  orders: number;
  /** Accepted orders that will take it back later. */
  releaseOrders: number;
  /** The world changed: the effect began to hold. */
  applied: number;
  /** The world changed: the effect ended because somebody ended it. */
  released: number;
  /** Something was done or ordered a second time although it held or was under way. Must stay 0. */
  duplicates: number;
  /** Asked again and absorbed by the target: nothing was created, nothing changed. */
  repeats: number;
  failed: number;
  cancelled: number;
  /** The estate itself took the effect back, such as a directory sync. */
  reverted: number;
}

export interface EffectEntry {
  seq: number;
  at: string;
  effect: string;
  target: string;
  change: EffectChange;
  /** Name of the API client; `estate` when the estate acted by itself. */
  by: string;
  comment: string | null;
  /** Id of the machine action, bulk id of the remediation, or null. */
  reference: string | null;
}

export interface Effect {
  effect: string;
  target: string;
  change: EffectChange;
  by: string;
  comment?: string | null;
  reference?: string | null;
}

export interface SavedLedger {
  counters: [string, EffectCounters][];
  journal: EffectEntry[];
  seq: number;
}

export interface EffectLedger {
  record(effect: Effect, atMs: number): void;
  /** All zero for what never happened. */
  count(effect: string, target: string): EffectCounters;
  counters(): { [effectAndTarget: string]: EffectCounters };
  totals(): EffectCounters;
  /** Oldest first; the last `journalMax` entries. Counters are never cut. */
  journal(): EffectEntry[];
  save(): SavedLedger;
}

/** About 30 MB at most. A benchmark writes more entries than anybody reads; the counters stay exact. */
const journalMax = 100_000;

const counterOf: Record<EffectChange, keyof EffectCounters> = {
  ordered: 'orders',
  'release-ordered': 'releaseOrders',
  applied: 'applied',
  released: 'released',
  duplicate: 'duplicates',
  repeat: 'repeats',
  failed: 'failed',
  cancelled: 'cancelled',
  reverted: 'reverted',
};

export function createLedger(saved: SavedLedger = { counters: [], journal: [], seq: 0 }): EffectLedger {
  const counters = new Map(saved.counters);
  let journal = [...saved.journal];
  let { seq } = saved;

  return {
    record(effect, atMs) {
      const key = `${effect.effect} ${effect.target}`;
      let row = counters.get(key);
      if (row === undefined) {
        row = noEffects();
        counters.set(key, row);
      }
      row[counterOf[effect.change]] += 1;
      seq += 1;
      journal.push({
        seq,
        at: timestamp(atMs),
        effect: effect.effect,
        target: effect.target,
        change: effect.change,
        by: effect.by,
        comment: effect.comment ?? null,
        reference: effect.reference ?? null,
      });
      // cut in halves: cutting one by one would copy the array on each entry
      if (journal.length > journalMax * 2) journal = journal.slice(-journalMax);
    },
    count: (effect, target) => ({ ...(counters.get(`${effect} ${target}`) ?? noEffects()) }),
    counters: () => Object.fromEntries([...counters].map(([key, row]) => [key, { ...row }])),
    totals() {
      const sum = noEffects();
      for (const row of counters.values()) {
        for (const name of Object.values(counterOf)) sum[name] += row[name];
      }
      return sum;
    },
    journal: () => journal.slice(-journalMax),
    save: () => ({ counters: [...counters], journal: journal.slice(-journalMax), seq }),
  };
}

function noEffects(): EffectCounters {
  return {
    orders: 0,
    releaseOrders: 0,
    applied: 0,
    released: 0,
    duplicates: 0,
    repeats: 0,
    failed: 0,
    cancelled: 0,
    reverted: 0,
  };
}
