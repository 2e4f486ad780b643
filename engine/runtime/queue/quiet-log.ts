import { performance } from 'node:perf_hooks';

/** Writes one line of the operator's log. */
export type CourierLog = (
  level: 'debug' | 'info' | 'warn' | 'error',
  message: string,
  fields?: { [field: string]: unknown },
) => void;

/** A queue that is down says so on every connection of every queue, many times a second. */
const silenceMs = 10_000;

/** The same message at most every ten seconds, with the number that was left out. */
export function createQuietLog(log: CourierLog): CourierLog {
  const said = new Map<string, { atMs: number; omitted: number }>();
  return (level, message, fields) => {
    const nowMs = performance.now();
    const last = said.get(message);
    if (last !== undefined && nowMs - last.atMs < silenceMs) {
      last.omitted++;
      return;
    }
    said.set(message, { atMs: nowMs, omitted: 0 });
    log(
      level,
      message,
      last !== undefined && last.omitted > 0 ? { ...fields, omitted: last.omitted } : fields,
    );
  };
}
