import type { Prices } from './costs.ts';
import { type Played, playCrowd } from './play.ts';
import type { Shape } from './shard.ts';

/* How many shards hold a rate, and what gives way first when it grows. */

export interface Plan {
  perSecond: number;
  /** 0: as few as hold the rate. */
  machines: number;
  /** Of each. */
  shape: Shape;
  largest: number;
  seconds: number;
  seed: number;
}

export interface Found {
  machines: number;
  perSecond: number;
  holds: boolean;
  /** The name of what has least to spare. */
  busiest: string;
  played: Played;
}

const machinesMax = 512;

export function findMachines(prices: Prices, plan: Plan): Found {
  if (plan.machines > 0) return tryMachines(prices, plan, plan.machines, plan.perSecond);
  let low = 0;
  let high = 1;
  let best = tryMachines(prices, plan, high, plan.perSecond);
  while (!best.holds) {
    low = high;
    high *= 2;
    // One tenant that is too large for a shard stays so, however many shards there are.
    if (high > machinesMax) return best;
    best = tryMachines(prices, plan, high, plan.perSecond);
  }
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    const tried = tryMachines(prices, plan, middle, plan.perSecond);
    if (tried.holds) {
      high = middle;
      best = tried;
    } else low = middle;
  }
  return best;
}

/** The same machines with less and more than was asked for. */
export function findBreak(prices: Prices, plan: Plan, machines: number): Found[] {
  return [0.25, 0.5, 0.75, 0.9, 1.1, 1.25, 1.5].map((factor) =>
    tryMachines(prices, plan, machines, plan.perSecond * factor),
  );
}

function tryMachines(prices: Prices, plan: Plan, machines: number, perSecond: number): Found {
  const { shape, largest, seconds, seed } = plan;
  const played = playCrowd(prices, shape, { perSecond, seconds, shards: machines, largest }, seed);
  return {
    machines,
    perSecond,
    holds: holds(played, perSecond, prices.entriesPerRun),
    busiest: busiestOf(played),
    played,
  };
}

/**
 * Ends as many as come in, refuses none, and does not only do so by letting more and more wait: neither
 * runs nor entries without a place in the log, of which a second's worth may come and go.
 */
function holds(played: Played, perSecond: number, entriesPerRun: number): boolean {
  const { throughputPerSecond, refused, underWay, unsealed } = played;
  return (
    refused === 0 &&
    throughputPerSecond > 0.97 * perSecond &&
    underWay.after - underWay.before < perSecond &&
    unsealed.after - unsealed.before < perSecond * entriesPerRun
  );
}

function busiestOf({ stations, coresUtilisation, engineCoresUtilisation }: Played): string {
  const shares: [string, number][] = [
    ['cores', coresUtilisation],
    ['engine cores', engineCoresUtilisation],
    ['one Node thread', stations.node.utilisation],
    ['the disk', stations.disk.utilisation],
    ['connections', stations.connections.utilisation],
    // Cores that are shared make every loop look busy; only one that never rests is the limit itself.
    ...(['intake', 'match', 'advance', 'seal'] as const).map((name): [string, number] => [
      `the loop of ${name}`,
      stations[name].utilisation * 0.97,
    ]),
  ];
  shares.sort((one, other) => other[1] - one[1]);
  const [name, share] = shares[0] ?? ['nothing', 0];
  return `${name} ${(share * 100).toFixed(0)} %`;
}
