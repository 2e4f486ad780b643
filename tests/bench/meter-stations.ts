import type { Station } from '../../engine/runtime/store/run-transaction.ts';

/*
 * What each station of an alert's way asks the database. A transaction says itself whose it is (`Station` of
 * `engine/runtime/store/run-transaction.ts`); nothing here knows a statement.
 */

/** `keep`: whatever does not happen with every alert, such as looks by the clock at what is due or was left behind. */
export type StationName = Station | 'keep';
const stations = ['intake', 'match', 'claim', 'advance', 'seal', 'keep'] satisfies StationName[];

export interface StationMeter {
  /** Transactions that did something; a look that finds nothing is no batch, but its statements are asked. */
  batches: number;
  /** Statements; `begin` and `commit` count as one each. */
  asks: number;
  /** Turns between us and the database: statements that travel at once share one. */
  turns: number;
  /** From asking for a connection until the answer to the commit. */
  ms: number;
}

export type StationMeters = { [Name in StationName]: StationMeter };

export function newMeters(): StationMeters {
  const empty = (): StationMeter => ({ batches: 0, asks: 0, turns: 0, ms: 0 });
  return {
    intake: empty(),
    match: empty(),
    claim: empty(),
    advance: empty(),
    seal: empty(),
    keep: empty(),
  };
}

/** Locking is reading here: a look that takes the lock and finds nothing under it has changed nothing. */
const reading = /^\s*select\b/i;

/** One transaction's statements while it runs. */
export class TransactionMeter {
  #changes = false;
  #underWay = 0;
  #asks = 0;
  #turns = 0;

  async ask<T extends { rowCount: number }>(text: string, send: () => Promise<T>): Promise<T> {
    this.#asks += 1;
    if (this.#underWay === 0) this.#turns += 1;
    this.#underWay += 1;
    try {
      const answer = await send();
      if (answer.rowCount > 0 && !reading.test(text)) this.#changes = true;
      return answer;
    } finally {
      this.#underWay -= 1;
    }
  }

  /** @param joined of `begin` and `commit`, how many travelled together with a statement */
  end(into: StationMeters, station: StationName, ms: number, joined: number): void {
    const meter = into[station];
    if (this.#changes) meter.batches += 1;
    meter.asks += this.#asks + 2;
    meter.turns += this.#turns + 2 - joined;
    meter.ms += ms;
  }
}

export function addMeters(one: StationMeters, other: StationMeters): StationMeters {
  return combine((name, field) => one[name][field] + other[name][field]);
}

/** What each of so many runs added between two readings. */
export function lessMeters(after: StationMeters, before: StationMeters, runs: number): StationMeters {
  return combine((name, field) => (after[name][field] - before[name][field]) / runs);
}

function combine(of: (name: StationName, field: keyof StationMeter) => number): StationMeters {
  const all = newMeters();
  for (const name of stations)
    for (const field of ['batches', 'asks', 'turns', 'ms'] as const) all[name][field] = of(name, field);
  return all;
}
