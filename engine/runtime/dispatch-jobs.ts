import type { LotId, MintId } from '../../schemas/ids.ts';
import type { EngineParts } from './engine-parts.ts';
import type { Courier, Lot } from './queue/courier.ts';
import { takeUnsent, type Unsent } from './store/queries/take-outbox.ts';

/*
 * Outbox → queue. Right after a commit for what just became ready, and every few seconds for what
 * was left behind: a crash between commit and hand-over, an emptied Redis, a lot nobody claimed.
 * Sending twice is harmless, so the row stays until a worker has claimed the attempt.
 */

export interface Dispatcher {
  /** Something was committed; hand it over soon. */
  nudge(): void;
  start(): void;
  stop(): Promise<void>;
}

/** More would make one lot's redelivery long; fewer would make the queue hop dear. */
const lotMax = 64;
/** Waits this long for a claim before sending again, in seconds; a multiple under load is harmless. */
const resendSeconds = 5;

export function createDispatcher(parts: EngineParts, courier: Courier): Dispatcher {
  let running: Promise<void> | undefined;
  let again = false;
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;

  async function drain(): Promise<void> {
    do {
      again = false;
      for (;;) {
        const ready = await takeUnsent(parts.database, parts.tenant, 512, resendSeconds);
        if (ready.length === 0) break;
        parts.pass?.('dispatch.taken');
        await courier.send(makeLots(ready, parts.mint));
        parts.pass?.('dispatch.sent');
        if (ready.length < 512) break;
      }
    } while (again && !stopped);
  }

  function nudge(): void {
    if (stopped) return;
    again = true;
    running ??= drain()
      .catch((error) =>
        parts.log('warn', 'handing jobs to the queue failed; they will be sent again', {
          error: String(error),
        }),
      )
      .finally(() => {
        running = undefined;
        if (again && !stopped) setTimeout(nudge, 250).unref();
      });
  }

  return {
    nudge,
    start() {
      timer = setInterval(nudge, 1_000);
      timer.unref();
      nudge();
    },
    async stop() {
      stopped = true;
      clearInterval(timer);
      await running;
    },
  };
}

/** Everything of one system and priority that is ready at this moment travels together. */
export function makeLots(ready: readonly Unsent[], mint: MintId): Lot[] {
  const groups = new Map<string, Unsent[]>();
  for (const each of ready) {
    const key = `${each.system}\n${each.priority}`;
    const group = groups.get(key) ?? [];
    group.push(each);
    groups.set(key, group);
  }
  const lots: Lot[] = [];
  for (const group of groups.values()) {
    for (let from = 0; from < group.length; from += lotMax) {
      const part = group.slice(from, from + lotMax);
      const [head] = part;
      if (head === undefined) continue;
      const id: LotId = mint('LotId');
      lots.push({
        id,
        system: head.system,
        priority: head.priority,
        attemptIds: part.map((each) => each.attemptId),
      });
    }
  }
  return lots;
}
