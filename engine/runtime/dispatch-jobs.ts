import type { LotId, MintId } from '../../schemas/ids.ts';
import type { EngineParts } from './engine-parts.ts';
import type { Courier, Lot } from './queue/courier.ts';
import { takeUnsent, type Unsent } from './store/queries/take-outbox.ts';

/*
 * Outbox → queue. Right after a commit what it made ready, from memory; and every second what was left
 * behind: a crash between commit and hand-over, an emptied Redis, a lot nobody claimed. Sending twice
 * is harmless, so the row stays until a worker has claimed the attempt.
 */

export interface Dispatcher {
  /** Rows that were committed just now. */
  hand(ready: readonly Unsent[]): void;
  /** Something lies in the outbox that may go out now. */
  nudge(): void;
  start(): void;
  stop(): Promise<void>;
}

/** More would make one lot's redelivery long; fewer would make the queue hop dear. */
const lotMax = 64;
/** Waits this long for a claim before sending again, in seconds; a multiple under load is harmless. */
export const resendSeconds = 5;
const atOnceMax = 512;
/** How often what was left behind is looked for. With the seconds above: how long a lost queue costs. */
export const sweepMs = 1_000;
/** Handed over and not sent yet; what is beyond waits in its rows for the next look. */
const handedMax = 10_000;

export function createDispatcher(parts: EngineParts, courier: Courier): Dispatcher {
  let running: Promise<void> | undefined;
  let again = false;
  let handed: Unsent[] = [];
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;

  async function drain(): Promise<void> {
    do {
      while (handed.length > 0) await send(handed.splice(0, atOnceMax));
      if (!again) continue;
      again = false;
      for (let more = true; more; ) {
        const left = await takeUnsent(parts.database, parts.tenant, atOnceMax, resendSeconds);
        if (left.length > 0) await send(left);
        more = left.length === atOnceMax;
      }
    } while ((again || handed.length > 0) && !stopped);
  }

  async function send(ready: readonly Unsent[]): Promise<void> {
    parts.pass?.('dispatch.taken');
    await courier.send(makeLots(ready, parts.mint));
    parts.pass?.('dispatch.sent');
  }

  function run(): void {
    running ??= drain()
      .catch((error) => {
        // Their rows are there; the next look finds them.
        handed = [];
        parts.log('warn', 'handing jobs to the queue failed; they will be sent again', {
          error: String(error),
        });
      })
      .finally(() => {
        running = undefined;
        if ((again || handed.length > 0) && !stopped) setTimeout(run, 250).unref();
      });
  }

  function nudge(): void {
    if (stopped) return;
    again = true;
    run();
  }

  return {
    hand(ready) {
      if (stopped || ready.length === 0) return;
      handed.push(...ready.slice(0, handedMax - handed.length));
      run();
    },
    nudge,
    start() {
      timer = setInterval(nudge, sweepMs);
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
