import type { PlanTrigger } from '../core/contracts/plan.ts';
import { type Cron, parseCron } from '../core/schedule/cron.ts';
import { nextTick } from '../core/schedule/next-tick.ts';
import type { EngineParts } from './engine-parts.ts';
import type { Schedule } from './store/queries/schedules.ts';

/*
 * Schedules are looked at every second. Thousands of them would have their plans read and their zones
 * computed each time, so it is kept with the engine from when on each can be due: memoisation only, for
 * that depends on the pinned plan and on the tick before.
 */

interface NextLook {
  digest: string;
  sinceMs: number;
  lookedAtMs: number;
  /** Infinity: never again. */
  dueMs: number;
}

const kept = new WeakMap<EngineParts, Map<string, NextLook>>();

const dayMs = 86_400_000;

/** Those that can be due by now; what was kept of schedules that are gone is forgotten. */
export async function maybeDue(
  parts: EngineParts,
  schedules: readonly Schedule[],
  nowMs: number,
  failed: (schedule: Schedule, error: unknown) => void,
): Promise<Schedule[]> {
  const known = kept.get(parts);
  const next = new Map<string, NextLook>();
  const due: Schedule[] = [];
  for (const schedule of schedules) {
    try {
      const name = `${schedule.playbookId}/${schedule.triggerId}`;
      const before = known?.get(name);
      const look = isStill(before, schedule, nowMs) ? before : await lookUp(parts, schedule, nowMs);
      next.set(name, look);
      if (look.dueMs <= nowMs) due.push(schedule);
    } catch (error) {
      failed(schedule, error);
    }
  }
  kept.set(parts, next);
  return due;
}

function isStill(look: NextLook | undefined, schedule: Schedule, nowMs: number): look is NextLook {
  return (
    look !== undefined &&
    look.digest === schedule.digest &&
    look.sinceMs === schedule.sinceMs &&
    look.lookedAtMs <= nowMs
  );
}

async function lookUp(parts: EngineParts, schedule: Schedule, nowMs: number): Promise<NextLook> {
  const { digest, sinceMs, triggerId } = schedule;
  const { plan } = await parts.loadPlan(digest);
  const trigger = plan.triggers.find((each) => each.id === triggerId);
  const cron = trigger === undefined ? null : cronOf(trigger);
  // No more than a day is made up for (`lastTick`).
  const fromMs = Math.max(sinceMs, nowMs - dayMs);
  const dueMs = trigger === undefined || cron === null ? null : nextTick(cron, trigger.timezone, fromMs);
  return { digest, sinceMs, lookedAtMs: nowMs, dueMs: dueMs ?? Number.POSITIVE_INFINITY };
}

/** Null for a trigger that is no schedule. */
export function cronOf(trigger: PlanTrigger): Cron | null {
  if (trigger.cron === null) return null;
  const parsed = parseCron(trigger.cron);
  if (!parsed.ok) throw new Error(`cron: ${parsed.message}`);
  return parsed.cron;
}
