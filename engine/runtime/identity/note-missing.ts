import { type Door, type IdentityContext, writeEntry } from './identity-context.ts';

/*
 * Who asks by an id for what is not there may be guessing. The first time is an entry at once; what follows within
 * a minute is counted and becomes one more when the minute is over. So whoever guesses a thousand times leaves two
 * entries and the number. It is kept per process and caller: a process that dies in that minute takes the count of
 * the rest with it, never the first.
 */

export interface Missing {
  /** Which door was tried, e.g. `GET /v1/runs/{id}`. */
  route: string;
  id: string;
}

export interface MissingLedger {
  note(door: Door, missing: Missing): Promise<void>;
  /** Writes at once what was counted. */
  settle(): Promise<void>;
}

const windowMs = 60_000;
/** Of what a caller wrote into an address. */
const idMax = 100;

interface Window {
  door: Door;
  count: number;
  last: Missing;
  timer: NodeJS.Timeout;
}

export function createMissingLedger(context: IdentityContext): MissingLedger {
  const windows = new Map<string, Window>();
  const write = (door: Door, { route, id }: Missing, count: number) =>
    context.database.transaction((tx) =>
      writeEntry(tx, context, door, {
        type: 'auth.not-found',
        outcome: 'denied',
        code: 'request/not-found',
        data: { route, id: id.toWellFormed().slice(0, idMax), count, ...(count > 1 && { window_s: 60 }) },
      }),
    );
  const open = (key: string, window: Omit<Window, 'timer'>): void => {
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
      // The request that it began with is long over.
      await write({ actor: window.door.actor }, window.last, window.count);
    } catch {
      // Trouble of the database must not lose the count: it is written with that of the next minute.
      const since = windows.get(key);
      if (since === undefined) open(key, window);
      else since.count += window.count;
    }
  };
  return {
    async note(door, missing) {
      const key = `${door.actor.channel} ${door.actor.id}`;
      const window = windows.get(key);
      if (window !== undefined) {
        window.count++;
        window.last = missing;
        return;
      }
      // Opened before it is written, so that others at the same instant are counted.
      open(key, { door, count: 0, last: missing });
      try {
        await write(door, missing, 1);
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
