import { setTimeout as sleep } from 'node:timers/promises';
import type { RunTimes } from './percentiles.ts';

/** Submits one run; resolves when it has ended. */
export type OneRun = () => Promise<RunTimes>;

/** So many runs, `inFlight` of them under way all the time: the yard-stick's way of saturating. */
export async function keepInFlight(
  oneRun: OneRun,
  runs: number,
  inFlight: number,
): Promise<{ perSecond: number; all: RunTimes[] }> {
  const all: RunTimes[] = [];
  let left = runs;
  const lane = async (): Promise<void> => {
    while (left-- > 0) all.push(await oneRun());
  };
  const beganAt = performance.now();
  await Promise.all(Array.from({ length: Math.min(inFlight, runs) }, lane));
  return { perSecond: (runs * 1_000) / (performance.now() - beganAt), all };
}

/** Submits by the clock, whether or not earlier runs have ended: a slow run does not slow the arrivals down. */
export async function submitAtRate(oneRun: OneRun, runs: number, perSecond: number): Promise<RunTimes[]> {
  const under: Promise<RunTimes>[] = [];
  const beganAt = performance.now();
  for (let run = 0; run < runs; run++) {
    const waitMs = beganAt + (run * 1_000) / perSecond - performance.now();
    if (waitMs > 0) await sleep(waitMs);
    under.push(oneRun());
  }
  return await Promise.all(under);
}
