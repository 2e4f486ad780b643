import { median } from './percentiles.ts';
import { type Latencies, type RawBullmqResult, warmUpRuns } from './raw-bullmq.ts';
import { cpuMsOfTree } from './read-cpu.ts';
import type { Comparison, Figures, Settings } from './report.ts';
import type { Server } from './start-servers.ts';
import { type Side, startSide } from './start-side.ts';

export interface Backend {
  name: 'postgres' | 'redis';
  /** Ours always has a PostgreSQL; its Redis is null when the queues live there too. */
  ours: { postgres: Server; redis: Server | null };
  raw: Server;
}

interface Round {
  ours: Measured & { statements: number; transactions: number };
  raw: Measured;
  /** Of the bare group commit, runs per second. */
  probePerSecond: number;
}

interface Measured {
  throughputPerSecond: number;
  halfLoad: Latencies;
  unloaded: Latencies;
  saturated: Latencies;
  cpuMsPerRun: Figures['cpuMsPerRun'];
  rssBytes: number;
}

interface OurCost {
  cpu: NodeJS.CpuUsage;
  rssBytes: number;
  statements: number;
  transactions: number;
}

/**
 * Rounds of both sides in turn, the order changing each time; one round that is not counted comes
 * first, to warm up and to find the rate of half load.
 */
export async function measureBackend(
  backend: Backend,
  settings: Settings,
  options: { profileDir: string | null; say(line: string): void },
): Promise<{ comparison: Comparison; statements: [string, number][] }> {
  const ours = startSide('riposte-side.ts', { profileDir: options.profileDir });
  const raw = startSide('raw-side.ts', { profileDir: null });
  const probe = startSide('probe-side.ts', { profileDir: null });
  try {
    await probe.ask('open', { url: backend.ours.postgres.url });
    const commitMs = await probe.ask<number>('commitMs');
    await ours.ask('open', {
      databaseUrl: backend.ours.postgres.url,
      redisUrl: backend.ours.redis?.url ?? null,
    });
    await ours.ask('publishWork', { work: settings.work });
    const { latencyRuns, runs: warmUp, inFlight } = settings;
    const trial = await ours.ask<{ throughputPerSecond: number }>('saturate', { runs: warmUp, inFlight });
    const rawTrial = await raw.ask<RawBullmqResult>('round', rawOptions(backend, settings));
    const perSecond = Math.min(trial.throughputPerSecond, rawTrial.throughputPerSecond) / 2;
    options.say(`${backend.name}: half load is ${perSecond.toFixed(0)} runs per second`);
    const rounds: Round[] = [];
    for (let round = 0; round < settings.rounds; round++) {
      const measureOurs = () => ourRound(ours, backend, settings, perSecond);
      const measureRaw = () => rawRound(raw, backend, settings, perSecond);
      const before = round % 2 === 0 ? await measureOurs() : null;
      const rawMeasured = await measureRaw();
      const oursMeasured = before ?? (await measureOurs());
      const { throughputPerSecond: probePerSecond } = await probe.ask<{ throughputPerSecond: number }>(
        'saturate',
        { runs: settings.runs, inFlight: settings.inFlight },
      );
      rounds.push({ ours: oursMeasured, raw: rawMeasured, probePerSecond });
      options.say(
        `${backend.name}: round ${round + 1} of ${settings.rounds}: ours ${oursMeasured.throughputPerSecond.toFixed(0)}, raw ${rawMeasured.throughputPerSecond.toFixed(0)}, bare group commit ${probePerSecond.toFixed(0)} runs per second`,
      );
    }
    const runs = warmUp + settings.rounds * (settings.runs + 2 * latencyRuns);
    await ours.ask('prove', { runs });
    return {
      comparison: compare(rounds, perSecond, commitMs),
      statements: (await ours.ask<[string, number][]>('statements')).map(([text, count]) => [
        text,
        count / runs,
      ]),
    };
  } finally {
    await Promise.all([ours.close(), raw.close(), probe.close()]);
  }
}

function rawOptions(backend: Backend, settings: Settings) {
  const { runs, inFlight } = settings;
  return { backend: backend.name, url: backend.raw.url, runs, inFlight };
}

async function ourRound(
  side: Side,
  backend: Backend,
  settings: Settings,
  perSecond: number,
): Promise<Round['ours']> {
  const { runs, inFlight, latencyRuns } = settings;
  const servers = await serverCpu(backend.ours);
  const before = await side.ask<OurCost>('cost');
  const saturated = await side.ask<{ throughputPerSecond: number; latencies: Latencies }>('saturate', {
    runs,
    inFlight,
  });
  const alone = await side.ask<{ latencies: Latencies }>('saturate', { runs: latencyRuns, inFlight: 1 });
  const halfLoad = await side.ask<Latencies>('submitAtRate', { runs: latencyRuns, perSecond });
  const after = await side.ask<OurCost>('cost');
  const all = runs + 2 * latencyRuns;
  return {
    throughputPerSecond: saturated.throughputPerSecond,
    saturated: saturated.latencies,
    unloaded: alone.latencies,
    halfLoad,
    cpuMsPerRun: {
      node: nodeMs(before.cpu, after.cpu) / all,
      ...perRun(servers, await serverCpu(backend.ours), all),
    },
    rssBytes: after.rssBytes,
    statements: (after.statements - before.statements) / all,
    transactions: (after.transactions - before.transactions) / all,
  };
}

async function rawRound(
  side: Side,
  backend: Backend,
  settings: Settings,
  halfLoadRate: number,
): Promise<Measured> {
  const servers =
    backend.name === 'postgres'
      ? { postgres: backend.raw, redis: null }
      : { postgres: null, redis: backend.raw };
  const before = await serverCpu(servers);
  const cost = await side.ask<Pick<OurCost, 'cpu' | 'rssBytes'>>('cost');
  const { throughputPerSecond, startMs, endMs, unloaded, saturated } = await side.ask<RawBullmqResult>(
    'round',
    {
      ...rawOptions(backend, settings),
      halfLoadRate,
    },
  );
  const after = await side.ask<Pick<OurCost, 'cpu' | 'rssBytes'>>('cost');
  const all = warmUpRuns + settings.runs + 2 * settings.latencyRuns;
  return {
    throughputPerSecond,
    saturated,
    unloaded: { startMs: unloaded.startMs, endMs: unloaded.endMs },
    halfLoad: { startMs, endMs },
    cpuMsPerRun: {
      node: nodeMs(cost.cpu, after.cpu) / all,
      ...perRun(before, await serverCpu(servers), all),
    },
    rssBytes: after.rssBytes,
  };
}

interface ServerCpu {
  postgres: number | null;
  redis: number | null;
}

async function serverCpu(servers: { postgres: Server | null; redis: Server | null }): Promise<ServerCpu> {
  const of = (server: Server | null) => (server === null ? null : cpuMsOfTree(server.pid));
  return { postgres: await of(servers.postgres), redis: await of(servers.redis) };
}

function perRun(before: ServerCpu, after: ServerCpu, runs: number): ServerCpu {
  const of = (from: number | null, to: number | null) =>
    from === null || to === null ? null : (to - from) / runs;
  return { postgres: of(before.postgres, after.postgres), redis: of(before.redis, after.redis) };
}

function nodeMs(before: NodeJS.CpuUsage, after: NodeJS.CpuUsage): number {
  return (after.user + after.system - before.user - before.system) / 1_000;
}

function compare(rounds: readonly Round[], halfLoadPerSecond: number, commitMs: number): Comparison {
  const ratiosOf = (pick: (side: Measured) => number): number[] =>
    rounds.map((round) => pick(round.ours) / pick(round.raw));
  const ratio = (pick: (side: Measured) => number): number => median(ratiosOf(pick));
  const range = (pick: (side: Measured) => number): [number, number] => {
    const all = ratiosOf(pick);
    return [Math.min(...all), Math.max(...all)];
  };
  return {
    throughput: ratio((side) => side.throughputPerSecond),
    startP50: ratio((side) => side.halfLoad.startMs.p50),
    startP99: ratio((side) => side.halfLoad.startMs.p99),
    endP50: ratio((side) => side.halfLoad.endMs.p50),
    endP99: ratio((side) => side.halfLoad.endMs.p99),
    unloaded: {
      startP50: ratio((side) => side.unloaded.startMs.p50),
      startP99: ratio((side) => side.unloaded.startMs.p99),
      endP50: ratio((side) => side.unloaded.endMs.p50),
      endP99: ratio((side) => side.unloaded.endMs.p99),
    },
    cpu: ratio(cpuOf),
    probe: {
      throughput: median(rounds.map((round) => round.ours.throughputPerSecond / round.probePerSecond)),
      throughputPerSecond: median(rounds.map((round) => round.probePerSecond)),
    },
    commitMs,
    halfLoadPerSecond,
    ours: {
      ...figures(rounds.map((round) => round.ours)),
      statementsPerRun: median(rounds.map((round) => round.ours.statements)),
      transactionsPerRun: median(rounds.map((round) => round.ours.transactions)),
    },
    raw: figures(rounds.map((round) => round.raw)),
    spread: {
      throughput: range((side) => side.throughputPerSecond),
      startP50: range((side) => side.halfLoad.startMs.p50),
      startP99: range((side) => side.halfLoad.startMs.p99),
    },
  };
}

function cpuOf({ cpuMsPerRun }: Measured): number {
  return cpuMsPerRun.node + (cpuMsPerRun.postgres ?? 0) + (cpuMsPerRun.redis ?? 0);
}

function figures(sides: readonly Measured[]): Figures {
  const middle = (pick: (side: Measured) => number): number => median(sides.map(pick));
  const orNull = (pick: (side: Measured) => number | null): number | null => {
    const known = sides.map(pick).filter((each) => each !== null);
    return known.length === 0 ? null : median(known);
  };
  const latencies = (pick: (side: Measured) => Latencies): Latencies => ({
    startMs: {
      p50: middle((side) => pick(side).startMs.p50),
      p99: middle((side) => pick(side).startMs.p99),
    },
    endMs: { p50: middle((side) => pick(side).endMs.p50), p99: middle((side) => pick(side).endMs.p99) },
  });
  return {
    throughputPerSecond: middle((side) => side.throughputPerSecond),
    halfLoad: latencies((side) => side.halfLoad),
    unloaded: latencies((side) => side.unloaded),
    saturated: latencies((side) => side.saturated),
    cpuMsPerRun: {
      node: middle((side) => side.cpuMsPerRun.node),
      postgres: orNull((side) => side.cpuMsPerRun.postgres),
      redis: orNull((side) => side.cpuMsPerRun.redis),
    },
    rssBytes: sides.at(-1)?.rssBytes ?? Number.NaN,
  };
}
