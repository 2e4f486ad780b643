import { performance } from 'node:perf_hooks';
import { setTimeout as pause } from 'node:timers/promises';
import type { TenantId } from '../../../schemas/ids.ts';
import { beatText, openingText, presenceEvent, type Told, toldOf } from '../../core/outward/live-event.ts';
import { goesOn, type LivePoint } from '../../core/outward/live-point.ts';
import { listsIn } from '../../core/outward/live-topics.ts';
import { whoIsThere } from '../../core/outward/presence.ts';
import type { Log } from '../engine-parts.ts';
import { type Keeper, lookByClock } from '../look-by-clock.ts';
import type { Database } from '../store/database.ts';
import { readLiveEntries, readLiveHead } from '../store/queries/live-entries.ts';
import { createLiveReader, type LiveReader } from './live-reader.ts';
import { openPresence, type Presence } from './open-presence.ts';

/*
 * Tells those who look on that something changed, from the sealed log: what has no place in it yet has no sequence to
 * resume from. One read serves everybody of a process, from the place of the one who is furthest behind, so somebody who
 * comes again after a gap is nothing special, and what is not taken yet waits in the log and not here.
 *
 * LISTEN would save half a second. It takes a connection of its own that poolers do not pass on, tells what has no
 * sequence yet, and says nothing of what was missed, for which the log has to be read all the same.
 */

export interface LiveParts {
  database: Database;
  tenant: TenantId;
  log: Log;
  limits?: Partial<LiveLimits>;
}

export interface LiveLimits {
  /** A browser has six for all its tabs; two browsers and a script may be open. */
  perCaller: number;
  /** A quarter of the connections that a process takes. */
  perProcess: number;
  beatMs: number;
  lookMs: number;
  /** How often it is asked who has a question open that somebody looks on at. */
  othersMs: number;
}

export const liveLimits: LiveLimits = {
  perCaller: 16,
  perProcess: 500,
  beatMs: 15_000,
  lookMs: 500,
  othersMs: 2_000,
};

/** How long a client waits before it comes again. */
const retryMs = 2_000;
/** What is on its way when the process stops has this long to leave. */
const leaveMs = 1_000;

export type Refused = 'caller-full' | 'process-full' | 'stopping';

export interface Live extends Keeper {
  presence: Presence;
  head(): Promise<LivePoint>;
  /** Until `gone`, or until they may not any more. */
  open(
    asked: Pick<LiveReader, 'caller' | 'topics' | 'still'>,
    from: LivePoint,
    gone: AbortSignal,
  ): AsyncGenerator<string, void> | Refused;
  /** Ends all of them and takes no more. Waits for nobody who does not read, and for no database. */
  letGo(): Promise<void>;
}

export function createLive({ database, tenant, log, limits: given }: LiveParts): Live {
  const limits = { ...liveLimits, ...given };
  const readers = new Map<LiveReader, { beatAt: number; there: Map<string, string> }>();
  const presence = openPresence(database, tenant);
  let stopped = false;
  const failed = (error: unknown): void =>
    log('warn', 'looking at the log for those who look on failed; trying again', { error: String(error) });

  async function look(stopping: () => boolean): Promise<void> {
    // Before the head is read: whoever comes meanwhile may have read a newer one.
    const looking = [...readers.keys()];
    if (looking.length === 0) return;
    const head = await readLiveHead(database, tenant);
    for (const reader of looking) if (!goesOn(reader.point(), head)) reader.reset(head);
    while (!stopping()) {
      const behind = looking.filter(
        (reader) => readers.has(reader) && !reader.isFull() && reader.point().next < head.next,
      );
      if (behind.length === 0) return;
      const from = Math.min(...behind.map((reader) => reader.point().next));
      const runs = [...new Set(behind.flatMap((reader) => reader.runs))];
      const lists = [...new Set(behind.flatMap((reader) => listsIn(reader.topics)))];
      const read = await readLiveEntries(database, tenant, head.log, { from, to: head.next, runs, lists });
      // Many look on at the same: it is written once for all of them.
      const toldBy = new Map<string, Told[]>();
      for (const reader of behind) {
        const wanted = JSON.stringify(reader.topics);
        const told = toldBy.get(wanted) ?? toldOf(read.entries, reader.topics, head.incarnation);
        toldBy.set(wanted, told);
        reader.tell(told, read.next);
      }
    }
  }

  async function beat(stopping: () => boolean): Promise<void> {
    for (const [reader, due] of readers) {
      if (stopping()) return;
      if (performance.now() < due.beatAt) continue;
      due.beatAt = performance.now() + limits.beatMs;
      // Who cannot be asked about is not told more.
      if (await reader.still().catch(() => false)) reader.beat(beatText);
      else reader.end();
    }
  }

  /** For each reader by itself: one who comes has read the page before, when perhaps nobody was there. */
  async function tellOthers(): Promise<void> {
    const looking = [...readers].flatMap(([reader, { there }]) =>
      reader.topics.flatMap((topic) =>
        topic.kind === 'presence' ? [{ reader, there, approval: topic.approval }] : [],
      ),
    );
    if (looking.length === 0) return;
    const known = await presence.of([...new Set(looking.map(({ approval }) => approval))]);
    for (const { reader, there, approval } of looking) {
      const now = whoIsThere(known, approval, reader.caller);
      if (now === (there.get(approval) ?? '')) continue;
      there.set(approval, now);
      reader.say((point) => presenceEvent(approval, point));
    }
  }

  const keepers = [
    lookByClock({ everyMs: limits.othersMs, pass: tellOthers, failed }),
    lookByClock({ everyMs: limits.lookMs, pass: look, failed }),
    lookByClock({ everyMs: Math.min(1_000, limits.beatMs), pass: beat, failed }),
  ];
  async function letGo(): Promise<void> {
    stopped = true;
    for (const reader of readers.keys()) reader.end();
    const until = performance.now() + leaveMs;
    while (readers.size > 0 && performance.now() < until) await pause(10);
  }
  return {
    letGo,
    presence,
    head: () => readLiveHead(database, tenant),
    open(asked, from, gone) {
      if (stopped) return 'stopping';
      if (readers.size >= limits.perProcess) return 'process-full';
      const own = [...readers.keys()].filter(({ caller }) => caller === asked.caller);
      if (own.length >= limits.perCaller) return 'caller-full';
      const reader = createLiveReader(asked, from, openingText(from, retryMs));
      const leave = (): void => {
        readers.delete(reader);
        reader.end();
      };
      if (gone.aborted) leave();
      else {
        readers.set(reader, { beatAt: performance.now() + limits.beatMs, there: new Map() });
        gone.addEventListener('abort', leave, { once: true });
      }
      return reader.taken();
    },
    start() {
      for (const keeper of keepers) keeper.start();
    },
    async stop() {
      await letGo();
      await Promise.all(keepers.map((keeper) => keeper.stop()));
    },
  };
}
