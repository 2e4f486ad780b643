import type { Latencies } from './raw-bullmq.ts';
import type { ReadMs } from './read-waiting.ts';

/*
 * What `--json` prints. Ratios are always ours ÷ raw: above 1 we do more of it, whether that is good
 * (throughput) or bad (milliseconds). Figures are medians over the rounds; ratios are medians of the
 * rounds' own ratios, because the two sides of one round met the same noise.
 */

export interface Report {
  version: 2;
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

/**
 * What the runs do. `plain`: three steps without an effect. `usual`: the same, and alerts make incidents, and the playbook
 * has `dedupe` and `concurrency`. `contain`: three steps that hold a host each, under a budget of the playbook and two of the
 * guardrails, all with room.
 */
export type Work = (typeof works)[number];

export const works = ['plain', 'usual', 'contain'] as const;

export interface Settings {
  rounds: number;
  /** Of the saturated part of a round. */
  runs: number;
  inFlight: number;
  work: Work;
  /** Of the unloaded part and of the one at half load, each. */
  latencyRuns: number;
  /** How many runs wait, in growing steps; empty: that part was left out. */
  waiting: number[];
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
  /** What durability adds to a small statement on this disk, in milliseconds. */
  commitMs: number;
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

/** The same measurements without waiting runs and beside more and more of them. */
export interface Waiting {
  empty: WaitingPoint;
  points: (WaitingPoint & {
    runs: number;
    parkedPerSecond: number;
    /** Over all that wait. */
    bytesPerRun: number;
    readMs: ReadMs;
  })[];
}

export interface WaitingPoint {
  /** Of a process that the engine was just started in. */
  startMs: number;
  rssBytes: number;
  /** From starting the engine to the first effect of an alert sent right then. */
  firstEffectMs: number;
  /** Three-step runs per second, as many in flight as otherwise. */
  throughputPerSecond: number;
}
