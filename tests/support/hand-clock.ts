import type { Clock } from '../../engine/core/contracts/ports.ts';

export interface HandClock extends Clock {
  /** Moves forward; there is no way back, as in life. */
  advance(ms: number): void;
}

/** A clock that only moves when a test moves it. */
export function handClock(startMs = Date.UTC(2026, 0, 1)): HandClock {
  let nowMs = startMs;
  return {
    nowMs: () => nowMs,
    advance(ms) {
      if (!(ms >= 0)) throw new RangeError(`a clock cannot go ${ms} ms`);
      nowMs += ms;
    },
  };
}
