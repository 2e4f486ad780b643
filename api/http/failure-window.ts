import { performance } from 'node:perf_hooks';

/*
 * Counts failures per key (an address, a caller) in fixed windows, in bounded memory. It protects
 * the store from floods of wrong secrets; the secrets themselves are too long to guess.
 */

export interface FailureWindow {
  /** Seconds to wait, or 0 when the key may try. */
  blockedForSeconds(key: string): number;
  count(key: string): void;
}

// 10,000 keys of about 100 bytes are 1 MB. Beyond that the oldest window goes: an attacker with
// more addresses than that is not slowed by counting addresses.
const keysMax = 10_000;

/** Monotonic: a clock that is set back would lock somebody out for as long, one set forward forgets. */
const nowMs = (): number => performance.now();

export function createFailureWindow(limit: number, windowMs: number): FailureWindow {
  const windows = new Map<string, { count: number; endsMs: number }>();
  return {
    blockedForSeconds(key) {
      const window = windows.get(key);
      if (window === undefined || window.count < limit || window.endsMs <= nowMs()) return 0;
      return Math.ceil((window.endsMs - nowMs()) / 1000);
    },
    count(key) {
      const window = windows.get(key);
      if (window !== undefined && window.endsMs > nowMs()) {
        window.count++;
        return;
      }
      windows.delete(key);
      const oldest = windows.keys().next();
      if (windows.size >= keysMax && !oldest.done) windows.delete(oldest.value);
      windows.set(key, { count: 1, endsMs: nowMs() + windowMs });
    },
  };
}
