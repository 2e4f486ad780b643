import { loadName, type MeasuredLoad } from '../measure-loads.ts';
import { asksPerRun, batchesPerRun, type Prices } from './costs.ts';
import { playLoad } from './play.ts';
import { oneMachine } from './shard.ts';

/** Prediction and measurement of one load, side by side. */
export interface Comparison {
  load: string;
  loadAverage: number;
  rows: { [name: string]: { predicted: number; measured: number; error: number } };
}

export function compareLoads(prices: Prices, loads: readonly MeasuredLoad[], seed: number): Comparison[] {
  return loads.map((each) => {
    const played = playLoad(prices, oneMachine, each.load, each.runs, seed);
    const row = (predicted: number, measured: number) => ({
      predicted,
      measured,
      error: predicted / measured - 1,
    });
    return {
      load: loadName(each.load),
      loadAverage: each.loadAverage,
      rows: {
        'runs per second': row(played.throughputPerSecond, each.throughputPerSecond),
        'first effect, p50, ms': row(played.latencies.startMs.p50, each.latencies.startMs.p50),
        'end, p50, ms': row(played.latencies.endMs.p50, each.latencies.endMs.p50),
        'statements per run': row(played.perRun.asks, asksPerRun(each)),
        'commits per run': row(played.perRun.batches, batchesPerRun(each)),
        'Node, ms per run': row(played.perRun.nodeMs, each.perRun.nodeMs),
        'PostgreSQL, ms per run': row(played.perRun.postgresMs, each.perRun.postgresMs),
      },
    };
  });
}
