import { performance } from 'node:perf_hooks';
import type { UndoId } from '../../schemas/ids.ts';
import type { EngineParts } from './engine-parts.ts';
import type { Advancer } from './gather-inbounds.ts';
import { keepLeases } from './keep-leases.ts';
import { keepProposal } from './lapse-proposal.ts';
import { lapseWords } from './lapse-words.ts';
import { lookByClock } from './look-by-clock.ts';
import { createTroubled } from './put-off.ts';
import { findSilentAttempts } from './store/queries/claim-attempts.ts';
import { findAlarms, findDue, nextDueMs } from './store/queries/find-due.ts';
import { submitEach } from './submit-each.ts';
import { createTryLater } from './try-later.ts';

/*
 * Posts what is due and finds workers that went quiet. One loop per engine process, one row per
 * deadline: waiting costs no timer and no memory. Several processes may find the same row; the
 * delete (or compare-and-set) in the advance transaction lets exactly one of them win.
 */

export interface Timekeeper {
  start(): void;
  stop(): Promise<void>;
  /**
   * A deadline was set that is due in so many milliseconds. A process that keeps no time (a worker, the API)
   * sees to what it was itself told of and is due soon; whoever keeps it finds the rest.
   */
  nudge(inMs: number): void;
}

const lookMsMax = 1_000;
const lookMsMin = 5;
const atOnceMax = 200;

export function createTimekeeper(parts: EngineParts, advancer: Advancer): Timekeeper {
  let timer: NodeJS.Timeout | undefined;
  let looking: Promise<void> | undefined;
  let nextLookAt = Number.POSITIVE_INFINITY;
  /** Leases last for hours: they are not looked at whenever a deadline is near. */
  let leasesAt = 0;
  const leasesPutOff = createTryLater<UndoId>(() => performance.now());
  const troubled = createTroubled(parts);
  /** Each by itself: they take locks that somebody else may hold, and nothing that is due waits for that. */
  const lapsing = [
    ['what one of two people said', lapseWords] as const,
    ['proposed guardrails', keepProposal] as const,
  ].map(([what, lapse]) =>
    lookByClock({
      everyMs: lookMsMax,
      pass: () => lapse(parts),
      failed: (error) =>
        parts.log('warn', `looking whether ${what} lapses failed; trying again`, { error: String(error) }),
    }),
  );
  let keeps = false;
  let stopped = false;

  function lookIn(ms: number): void {
    if (stopped) return;
    // No timer of Node lasts for the month that a run may take; it would end at once.
    const waitMs = Math.min(lookMsMax, Math.max(lookMsMin, ms));
    const at = performance.now() + waitMs;
    if (at >= nextLookAt) return;
    nextLookAt = at;
    clearTimeout(timer);
    timer = setTimeout(run, waitMs);
  }

  function again(ms: number): void {
    if (keeps || ms < lookMsMax) lookIn(ms);
  }

  /** How long to wait after this look, if nothing nearer is announced meanwhile. */
  async function look(): Promise<number> {
    const due = await findDue(parts.database, parts.tenant, atOnceMax);
    const alarms = await findAlarms(parts.database, parts.tenant, atOnceMax);
    const silent = await findSilentAttempts(parts.database, parts.tenant, atOnceMax);
    const failed = await submitEach(parts, advancer, [
      ...due.map(({ runId, path, id }) => ({ kind: 'deadline' as const, runId, path, deadlineId: id })),
      ...alarms.map(({ runId, path }) => ({ kind: 'alarm' as const, runId, path })),
      ...silent.map(({ runId, path, id, fence }) => ({
        kind: 'lost' as const,
        runId,
        path,
        attemptId: id,
        fence,
      })),
    ]);
    if (keeps && performance.now() >= leasesAt) {
      leasesAt = performance.now() + lookMsMax;
      await keepLeases(parts, leasesPutOff);
    }
    await troubled.note(failed);
    // What could not be moved is still due: looked for at once, it would be looked for without a pause.
    if (failed.length > 0) return lookMsMax;
    const full = [due, alarms, silent].some((found) => found.length === atOnceMax);
    return full ? 0 : nextDueMs(parts.database, parts.tenant, lookMsMax);
  }

  function run(): void {
    nextLookAt = Number.POSITIVE_INFINITY;
    if (looking !== undefined) return;
    looking = look()
      .catch((error) => {
        parts.log('warn', 'looking for due deadlines failed; trying again', { error: String(error) });
        return lookMsMax;
      })
      .then((waitMs) => {
        looking = undefined;
        again(waitMs);
      });
  }

  return {
    start() {
      keeps = true;
      run();
      for (const keeper of lapsing) keeper.start();
    },
    nudge: again,
    async stop() {
      stopped = true;
      clearTimeout(timer);
      await Promise.all([looking, ...lapsing.map((keeper) => keeper.stop())]);
    },
  };
}
