import { performance } from 'node:perf_hooks';

/*
 * Counts per key (an address, a caller) in fixed windows, in bounded memory: failures, so that floods of wrong
 * secrets do not reach the store, and requests. It knows what this process has seen and nothing else.
 */

export interface CountWindow {
  /** Seconds to wait, or 0 when the key may try. */
  blockedForSeconds(key: string): number;
  /** How many there are with this one, and for how many seconds they are counted together. */
  count(key: string): { count: number; seconds: number };
}

// 10,000 keys of about 100 bytes are 1 MB. Beyond that the oldest window goes: an attacker with
// more addresses than that is not slowed by counting addresses.
const keysMax = 10_000;

/** Monotonic: a clock that is set back would lock somebody out for as long, one set forward forgets. */
const nowMs = (): number => performance.now();

export function createCountWindow(limit: number, windowMs: number): CountWindow {
  const windows = new Map<string, { count: number; endsMs: number }>();
  return {
    blockedForSeconds(key) {
      const window = windows.get(key);
      if (window === undefined || window.count < limit || window.endsMs <= nowMs()) return 0;
      return secondsTo(window.endsMs);
    },
    count(key) {
      const window = windows.get(key);
      if (window !== undefined && window.endsMs > nowMs()) {
        window.count++;
        return { count: window.count, seconds: secondsTo(window.endsMs) };
      }
      windows.delete(key);
      const oldest = windows.keys().next();
      if (windows.size >= keysMax && !oldest.done) windows.delete(oldest.value);
      windows.set(key, { count: 1, endsMs: nowMs() + windowMs });
      return { count: 1, seconds: Math.ceil(windowMs / 1000) };
    },
  };
}

/** At least one: somebody told to wait for no time comes back within the window. */
function secondsTo(endsMs: number): number {
  return Math.max(1, Math.ceil((endsMs - nowMs()) / 1000));
}
