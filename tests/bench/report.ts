import type { Latencies } from './raw-bullmq.ts';
import type { ReadMs } from './read-waiting.ts';

/*
 * What `--json` prints. Ratios are always ours ÷ raw: above 1 we do more of it, whether that is good
 * (throughput) or bad (milliseconds). Figures are medians over the rounds; ratios are medians of the
 * rounds' own ratios, because the two sides of one round met the same noise.
 */

export interface Report {
  version: 1;
  machine: Machine;
  settings: Settings;
  ratios: { postgres: Comparison | null; redis: Comparison | null };
  /** Null when `--waiting 0`. */
  waiting: Waiting | null;
  /** Why something is null that was asked for. */
  skipped: string[];
}

export interface Machine {
  cpu: string;
  cores: number;
  memoryBytes: number;
  os: string;
  node: string;
  postgres: string;
  redis: string | null;
  /** Runnable processes, one-minute average, before anything was started: above zero, others were at work too. */
  loadBefore: number;
}

export interface Settings {
  rounds: number;
  /** Of the saturated part of a round. */
  runs: number;
  inFlight: number;
  /** Of the unloaded part and of the one at half load, each. */
  latencyRuns: number;
  waiting: number;
}

export interface Comparison {
  throughput: number;
  /** Alert in → first effect, at the same arrival rate for both: half of what the slower of the two can do. */
  startP50: number;
  startP99: number;
  endP50: number;
  endP99: number;
  unloaded: { startP50: number; startP99: number; endP50: number; endP99: number };
  cpu: number;
  /** Ours ÷ a bare group commit of the same rows, and that in runs per second; see `probe-side.ts`. */
  probe: { throughput: number; throughputPerSecond: number };
  halfLoadPerSecond: number;
  ours: Figures & { statementsPerRun: number; transactionsPerRun: number };
  raw: Figures;
  /** Lowest and highest of the rounds. */
  spread: { throughput: [number, number]; startP50: [number, number]; startP99: [number, number] };
}

export interface Figures {
  throughputPerSecond: number;
  halfLoad: Latencies;
  unloaded: Latencies;
  saturated: Latencies;
  /** Milliseconds of one core per run, over all runs of a round; null where the system does not tell. */
  cpuMsPerRun: { node: number; postgres: number | null; redis: number | null };
  /** Of the Node process after the last round. */
  rssBytes: number;
}

export interface Waiting {
  runs: number;
  parkedPerSecond: number;
  /** Of a process that the engine was just started in: without waiting runs, and with them. */
  start: { emptyMs: number; waitingMs: number; emptyRssBytes: number; waitingRssBytes: number };
  /** From starting the engine to the first effect of an alert sent right then. */
  firstEffect: { emptyMs: number; waitingMs: number };
  /** Three-step runs per second, 64 in flight, beside nothing and beside the waiting runs. */
  throughput: { emptyPerSecond: number; waitingPerSecond: number };
  bytesPerRun: number;
  readMs: ReadMs;
}
