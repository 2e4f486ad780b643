import type { ReadMs } from './read-waiting.ts';
import type { Settings, Waiting, WaitingPoint } from './report.ts';
import { type Side, startSide } from './start-side.ts';

/**
 * What runs cost that wait for a person: put there by alerts and the engine, one by one, in a database of
 * their own. At every point a new process starts the engine, as after a restart.
 */
export async function measureWaiting(
  databaseUrl: string,
  settings: Settings,
  say: (line: string) => void,
): Promise<Waiting> {
  const { inFlight } = settings;
  const measured = { runs: Math.min(settings.runs, 1_000), inFlight };

  const withEngine = async <T>(work: (side: Side, openMs: number) => Promise<T>): Promise<T> => {
    const side = startSide('riposte-side.ts', { profileDir: null });
    try {
      const { openMs } = await side.ask<{ openMs: number }>('open', { databaseUrl, redisUrl: null });
      return await work(side, openMs);
    } finally {
      await side.close();
    }
  };

  const measurePoint = async (side: Side, openMs: number): Promise<WaitingPoint> => {
    const { latencies } = await side.ask<{ latencies: { startMs: { p50: number } } }>('saturate', {
      runs: 1,
      inFlight: 1,
    });
    const { rss } = await side.ask<NodeJS.MemoryUsage>('settledMemory');
    await side.ask('saturate', measured);
    const { throughputPerSecond } = await side.ask<{ throughputPerSecond: number }>('saturate', measured);
    return {
      startMs: openMs,
      rssBytes: rss,
      firstEffectMs: openMs + latencies.startMs.p50,
      throughputPerSecond,
    };
  };

  await withEngine(async (side) => {
    await side.ask('publishWork', { work: 'plain' });
    await side.ask('publishApproval');
  });
  const empty = await withEngine(measurePoint);
  const points: Waiting['points'] = [];
  let parked = 0;
  let waitingBytes = 0;
  for (const runs of settings.waiting) {
    say(`waiting: putting ${runs - parked} more runs into the wait`);
    const { perSecond, bytes } = await withEngine(async (side) => {
      const before = await side.ask<number>('waitingBytes');
      const put = await side.ask<{ perSecond: number }>('park', { runs: runs - parked, inFlight, all: runs });
      return { ...put, bytes: (await side.ask<number>('waitingBytes')) - before };
    });
    waitingBytes += bytes;
    parked = runs;
    points.push(
      await withEngine(async (side, openMs) => {
        const readMs = await side.ask<ReadMs>('readWaiting');
        const point = await measurePoint(side, openMs);
        return { ...point, runs, parkedPerSecond: perSecond, bytesPerRun: waitingBytes / runs, readMs };
      }),
    );
  }
  return { empty, points };
}
