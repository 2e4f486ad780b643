import type { Machine, MeasuredLoad, Way } from '../measure-loads.ts';
import type { StationName } from '../meter-stations.ts';

/*
 * From two measured loads to a price list. What a batch costs is counted in statements, what a row costs
 * is what is left: two loads with very different batches give both, as two equations. How rows share
 * what is left is told by the time that each station's transactions took in the crowd.
 */

export type BatchStation = Exclude<StationName, 'keep'>;
export const batchStations = ['intake', 'match', 'claim', 'advance', 'seal'] as const;

export interface Cost {
  nodeMs: number;
  postgresMs: number;
}

export interface StationPrice {
  perBatch: Cost;
  perRow: Cost;
  /** Statements of a batch, `begin` and `commit` among them, and the turns that they travel in. */
  asks: number;
  turns: number;
  rowsPerRun: number;
}

export interface Prices {
  way: Way;
  stations: { [Name in BatchStation]: StationPrice };
  /** Of one lot: handed over, taken, acknowledged. */
  hop: Cost;
  idlePerSecond: Cost;
  commitMs: number;
  /** Of a run: how many steps are reported, and how many entries are written in all. */
  steps: number;
  entriesPerRun: number;
}

const steps = 3;

/** @param few a load with small batches; @param crowd one with large ones */
export function fitPrices(machine: Machine, few: MeasuredLoad, crowd: MeasuredLoad): Prices {
  const { way, hop, idlePerSecond, commitMs } = machine;
  const entriesPerRun = crowd.perRun.entries;
  const rows = {
    intake: 1,
    match: 1,
    claim: way === 'queue' ? steps : 0,
    advance: steps,
    seal: entriesPerRun,
  };
  const node = split(few, crowd, (load) => load.perRun.nodeMs, hop.nodeMs, idlePerSecond.nodeMs);
  const postgres = split(
    few,
    crowd,
    (load) => load.perRun.postgresMs,
    hop.postgresMs,
    idlePerSecond.postgresMs,
  );
  const crowdMs = sum(batchStations.map((name) => crowd.stations[name].ms));
  const price = (name: BatchStation): StationPrice => {
    const [one, other] = [few.stations[name], crowd.stations[name]];
    const batches = one.batches + other.batches;
    // Whoever decides also claims, with the statements of deciding. What goes over the queue nevertheless is not seen here.
    if (rows[name] === 0) return claimAlone(node.perAsk, postgres.perAsk);
    const asks = (one.asks + other.asks) / batches;
    const share = other.ms / crowdMs / rows[name];
    return {
      perBatch: { nodeMs: node.perAsk * asks, postgresMs: postgres.perAsk * asks },
      perRow: { nodeMs: node.perRun * share, postgresMs: postgres.perRun * share },
      asks,
      turns: Math.max(1, Math.round((one.turns + other.turns) / batches)),
      rowsPerRun: rows[name],
    };
  };
  return {
    way,
    stations: {
      intake: price('intake'),
      match: price('match'),
      claim: price('claim'),
      advance: price('advance'),
      seal: price('seal'),
    },
    hop,
    idlePerSecond,
    commitMs,
    steps,
    entriesPerRun,
  };
}

/** As long as its own transaction was not measured: what is between `begin` and `commit` is one statement. */
function claimAlone(nodePerAsk: number, postgresPerAsk: number): StationPrice {
  const asks = 3;
  return {
    perBatch: { nodeMs: nodePerAsk * asks, postgresMs: postgresPerAsk * asks },
    perRow: { nodeMs: 0, postgresMs: 0 },
    asks,
    turns: asks,
    rowsPerRun: 0,
  };
}

/** Statements asked per run, without the looks by the clock. */
export function asksPerRun(load: MeasuredLoad): number {
  return sum(batchStations.map((name) => load.stations[name].asks));
}

export function batchesPerRun(load: MeasuredLoad): number {
  return sum(batchStations.map((name) => load.stations[name].batches));
}

function split(
  few: MeasuredLoad,
  crowd: MeasuredLoad,
  spentMs: (load: MeasuredLoad) => number,
  hopMs: number,
  idleMs: number,
): { perAsk: number; perRun: number } {
  // A lot is claimed in one transaction, so there are as many hops as batches of claims.
  const own = (load: MeasuredLoad): number =>
    spentMs(load) - hopMs * load.stations.claim.batches - idleMs / load.throughputPerSecond;
  const perAsk = (own(few) - own(crowd)) / (asksPerRun(few) - asksPerRun(crowd));
  if (!(perAsk > 0)) throw new Error('the two loads do not tell what a batch costs: measure again');
  const perRun = own(crowd) - perAsk * asksPerRun(crowd);
  // Noise can leave less than nothing for the rows; a tenth of what the crowd paid is kept for them.
  return { perAsk, perRun: Math.max(perRun, own(crowd) / 10) };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, each) => total + each, 0);
}
