/*
 * Where in the log somebody has got to. A log that was begun anew counts from zero again, so the number of the log
 * is part of it.
 */

export interface LivePoint {
  /** Which log of the tenant, from 1 on. */
  incarnation: number;
  /** The first entry that is not told yet. */
  next: number;
}

/** `1-4711`: the last entry that was told, and the log it is in. */
export const pointPattern = '^[1-9][0-9]{0,8}-(0|[1-9][0-9]{0,14})$';

/** Of a text that has this form. */
export function readPoint(text: string): LivePoint {
  const [incarnation, index] = text.split('-').map(Number);
  return { incarnation: incarnation ?? 0, next: (index ?? 0) + 1 };
}

/** Null where nothing has been told that could be named. */
export function pointText({ incarnation, next }: LivePoint): string | null {
  return next === 0 ? null : `${incarnation}-${next - 1}`;
}

/**
 * A minute away during an outbreak is about 180,000 entries, and reading past so many takes about a second. Beyond that
 * it is cheaper for everybody to fetch again what is looked at.
 */
export const behindMax = 250_000;

/** Whether everything from there on can be told: not of another log, of one that was put back, or of long ago. */
export function goesOn(point: LivePoint, head: LivePoint): boolean {
  const behind = head.next - point.next;
  return point.incarnation === head.incarnation && behind >= 0 && behind <= behindMax;
}
