/*
 * What somebody can do as often as they like is told twice a minute: the first time at once; what follows within
 * a minute is counted and becomes one more entry when the minute is over. It is kept per process and key: a process
 * that dies in that minute takes the count of the rest with it, never the first.
 */

export interface MinuteLedger<Told> {
  note(key: string, told: Told): Promise<void>;
  /** Whether the first was told and what follows is counted. */
  isOpen(key: string): boolean;
  /** For whoever has told the first together with something else, after the commit. */
  opened(key: string, told: Told): void;
  /** Writes at once what was counted. */
  settle(): Promise<void>;
}

const minuteMs = 60_000;
export const windowSeconds = minuteMs / 1_000;

/** Beyond that the oldest ends early: its count is told, and the next of its kind is a first one. */
const keysMax = 10_000;

interface Window<Told> {
  count: number;
  last: Told;
  timer: NodeJS.Timeout;
  /** Settled when the first is written, or is not. */
  first: Promise<void>;
}

/**
 * @param write one entry; `count` is 1 for the first, and how many came since for the other
 * @param keep what of it is needed for the other: of what was sent, long values must not stay in memory
 */
export function createMinuteLedger<Told>(
  write: (told: Told, count: number, isFirst: boolean) => Promise<void>,
  minutes = 1,
  keep: (told: Told) => Told = (told) => told,
): MinuteLedger<Told> {
  const windows = new Map<string, Window<Told>>();
  const windowMs = minutes * minuteMs;
  const open = (key: string, window: Omit<Window<Told>, 'timer'>): void => {
    const timer = setTimeout(() => void end(key), windowMs);
    timer.unref();
    windows.set(key, { ...window, timer });
  };
  const begin = (key: string, last: Told, first: Promise<void>): void => {
    const oldest = windows.keys().next();
    if (windows.size >= keysMax && !oldest.done) void end(oldest.value);
    open(key, { count: 0, last: keep(last), first });
  };
  const end = async (key: string): Promise<void> => {
    const window = windows.get(key);
    if (window === undefined) return;
    clearTimeout(window.timer);
    windows.delete(key);
    if (window.count === 0) return;
    try {
      await write(window.last, window.count, false);
    } catch {
      // Trouble of the database must not lose the count: it is written with that of the next minute.
      const since = windows.get(key);
      if (since === undefined) open(key, window);
      else since.count += window.count;
    }
  };
  return {
    async note(key, told) {
      const window = windows.get(key);
      if (window !== undefined) {
        window.count++;
        window.last = keep(told);
        // Whoever is counted instead of told relies on the first: where that was not written, nobody was noted.
        return window.first;
      }
      const first = write(told, 1, true);
      // Opened before it is written, so that others at the same instant are counted.
      begin(key, told, first);
      const opened = windows.get(key);
      try {
        await first;
      } catch (error) {
        clearTimeout(opened?.timer);
        if (windows.get(key) === opened) windows.delete(key);
        throw error;
      }
    },
    isOpen: (key) => windows.has(key),
    opened(key, told) {
      // Of two at the same instant each has told a first.
      if (!windows.has(key)) begin(key, told, Promise.resolve());
    },
    async settle() {
      await Promise.all([...windows.keys()].map(end));
    },
  };
}
