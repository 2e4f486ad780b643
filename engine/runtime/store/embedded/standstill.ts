import { readFile } from 'node:fs/promises';
import { performance } from 'node:perf_hooks';
import { type Postmaster, processesOn } from './postmaster-file.ts';

/*
 * A server can stand still for good. PostgreSQL 18.4 was seen to, on a full disk: the process that
 * replayed the journal gave up, and the server neither ended nor began again, also not when there was
 * room. It runs, it answers "not yet", and whoever only waits for its end waits for ever.
 */

/** After a crash a server gives its processes five seconds to end before it kills them; only then it starts over. */
const standsMs = 15_000;
/** So often at least it has to be seen so: a pause of our own between two looks is none of the server's. */
const leastLooks = 3;

export interface Watch {
  /** Asked at each look that got no answer: whether this server will never give one. */
  standsStill(server: Postmaster): Promise<boolean>;
}

/** @param now in ms, of a clock that nobody sets */
export function watchStandstill(data: string, now: () => number = () => performance.now()): Watch {
  let idle = { pid: 0, since: 0, looks: 0 };
  return {
    async standsStill({ pid, stopping }) {
      if (stopping || (await getsSomewhere(data))) {
        idle = { pid: 0, since: 0, looks: 0 };
        return false;
      }
      if (idle.pid !== pid) idle = { pid, since: now(), looks: 0 };
      idle.looks++;
      return idle.looks >= leastLooks && now() - idle.since >= standsMs;
    },
  };
}

/**
 * While it starts or replays its journal, a server has a process `startup`; once it answers, a `walwriter`.
 * Where that cannot be seen (macOS), it is believed.
 */
async function getsSomewhere(data: string): Promise<boolean> {
  if (process.platform !== 'linux') return true;
  const titles = await Promise.all(
    (await processesOn(data)).map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')),
  );
  return titles.some((title) => /^postgres: (?:startup|walwriter)\b/.test(title));
}
