/*
 * Which station of an alert's way a transaction belongs to, told by its statements: the engine has no
 * name for it, and measuring must not add one.
 */

export const stations = ['intake', 'match', 'claim', 'advance', 'seal', 'keep'] as const;
/** `keep`: looks by the clock, at what is due or was left behind. */
export type StationName = (typeof stations)[number];

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

/** What only this station says, and whether it says so only when there was something to do. */
const marks: readonly { station: StationName; text: string; batch: boolean }[] = [
  { station: 'intake', text: 'insert into alerts', batch: true },
  { station: 'match', text: 'insert into decision_traces', batch: true },
  { station: 'match', text: 'select id, incident_id as "incidentId", alert, raw', batch: false },
  { station: 'claim', text: "update attempts a set state = 'claimed'", batch: true },
  { station: 'advance', text: 'update scopes s set version', batch: true },
  { station: 'seal', text: 'insert into audit_log (', batch: true },
];

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

/** One transaction's statements while it runs. */
export class TransactionMeter {
  #seen = new Set<number>();
  #underWay = 0;
  #asks = 0;
  #turns = 0;

  async ask<T>(text: string, send: () => Promise<T>): Promise<T> {
    this.#asks += 1;
    if (this.#underWay === 0) this.#turns += 1;
    this.#underWay += 1;
    for (const [index, mark] of marks.entries()) if (text.includes(mark.text)) this.#seen.add(index);
    try {
      return await send();
    } finally {
      this.#underWay -= 1;
    }
  }

  end(into: StationMeters, otherwise: StationName, ms: number): void {
    const found = marks.filter((_, index) => this.#seen.has(index));
    const meter = into[found[0]?.station ?? otherwise];
    if (found[0] !== undefined && found.some((mark) => mark.batch && mark.station === found[0]?.station))
      meter.batches += 1;
    meter.asks += this.#asks + 2;
    meter.turns += this.#turns + 2;
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
