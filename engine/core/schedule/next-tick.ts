import type { Cron } from './cron.ts';
import { offsetMs } from './zone.ts';

/*
 * When a schedule is due next, on the clocks of its zone. Where these are put forward or back:
 *
 * - A time of day that does not exist (02:15 when 02:00 becomes 03:00) is due as much later as the
 *   clocks jumped: at 03:15. A nightly job is late once a year, never left out.
 * - A time of day that comes twice is due the first time only.
 * - A rhythm, which is a schedule whose hour is `*` or a step of it, goes by what the clocks show: it
 *   is due in both of the repeated hours, and what the jump left out is left out.
 *
 * The answer depends on the arguments alone, so every engine computes the same ticks, also after a
 * restart in the middle of a repeated hour.
 */

const dayMs = 86_400_000;
const minuteMs = 60_000;
/** Eight years and a little: from 2096 the next 29 February is that of 2104. */
const daysMax = 3_000;

/** The first instant after `afterMs`; null when there is none, as for 31 February. */
export function nextTick(cron: Cron, zone: string, afterMs: number): number | null {
  const today = dayOf(zone, afterMs);
  // From the day before: a time that was moved over midnight belongs to it.
  for (let day = today - 1; day < today + daysMax; day += 1) {
    const due = ticksOfDay(cron, zone, day * dayMs).find((atMs) => atMs > afterMs);
    if (due !== undefined) return due;
  }
  return null;
}

/**
 * The last instant after `afterMs` and not after `untilMs`; null when nothing was due. Looks at no more than a day,
 * and at each of its ticks once: around a change of the clocks, going from one to the next took a process 20 seconds.
 */
export function lastTick(cron: Cron, zone: string, afterMs: number, untilMs: number): number | null {
  const from = Math.max(afterMs, untilMs - dayMs);
  // A day more at either end: clocks that are put back at midnight show a day before and after the next one.
  for (let day = dayOf(zone, untilMs) + 1; day >= dayOf(zone, from) - 1; day -= 1) {
    const due = ticksOfDay(cron, zone, day * dayMs).findLast((atMs) => atMs > from && atMs <= untilMs);
    if (due !== undefined) return due;
  }
  return null;
}

function dayOf(zone: string, atMs: number): number {
  return Math.floor((atMs + offsetMs(zone, atMs)) / dayMs);
}

function isDay(cron: Cron, localMs: number): boolean {
  const date = new Date(localMs);
  if (!cron.months.has(date.getUTCMonth() + 1)) return false;
  const byDay = cron.days.has(date.getUTCDate());
  const byWeekday = cron.weekdays.has(date.getUTCDay());
  return cron.eitherDay ? byDay || byWeekday : byDay && byWeekday;
}

function ticksOfDay(cron: Cron, zone: string, midnight: number): number[] {
  if (!isDay(cron, midnight)) return [];
  const ticks = new Set<number>();
  const before = offsetMs(zone, midnight - dayMs);
  const after = offsetMs(zone, midnight + 2 * dayMs);
  for (const hour of cron.hours) {
    for (const minute of cron.minutes) {
      const local = midnight + (hour * 60 + minute) * minuteMs;
      if (before === after) ticks.add(local - before);
      else for (const at of instantsOf(local, zone, before, after, cron.everyHour)) ticks.add(at);
    }
  }
  return [...ticks].sort((a, b) => a - b);
}

/** The instants at which the zone's clocks show `local`, around a change from one offset to another. */
function instantsOf(local: number, zone: string, before: number, after: number, rhythm: boolean): number[] {
  const shown = [...new Set([local - before, local - after])]
    .filter((at) => offsetMs(zone, at) === local - at)
    .sort((a, b) => a - b);
  if (shown.length === 0) return rhythm ? [] : [local - before];
  return rhythm ? shown : shown.slice(0, 1);
}
