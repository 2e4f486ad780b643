import type { Family, Limit } from '../scenario.ts';

export interface ThrottleCounters {
  /** Requests answered 429. */
  throttled: number;
  /** Requests that came before the `Retry-After` of an earlier 429 had passed: the client did not wait. */
  cameBackEarly: number;
}

export interface Throttle {
  /** Seconds to wait, or null when the request may pass. Counts the request. */
  check(family: Family, client: string, limit: Limit | undefined, nowMs: number): number | null;
  /** Somebody else answered 429 with this wait (`*`: to any client); remembered to see who keeps to it. */
  told(family: Family, client: string, retryAfterSeconds: number, nowMs: number): void;
  counters(): { [family: string]: ThrottleCounters };
  reset(): void;
}

interface Window {
  startMs: number;
  count: number;
}

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;

/** Fixed windows per client and family: coarser than the vendor's, and just as easy to run into. */
export function createThrottle(): Throttle {
  const windows = new Map<string, Window>();
  const closedUntilMs = new Map<string, number>();
  const counted = new Map<Family, ThrottleCounters>();

  function countersOf(family: Family): ThrottleCounters {
    const row = counted.get(family) ?? { throttled: 0, cameBackEarly: 0 };
    counted.set(family, row);
    return row;
  }

  /** Milliseconds until the window opens again, or 0. */
  function spend(key: string, lengthMs: number, max: number | undefined, nowMs: number): number {
    if (max === undefined) return 0;
    let window = windows.get(key);
    if (window === undefined || nowMs >= window.startMs + lengthMs) {
      window = { startMs: nowMs, count: 0 };
      windows.set(key, window);
    }
    window.count += 1;
    return window.count > max ? window.startMs + lengthMs - nowMs : 0;
  }

  function told(family: Family, client: string, retryAfterSeconds: number, nowMs: number): void {
    countersOf(family).throttled += 1;
    closedUntilMs.set(`${family} ${client}`, nowMs + retryAfterSeconds * 1000);
  }

  return {
    check(family, client, limit, nowMs) {
      const key = `${family} ${client}`;
      // a second of grace: the header counts in whole seconds
      const closedUntil = Math.max(closedUntilMs.get(key) ?? 0, closedUntilMs.get(`${family} *`) ?? 0);
      if (nowMs < closedUntil - 1000) countersOf(family).cameBackEarly += 1;
      if (limit === undefined) return null;
      const waitMs = Math.max(
        spend(`${key} second`, 1000, limit.perSecond, nowMs),
        spend(`${key} minute`, minuteMs, limit.perMinute, nowMs),
        spend(`${key} hour`, hourMs, limit.perHour, nowMs),
      );
      if (waitMs === 0) return null;
      const seconds = Math.max(1, Math.ceil(waitMs / 1000));
      told(family, client, seconds, nowMs);
      return seconds;
    },
    told,
    counters: () => Object.fromEntries([...counted].map(([family, row]) => [family, { ...row }])),
    reset() {
      windows.clear();
      closedUntilMs.clear();
      counted.clear();
    },
  };
}
