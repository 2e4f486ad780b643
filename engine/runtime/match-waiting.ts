import { performance } from 'node:perf_hooks';
import type { Admitter } from './admit-runs.ts';
import type { EngineParts } from './engine-parts.ts';
import { recordAudit } from './record-audit.ts';
import { startRuns } from './start-runs.ts';
import { lockEvent, type StoredEvent } from './store/queries/lock-events.ts';
import { databaseNowMs } from './store/queries/lock-scopes.ts';
import { writeTrace } from './store/queries/write-trace.ts';
import { sqlState } from './store/sql-state.ts';

export interface Matcher {
  /** It has started and has nothing to do: nothing more severe waits for what arrives now. */
  isFree(): boolean;
  /** Something was accepted; match it soon. */
  nudge(): void;
  start(): void;
  stop(): Promise<void>;
}

/** Events of one transaction. */
const atOnceMax = 50;
const sweepMs = 1_000;
const postponedMsMax = 60_000;
/** Beyond it all are tried again: each costs a look that comes to nothing. */
const postponedMax = 1_000;

/** Matches events as they are accepted, and sweeps up what a crash left behind. */
export function createMatcher(parts: EngineParts, admitter: Admitter): Matcher {
  let timer: NodeJS.Timeout | undefined;
  let matching: Promise<void> | undefined;
  let again = false;
  let started = false;
  let stopped = false;
  /** Events that broke off what they were matched in, by id: when they are tried again, on the monotonic clock. */
  const postponed = new Map<string, { untilMs: number; waitMs: number }>();

  function postpone({ event: { id } }: StoredEvent): void {
    const waitMs = Math.min(postponedMsMax, 2 * (postponed.get(id)?.waitMs ?? sweepMs));
    if (postponed.size >= postponedMax) postponed.clear();
    postponed.set(id, { untilMs: performance.now() + waitMs, waitMs });
  }

  function waiting(): string[] {
    const nowMs = performance.now();
    return [...postponed].flatMap(([id, { untilMs }]) => (untilMs > nowMs ? [id] : []));
  }

  function nudge(): void {
    if (stopped) return;
    again = true;
    matching ??= (async () => {
      while (again && !stopped) {
        again = false;
        const count = await startRuns(parts, admitter, atOnceMax, { except: waiting() }).then(
          ({ events }) => events,
          (error) => oneByOne(error),
        );
        if (count === atOnceMax) again = true;
      }
    })()
      .catch((error) => parts.log('warn', 'matching events failed; trying again', { error: String(error) }))
      .finally(() => {
        matching = undefined;
      });
  }

  /**
   * One event that cannot be stored as a run must not keep the others waiting. Only what the data
   * itself causes (SQLSTATE classes 22, 23 and 54) is given up on, visibly; anything else is retried,
   * behind the others, as its event may be what takes too long or too much.
   */
  async function oneByOne(cause: unknown): Promise<number> {
    // Whether the database is there at all is seen at the first of them.
    if (!isDataError(cause))
      parts.log('warn', 'events could not be matched together; they are matched one by one', {
        error: String(cause),
      });
    for (let matched = 0; matched < atOnceMax && !stopped; matched += 1) {
      let tried: StoredEvent | undefined;
      try {
        const started = await startRuns(parts, admitter, 1, {
          except: waiting(),
          locked: ([event]) => {
            tried = event;
          },
        });
        if (started.events === 0) return matched;
      } catch (error) {
        if (tried === undefined) throw error;
        if (!isDataError(error)) {
          postpone(tried);
          throw error;
        }
        await giveUp(parts, error, tried);
      }
    }
    return atOnceMax;
  }

  return {
    isFree: () => started && !stopped && matching === undefined,
    nudge,
    start() {
      started = true;
      timer = setInterval(nudge, sweepMs);
      timer.unref();
      nudge();
    },
    async stop() {
      stopped = true;
      clearInterval(timer);
      await matching;
    },
  };
}

function isDataError(error: unknown): boolean {
  return /^(22|23|54)/.test(sqlState(error) ?? '');
}

/** On this one and no other: meanwhile something more severe may have come, or another engine may be trying it. */
async function giveUp(parts: EngineParts, cause: unknown, stored: StoredEvent): Promise<void> {
  await parts.database.transaction(async (tx) => {
    if (!(await lockEvent(tx, parts.tenant, stored))) return;
    const { event, alertId, incidentId } = stored;
    const what = stored.table === 'alerts' ? 'alert' : 'event';
    const detail = `no run could be stored for this ${what} (${sqlState(cause) ?? 'unknown'}); look at it by hand`;
    parts.log('error', detail, { event: event.id });
    const code = 'match/not-storable';
    const line = {
      eventId: event.id,
      playbookId: '',
      triggerId: '',
      elementKey: '',
      outcome: 'error',
      code,
      detail,
      runId: null,
    };
    await writeTrace(tx, parts.tenant, [stored], [line]);
    const entry = {
      type: 'alert.refused' as const,
      actor: { kind: 'system' as const, id: 'match', channel: 'engine' as const },
      ...(alertId !== null && { alertId }),
      ...(incidentId !== null && { incidentId }),
      code,
      reason: detail,
    };
    await recordAudit(tx, parts.tenant, await databaseNowMs(tx), [entry], parts.mint);
  });
}
