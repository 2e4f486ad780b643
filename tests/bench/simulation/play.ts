import type { Load } from '../measure-loads.ts';
import { latenciesOf, type RunTimes } from '../percentiles.ts';
import type { Latencies } from '../raw-bullmq.ts';
import { createAgenda } from './agenda.ts';
import { batchStations, type Cost, type Prices } from './costs.ts';
import { createRandom, exponential } from './random.ts';
import { createShard, joined, type Run, type Shape, type Shard, type ShardSeen } from './shard.ts';
import type { Seen } from './station.ts';

/* Alerts for the shards, in three ways, and what was seen of them. */

export interface Played {
  submitted: number;
  /** Not taken, because too many waited: whoever sent it was told to send it again. */
  refused: number;
  ended: number;
  /** Of the watched time only, as are the latencies. */
  throughputPerSecond: number;
  latencies: Latencies;
  perRun: Cost & { asks: number; batches: number };
  /** Over all shards; `utilisation` of the busiest one. */
  stations: ShardSeen['stations'];
  /** Of the busiest shard. */
  coresUtilisation: number;
  engineCoresUtilisation: number;
  /** Runs under way when the watched time began and when it ended. */
  underWay: { before: number; after: number };
  /** Entries without a place in the log, at the same two instants. */
  unsealed: { before: number; after: number };
}

/** What the benchmark does: so many in flight, or so many a second at even distances. */
export function playLoad(prices: Prices, shape: Shape, load: Load, runs: number, seed: number): Played {
  const table = openTable(prices, shape, 1, seed, () => 0);
  const { agenda } = table;
  let lastMs = 0;
  const ended = (): void => {
    lastMs = agenda.nowMs();
    if (table.ended() === runs) table.close();
  };
  if ('inFlight' in load) {
    let left = runs;
    const lane = (): void => {
      if (left === 0) return;
      left -= 1;
      table.submit(() => {
        ended();
        lane();
      });
    };
    for (let each = 0; each < Math.min(load.inFlight, runs); each++) agenda.soon(lane);
  } else {
    for (let run = 0; run < runs; run++) agenda.in((run * 1_000) / load.perSecond, () => table.submit(ended));
  }
  agenda.run();
  return table.seen(lastMs, table.ended());
}

export interface Crowd {
  perSecond: number;
  seconds: number;
  shards: number;
  /** Part of all alerts that one tenant has, when tenants are what is divided; 0: evenly. */
  largest: number;
}

/** Alerts that know nothing of each other, for a while; the first quarter only warms up. */
export function playCrowd(prices: Prices, shape: Shape, crowd: Crowd, seed: number): Played {
  const { perSecond, seconds, shards, largest } = crowd;
  const random = createRandom(seed + 1);
  const place = (): number => {
    if (largest > 0 && random() < largest) return 0;
    const rest = largest > 0 && shards > 1 ? 1 : 0;
    return rest + Math.floor(random() * (shards - rest));
  };
  const table = openTable(prices, shape, shards, seed, place);
  const { agenda } = table;
  const arrive = (): void => {
    table.submit(() => undefined);
    agenda.in(exponential(random, 1_000 / perSecond), arrive);
  };
  agenda.soon(arrive);
  agenda.run((seconds * 1_000) / 4);
  const before = table.watch();
  const unsealed = table.unsealed();
  agenda.run(seconds * 1_000);
  const seen = table.seen((seconds * 1_000 * 3) / 4, table.ended());
  return {
    ...seen,
    underWay: { before, after: seen.underWay.after },
    unsealed: { before: unsealed, after: seen.unsealed.after },
  };
}

function openTable(prices: Prices, shape: Shape, count: number, seed: number, place: () => number) {
  const agenda = createAgenda();
  const random = createRandom(seed);
  const shards: Shard[] = Array.from({ length: count }, () => createShard(agenda, prices, shape, random));
  let submitted = 0;
  let refused = 0;
  let ended = 0;
  let times: RunTimes[] = [];

  return {
    agenda,
    ended: () => ended,
    submit(whenEnded: () => void): void {
      submitted += 1;
      const run: Run = {
        arrivedMs: agenda.nowMs(),
        startedMs: Number.NaN,
        step: 0,
        ended() {
          ended += 1;
          times.push({ startMs: run.startedMs - run.arrivedMs, endMs: agenda.nowMs() - run.arrivedMs });
          whenEnded();
        },
      };
      if (!shards[place()]?.submit(run)) refused += 1;
    },
    /** Begins to watch anew. @returns how many runs are under way */
    watch(): number {
      times = [];
      for (const shard of shards) shard.forget();
      return submitted - refused - ended;
    },
    unsealed: () => shards.reduce((total, each) => total + each.seen().unsealed, 0),
    close(): void {
      for (const shard of shards) shard.close();
    },
    seen(watchedMs: number, endedInAll: number): Played {
      const all = shards.map((shard) => shard.seen());
      const busiest = (of: (seen: ShardSeen) => number): number => Math.max(...all.map(of));
      const names = Object.keys(all[0]?.stations ?? {}) as (keyof ShardSeen['stations'])[];
      const stations = Object.fromEntries(
        names.map((name): [string, Seen] => {
          const seen = joined(all.map((each) => each.stations[name]));
          return [name, { ...seen, utilisation: busiest((each) => each.stations[name].utilisation) }];
        }),
      ) as ShardSeen['stations'];
      const runs = Math.max(1, times.length);
      const perRun = (of: (seen: ShardSeen) => number): number =>
        all.reduce((total, each) => total + of(each), 0) / runs;
      const batches = batchStations.map((name) => ({ name, count: batchesOf(stations, name) / runs }));
      return {
        submitted,
        refused,
        ended: endedInAll,
        throughputPerSecond: (times.length * 1_000) / watchedMs,
        latencies: latenciesOf(times),
        perRun: {
          nodeMs: perRun((each) => each.used.nodeMs),
          postgresMs: perRun((each) => each.used.postgresMs),
          batches: batches.reduce((total, each) => total + each.count, 0),
          asks: batches.reduce((total, each) => total + each.count * prices.stations[each.name].asks, 0),
        },
        stations,
        coresUtilisation: busiest((each) => each.coresUtilisation),
        engineCoresUtilisation: busiest((each) => each.engineCoresUtilisation),
        underWay: { before: 0, after: submitted - refused - endedInAll },
        unsealed: { before: 0, after: all.reduce((total, each) => total + each.unsealed, 0) },
      };
    },
  };
}

function batchesOf(stations: ShardSeen['stations'], name: (typeof batchStations)[number]): number {
  return stations[name].batches;
}
