import { setTimeout as sleep } from 'node:timers/promises';
import {
  createPostgresBackend,
  createRedisBackend,
  type IQueueBackend,
  type PostgresConnectionOptions,
  type Queue,
  runMigrations,
  type Worker,
  withBackend,
} from 'bullmq';
import { Redis } from 'ioredis';
import { Client } from 'pg';

/*
 * The yard-stick: what BullMQ alone needs for a run of three no-op jobs, each added by the one before
 * it, on the machine at hand. Its own connections, ids made by itself, jobs removed when done, fetch
 * fused with completion: its fastest ordinary way. Nothing is stored besides, no step, no outcome.
 */

export interface Percentiles {
  p50: number;
  p99: number;
}

/** From handing the first job over to the start of its processor, and to the end of the third one. */
export interface Latencies {
  startMs: Percentiles;
  endMs: Percentiles;
}

export interface RawBullmqResult extends Latencies {
  /** Runs per second with `inFlight` of them under way all the time. */
  throughputPerSecond: number;
  /** What runs wait for in that crowd. */
  saturated: Latencies;
  /** One run at a time, the next when the last has ended. */
  unloaded: Latencies & { throughputPerSecond: number };
  /** At which `startMs` and `endMs` were measured. */
  halfLoadRate: number;
}

export interface RawBullmqOptions {
  backend: 'postgres' | 'redis';
  url: string;
  /** How many runs the saturated part has; the others have at most 300. */
  runs: number;
  inFlight: number;
  /** Runs per second at which `startMs` and `endMs` are measured; default half of the throughput. */
  halfLoadRate?: number;
}

interface Step {
  run: number;
  step: number;
}

interface Bench {
  queue: Pick<Queue<Step>, 'add' | 'close' | 'waitUntilReady' | 'obliterate'>;
  worker: Pick<Worker<Step>, 'close' | 'waitUntilReady'>;
  /** Rejects at the first error: a rate with failures in it is no yard-stick. */
  broken: Promise<never>;
  close(): Promise<void>;
}

const concurrency = 64;
const steps = 3;
export const warmUpRuns = 100;
export const latencyRunsMax = 300;

export async function runRawBullmq(options: RawBullmqOptions): Promise<RawBullmqResult> {
  const times = new Map<number, Times>();
  const process = async ({ data }: { data: Step }): Promise<void> => {
    const run = times.get(data.run);
    if (run === undefined) return;
    if (data.step === 1) run.startedAt = performance.now();
    if (data.step < steps) await bench.queue.add('step', { run: data.run, step: data.step + 1 });
    else run.end();
  };
  const name = `raw-bullmq-${globalThis.process.pid}-${Date.now()}`;
  const bench =
    options.backend === 'redis'
      ? openRedis(options.url, name, process)
      : await openPostgres(options.url, name, process);
  let last = 0;

  /** Submits one run; resolves when its third job has run. */
  async function oneRun(into: Times[]): Promise<void> {
    const run = ++last;
    const ended = Promise.withResolvers<void>();
    const mine: Times = {
      submittedAt: performance.now(),
      startedAt: 0,
      endedAt: 0,
      end() {
        mine.endedAt = performance.now();
        ended.resolve();
      },
    };
    times.set(run, mine);
    await bench.queue.add('step', { run, step: 1 });
    await ended.promise;
    times.delete(run);
    into.push(mine);
  }

  async function keepInFlight(runs: number, inFlight: number): Promise<{ perSecond: number; all: Times[] }> {
    const all: Times[] = [];
    let left = runs;
    const lane = async (): Promise<void> => {
      while (left-- > 0) await oneRun(all);
    };
    const beganAt = performance.now();
    await Promise.all(Array.from({ length: inFlight }, lane));
    return { perSecond: (runs * 1_000) / (performance.now() - beganAt), all };
  }

  /** Submits by the clock, whether or not earlier runs have ended. */
  async function atRate(runs: number, perSecond: number): Promise<Times[]> {
    const all: Times[] = [];
    const under: Promise<void>[] = [];
    const beganAt = performance.now();
    for (let run = 0; run < runs; run++) {
      const waitMs = beganAt + (run * 1_000) / perSecond - performance.now();
      if (waitMs > 0) await sleep(waitMs);
      under.push(oneRun(all));
    }
    await Promise.all(under);
    return all;
  }

  async function measure(): Promise<RawBullmqResult> {
    await Promise.all([bench.queue.waitUntilReady(), bench.worker.waitUntilReady()]);
    await keepInFlight(warmUpRuns, Math.min(options.inFlight, warmUpRuns));
    const saturated = await keepInFlight(options.runs, options.inFlight);
    const latencyRuns = Math.min(options.runs, latencyRunsMax);
    const unloaded = await keepInFlight(latencyRuns, 1);
    const halfLoadRate = options.halfLoadRate ?? saturated.perSecond / 2;
    return {
      throughputPerSecond: saturated.perSecond,
      ...latencies(await atRate(latencyRuns, halfLoadRate)),
      halfLoadRate,
      saturated: latencies(saturated.all),
      unloaded: { throughputPerSecond: unloaded.perSecond, ...latencies(unloaded.all) },
    };
  }

  try {
    return await Promise.race([measure(), bench.broken]);
  } finally {
    await bench.worker.close();
    await bench.queue.obliterate({ force: true });
    await bench.close();
  }
}

interface Times {
  submittedAt: number;
  startedAt: number;
  endedAt: number;
  end(): void;
}

type Process = (job: { data: Step }) => Promise<void>;

const defaultJobOptions = { removeOnComplete: true, removeOnFail: true } as const;

function openRedis(url: string, name: string, process: Process): Bench {
  const connection = new Redis(url, { maxRetriesPerRequest: null });
  const { Queue, Worker } = withBackend(createRedisBackend);
  const queue = new Queue<Step>(name, { connection, defaultJobOptions });
  const worker = new Worker<Step>(name, process, { connection, concurrency });
  return watched(queue, worker, async () => {
    await queue.close();
    connection.disconnect();
  });
}

async function openPostgres(url: string, name: string, process: Process): Promise<Bench> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    await runMigrations(client);
  } finally {
    await client.end();
  }
  const { Queue, Worker } = withBackend<IQueueBackend, PostgresConnectionOptions>(createPostgresBackend);
  const queue = new Queue<Step>(name, { connection: url, defaultJobOptions });
  const worker = new Worker<Step>(name, process, { connection: url, concurrency });
  return watched(queue, worker, () => queue.close());
}

function watched<Q extends Bench['queue'] & Emitter, W extends Bench['worker'] & Emitter>(
  queue: Q,
  worker: W,
  close: () => Promise<void>,
): Bench {
  const broken = Promise.withResolvers<never>();
  broken.promise.catch(() => undefined);
  queue.on('error', broken.reject);
  worker.on('error', broken.reject);
  return { queue, worker, broken: broken.promise, close };
}

interface Emitter {
  on(event: 'error', listener: (error: Error) => void): unknown;
}

function latencies(all: readonly Times[]): Latencies {
  return {
    startMs: percentiles(all.map((run) => run.startedAt - run.submittedAt)),
    endMs: percentiles(all.map((run) => run.endedAt - run.submittedAt)),
  };
}

function percentiles(values: readonly number[]): Percentiles {
  const sorted = [...values].sort((one, other) => one - other);
  const at = (share: number): number =>
    sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN;
  return { p50: at(0.5), p99: at(0.99) };
}
