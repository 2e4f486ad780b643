const firstMs = 2_000;
/** A receiver that comes back after a weekend is served within five minutes. */
const mostMs = 300_000;

/** Half of it fixed, half by `chance` from 0 to 1, so that streams which failed together do not return together. */
export function retryDelayMs(failures: number, chance: number): number {
  const ms = Math.min(mostMs, firstMs * 2 ** Math.min(failures - 1, 20));
  return Math.round(ms / 2 + (ms / 2) * chance);
}

/** From then on somebody is told; sending goes on all the same. */
export const alarmAfterMs = 24 * 60 * 60 * 1000;
