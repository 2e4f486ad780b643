import { routeOf } from '../core/match/routing.ts';
import { matchTick } from '../core/schedule/match-tick.ts';
import { lastTick } from '../core/schedule/next-tick.ts';
import type { Admitter } from './admit-runs.ts';
import type { EngineParts, Started } from './engine-parts.ts';
import { ceilingNow } from './guardrails-in-force.ts';
import { type Keeper, lookByClock } from './look-by-clock.ts';
import { cronOf, maybeDue } from './next-looks.ts';
import { routingInForce } from './routing-in-force.ts';
import { priorityOf, startRun } from './start-run.ts';
import { lockKey } from './store/queries/crowd-control.ts';
import { databaseNowMs } from './store/queries/lock-scopes.ts';
import { isTicked, listSchedules, type Schedule, writeTick } from './store/queries/schedules.ts';
import type { Tx } from './store/sql.ts';

/*
 * Starts what the clock starts (decision record 0012). The schedules are the published triggers and the
 * ticks are rows, so nothing is lost with a queue; every engine looks, and the row of a tick lets one of
 * them start it. After a pause of hours only the last tick that was missed is made up for.
 */

const lookMs = 1_000;

export function createScheduler(parts: EngineParts, admitter: Admitter): Keeper {
  return lookByClock({
    everyMs: lookMs,
    pass: () => startScheduled(parts, admitter),
    failed: (error) =>
      parts.log('warn', 'looking at schedules failed; trying again', { error: String(error) }),
  });
}

/** Looks once; returns how many ticks were this engine's. `atMs`: the database's time when left out. */
export async function startScheduled(parts: EngineParts, admitter: Admitter, atMs?: number): Promise<number> {
  const schedules = await listSchedules(parts.database, parts.tenant);
  if (schedules.length === 0) return 0;
  const nowMs = atMs ?? (await databaseNowMs(parts.database));
  // One schedule that cannot be started must not keep the others from it.
  const failed = ({ playbookId, triggerId }: Schedule, error: unknown) =>
    parts.log('error', 'a schedule could not be started; trying again', {
      playbook: playbookId,
      trigger: triggerId,
      error: String(error),
    });
  let ticks = 0;
  for (const schedule of await maybeDue(parts, schedules, nowMs, failed)) {
    try {
      if (await tickOf(parts, admitter, schedule, nowMs)) ticks += 1;
    } catch (error) {
      failed(schedule, error);
    }
  }
  return ticks;
}

async function tickOf(
  parts: EngineParts,
  admitter: Admitter,
  schedule: Schedule,
  nowMs: number,
): Promise<boolean> {
  const loaded = await parts.loadPlan(schedule.digest);
  const trigger = loaded.plan.triggers.find((each) => each.id === schedule.triggerId);
  const cron = trigger === undefined ? null : cronOf(trigger);
  if (trigger === undefined || cron === null) return false;
  const dueMs = lastTick(cron, trigger.timezone, schedule.sinceMs, nowMs);
  if (dueMs === null) return false;
  const tick = { playbookId: schedule.playbookId, triggerId: trigger.id, dueMs };
  let started: Started | null = null;
  const mine = await parts.database.transaction(
    async (tx: Tx) => {
      started = null;
      await lockKey(tx, parts.tenant, `schedule/${tick.playbookId}/${tick.triggerId}`);
      if (await isTicked(tx, parts.tenant, tick)) return false;
      const routing = await routingInForce(tx, parts);
      const judged = matchTick(loaded.plan, trigger, dueMs, nowMs, routeOf(routing, schedule.playbookId));
      if (!judged.ok) {
        await writeTick(tx, parts.tenant, tick, { ...judged, runId: null });
        return true;
      }
      const start = await startRun(tx, parts, nowMs, {
        playbook: schedule,
        loaded,
        matched: judged.matched,
        ceiling: await ceilingNow(tx, parts),
        alert: null,
        alertId: null,
        incidentId: null,
        signalId: null,
        chain: 0,
        priority: priorityOf('medium'),
        startedBy: `trigger:${trigger.id}`,
        askedBy: [],
        byHand: false,
      });
      if (start.outcome === 'started') started = start;
      const said = start.outcome === 'started' ? { code: null, detail: null } : start;
      const { code, detail } = said;
      await writeTick(tx, parts.tenant, tick, { outcome: start.outcome, code, detail, runId: start.runId });
      return true;
    },
    { retries: 3 },
  );
  if (mine) parts.afterCommit({ entries: true });
  if (started !== null) await admitter.admit([started]);
  return mine;
}
