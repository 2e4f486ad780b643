import { loadavg } from 'node:os';
import { lessMeters, type StationMeters } from './meter-stations.ts';
import { type Latencies, type RawBullmqResult, warmUpRuns } from './raw-bullmq.ts';
import { cpuMsOfTree } from './read-cpu.ts';
import type { Written } from './read-written.ts';
import type { Server } from './start-servers.ts';
import { type Side, startSide } from './start-side.ts';

/*
 * The engine at several loads, one after the other, with what each run costs in each of them: what the
 * simulation is calibrated by, and what its predictions are held against. The queues are in PostgreSQL.
 */

/** So many runs under way all the time, or so many a second by the clock. */
export type Load = { inFlight: number } | { perSecond: number };

export interface MeasuredLoad {
  load: Load;
  runs: number;
  throughputPerSecond: number;
  latencies: Latencies;
  /** Milliseconds of one core; also what the sequencer still had to do when the last run had ended. */
  perRun: { nodeMs: number; postgresMs: number; walBytes: number; networkBytes: number; entries: number };
  /** Per run. */
  stations: StationMeters;
  /** Runnable processes while it was measured, one-minute average: ours are among them. */
  loadAverage: number;
}

/** How a step's work reaches a worker: over the queue, or claimed by the process that decides it. */
export type Way = 'queue' | 'own';

export interface Machine {
  way: Way;
  commitMs: number;
  /** Of one job of three in raw BullMQ: what a lot costs to hand over, to take and to acknowledge. */
  hop: { nodeMs: number; postgresMs: number };
  /** Of an engine with nothing to do, per second. */
  idlePerSecond: { nodeMs: number; postgresMs: number };
  connections: number;
  /** On disk once everything was written: tables with their indexes, and what of it is the audit log. */
  bytesPerRun: { tables: number; audit: number };
  loads: MeasuredLoad[];
}

interface Cost {
  cpu: NodeJS.CpuUsage;
  stations: StationMeters;
}

interface Reading {
  cost: Cost;
  written: Written;
  postgresMs: number;
}

const restMs = 3_000;
/** Until the code is compiled: after 300 the loads measured first cost Node up to twice what the later ones did. */
const warmRuns = 3_000;

/** @param loads in this order; last comes half of what the last of them reached, by the clock */
export async function measureLoads(
  servers: { ours: Server; raw: Server },
  way: Way,
  loads: readonly { load: Load; runs: number }[],
  say: (line: string) => void,
): Promise<Machine> {
  const ours = startSide('riposte-side.ts', { profileDir: null });
  const raw = startSide('raw-side.ts', { profileDir: null });
  const probe = startSide('probe-side.ts', { profileDir: null });
  try {
    await probe.ask('open', { url: servers.ours.url });
    const commitMs = await probe.ask<number>('commitMs');
    const hop = await measureHop(raw, servers.raw);
    await ours.ask('open', {
      databaseUrl: servers.ours.url,
      redisUrl: null,
      overQueueOnly: way === 'queue',
      matchApart: true,
    });
    await ours.ask('publishWork', { work: 'plain' });
    const empty = await read(ours, servers.ours);
    let runs = warmRuns;
    await ours.ask('saturate', { runs, inFlight: 64 });
    await settled(ours);
    const before = await read(ours, servers.ours);
    await ours.ask('rest', { ms: restMs });
    const rested = await read(ours, servers.ours);
    const measured: MeasuredLoad[] = [];
    const next = async (each: { load: Load; runs: number }): Promise<void> => {
      const found = await measureLoad(ours, servers.ours, each);
      say(
        `${loadName(each.load)}: ${found.throughputPerSecond.toFixed(0)} runs per second, Node ${found.perRun.nodeMs.toFixed(1)} ms and PostgreSQL ${found.perRun.postgresMs.toFixed(1)} ms per run`,
      );
      measured.push(found);
      runs += each.runs;
    };
    for (const each of loads) await next(each);
    await next({ load: { perSecond: (measured.at(-1)?.throughputPerSecond ?? 100) / 2 }, runs: 300 });
    await ours.ask('prove', { runs });
    const after = await read(ours, servers.ours);
    const added = (field: 'tableBytes' | 'auditBytes'): number =>
      (after.written[field] - empty.written[field]) / runs;
    return {
      way,
      commitMs,
      hop,
      idlePerSecond: {
        nodeMs: (nodeMs(rested.cost.cpu) - nodeMs(before.cost.cpu)) / (restMs / 1_000),
        postgresMs: (rested.postgresMs - before.postgresMs) / (restMs / 1_000),
      },
      connections: after.written.connections,
      bytesPerRun: { tables: added('tableBytes'), audit: added('auditBytes') },
      loads: measured,
    };
  } finally {
    await Promise.all([ours.close(), raw.close(), probe.close()]);
  }
}

export function loadName(load: Load): string {
  return 'inFlight' in load ? `${load.inFlight} in flight` : `${load.perSecond.toFixed(0)} a second`;
}

async function measureLoad(
  side: Side,
  server: Server,
  { load, runs }: { load: Load; runs: number },
): Promise<MeasuredLoad> {
  await settled(side);
  const before = await read(side, server);
  const beganAt = performance.now();
  const { latencies, throughputPerSecond } =
    'inFlight' in load
      ? await side.ask<{ latencies: Latencies; throughputPerSecond: number }>('saturate', { runs, ...load })
      : {
          latencies: await side.ask<Latencies>('submitAtRate', { runs, ...load }),
          throughputPerSecond: (runs * 1_000) / (performance.now() - beganAt),
        };
  const loadAverage = loadavg()[0] ?? 0;
  await settled(side);
  const after = await read(side, server);
  const perRun = (from: number, to: number): number => (to - from) / runs;
  return {
    load,
    runs,
    throughputPerSecond,
    latencies,
    perRun: {
      nodeMs: perRun(nodeMs(before.cost.cpu), nodeMs(after.cost.cpu)),
      postgresMs: perRun(before.postgresMs, after.postgresMs),
      walBytes: perRun(before.written.walBytes, after.written.walBytes),
      networkBytes: perRun(before.written.networkBytes, after.written.networkBytes),
      entries: perRun(before.written.entries, after.written.entries),
    },
    stations: lessMeters(after.cost.stations, before.cost.stations, runs),
    loadAverage,
  };
}

async function measureHop(side: Side, server: Server): Promise<Machine['hop']> {
  const options = { backend: 'postgres', url: server.url, runs: 200, inFlight: 16, halfLoadRate: 100 };
  const cpu = async () => ({
    node: nodeMs((await side.ask<Pick<Cost, 'cpu'>>('cost')).cpu),
    postgres: (await cpuMsOfTree(server.pid)) ?? Number.NaN,
  });
  const before = await cpu();
  await side.ask<RawBullmqResult>('round', options);
  const after = await cpu();
  const jobs = 3 * (warmUpRuns + 3 * options.runs);
  return {
    nodeMs: (after.node - before.node) / jobs,
    postgresMs: (after.postgres - before.postgres) / jobs,
  };
}

/** The sequencer works on after the last run has ended; its work belongs to the load that made it. */
async function settled(side: Side): Promise<void> {
  while ((await side.ask<Written>('written')).pending > 0) await side.ask('rest', { ms: 20 });
}

async function read(side: Side, server: Server): Promise<Reading> {
  const written = await side.ask<Written>('written');
  const postgresMs = await cpuMsOfTree(server.pid);
  if (postgresMs === null) throw new Error('this system does not say what a process costs; use Linux');
  return { cost: await side.ask<Cost>('cost'), written, postgresMs };
}

function nodeMs(cpu: NodeJS.CpuUsage): number {
  return (cpu.user + cpu.system) / 1_000;
}
