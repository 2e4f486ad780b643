/**
 * The estate's time. `real` follows the machine's clock, `manual` stands still; both move forward by
 * `advance`, so a test may skip the three days that an offline device takes to time out.
 */
export interface LabClock {
  nowMs(): number;
  /** Moves time forward by `ms` milliseconds, never back. */
  advance(ms: number): void;
  /** What `createClock` needs to go on after a restart. */
  save(): SavedClock;
}

export interface SavedClock {
  kind: 'real' | 'manual';
  /** Real: offset to the machine's clock. Manual: the time itself, in epoch milliseconds. */
  ms: number;
}

export function createClock(saved: SavedClock): LabClock {
  let { ms } = saved;
  return {
    nowMs: () => (saved.kind === 'real' ? Date.now() + ms : ms),
    advance: (by) => {
      if (!Number.isFinite(by) || by < 0) throw new RangeError('Time only moves forward.');
      ms += by;
    },
    save: () => ({ kind: saved.kind, ms }),
  };
}
