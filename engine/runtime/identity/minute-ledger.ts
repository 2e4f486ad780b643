/*
 * What strangers can do as often as they like is told twice a minute: the first time at once; what follows within
 * a minute is counted and becomes one more entry when the minute is over. It is kept per process and key: a process
 * that dies in that minute takes the count of the rest with it, never the first.
 */

export interface MinuteLedger<Told> {
  note(key: string, told: Told): Promise<void>;
  /** Writes at once what was counted. */
  settle(): Promise<void>;
}

const windowMs = 60_000;
export const windowSeconds = windowMs / 1_000;

interface Window<Told> {
  count: number;
  last: Told;
  timer: NodeJS.Timeout;
}

/** @param write one entry; `count` is 1 for the first, and how many came since for the other */
export function createMinuteLedger<Told>(
  write: (told: Told, count: number, isFirst: boolean) => Promise<void>,
): MinuteLedger<Told> {
  const windows = new Map<string, Window<Told>>();
  const open = (key: string, window: Omit<Window<Told>, 'timer'>): void => {
    const timer = setTimeout(() => void end(key), windowMs);
    timer.unref();
    windows.set(key, { ...window, timer });
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
        window.last = told;
        return;
      }
      // Opened before it is written, so that others at the same instant are counted.
      open(key, { count: 0, last: told });
      try {
        await write(told, 1, true);
      } catch (error) {
        const opened = windows.get(key);
        if (opened?.count === 0) {
          clearTimeout(opened.timer);
          windows.delete(key);
        }
        throw error;
      }
    },
    async settle() {
      await Promise.all([...windows.keys()].map(end));
    },
  };
}
