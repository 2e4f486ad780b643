import type { ReadMs } from './read-waiting.ts';
import type { Settings, Waiting } from './report.ts';
import { type Side, startSide } from './start-side.ts';

interface Started {
  side: Side;
  openMs: number;
  firstEffectMs: number;
  rssBytes: number;
}

/**
 * What runs cost that wait for a person: put there by alerts and the engine, one by one, in a database of
 * their own. A new process starts the engine before and after, as after a restart.
 */
export async function measureWaiting(
  databaseUrl: string,
  settings: Settings,
  say: (line: string) => void,
): Promise<Waiting> {
  const { waiting: runs, inFlight } = settings;
  const measured = { runs: Math.min(settings.runs, 1_000), inFlight };
  const rate = async (side: Side): Promise<number> =>
    (await side.ask<{ throughputPerSecond: number }>('saturate', measured)).throughputPerSecond;

  const publishing = startSide('riposte-side.ts', { profileDir: null });
  try {
    await publishing.ask('open', { databaseUrl, redisUrl: null });
    await publishing.ask('publishSteps');
    await publishing.ask('publishApproval');
  } finally {
    await publishing.close();
  }

  const empty = await start(databaseUrl);
  let emptyPerSecond: number;
  let parkedPerSecond: number;
  let bytesPerRun: number;
  try {
    await rate(empty.side);
    emptyPerSecond = await rate(empty.side);
    say(`waiting: putting ${runs} runs into the wait`);
    const before = await empty.side.ask<number>('waitingBytes');
    parkedPerSecond = (await empty.side.ask<{ perSecond: number }>('park', { runs, inFlight })).perSecond;
    bytesPerRun = ((await empty.side.ask<number>('waitingBytes')) - before) / runs;
  } finally {
    await empty.side.close();
  }

  const beside = await start(databaseUrl);
  try {
    const readMs = await beside.side.ask<ReadMs>('readWaiting');
    await rate(beside.side);
    return {
      runs,
      parkedPerSecond,
      start: {
        emptyMs: empty.openMs,
        waitingMs: beside.openMs,
        emptyRssBytes: empty.rssBytes,
        waitingRssBytes: beside.rssBytes,
      },
      firstEffect: { emptyMs: empty.firstEffectMs, waitingMs: beside.firstEffectMs },
      throughput: { emptyPerSecond, waitingPerSecond: await rate(beside.side) },
      bytesPerRun,
      readMs,
    };
  } finally {
    await beside.side.close();
  }
}

async function start(databaseUrl: string): Promise<Started> {
  const side = startSide('riposte-side.ts', { profileDir: null });
  try {
    const { openMs } = await side.ask<{ openMs: number }>('open', { databaseUrl, redisUrl: null });
    const { latencies } = await side.ask<{ latencies: { startMs: { p50: number } } }>('saturate', {
      runs: 1,
      inFlight: 1,
    });
    const { rss } = await side.ask<NodeJS.MemoryUsage>('settledMemory');
    return { side, openMs, firstEffectMs: openMs + latencies.startMs.p50, rssBytes: rss };
  } catch (error) {
    await side.close();
    throw error;
  }
}
