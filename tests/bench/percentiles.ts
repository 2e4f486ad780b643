import type { Latencies, Percentiles } from './raw-bullmq.ts';

/** What one run took, in milliseconds from the moment it was submitted. */
export interface RunTimes {
  startMs: number;
  endMs: number;
}

export function latenciesOf(runs: readonly RunTimes[]): Latencies {
  return {
    startMs: percentilesOf(runs.map((run) => run.startMs)),
    endMs: percentilesOf(runs.map((run) => run.endMs)),
  };
}

/** Nearest rank, as the yard-stick computes it. */
function percentilesOf(values: readonly number[]): Percentiles {
  const sorted = [...values].sort((one, other) => one - other);
  const at = (share: number): number =>
    sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN;
  return { p50: at(0.5), p99: at(0.99) };
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((one, other) => one - other);
  const middle = sorted.length / 2;
  const [low, high] = [sorted[Math.ceil(middle) - 1], sorted[Math.floor(middle)]];
  return low === undefined || high === undefined ? Number.NaN : (low + high) / 2;
}
