import type { DeadlineKind } from '../core/contracts/command.ts';

/*
 * What is due for a scope. Nearly every step sets a deadline and hardly any passes: what nobody but the scope itself
 * moves stands in the scope's own row, which is written at every move anyway. The others are rows, because people
 * extend them, a pause shifts them and a lifted stop wakes them; of those the scope only remembers that it has some.
 * The database looks for scopes by `alarm_at`. Nothing is due before it, but it may be too early: clearing a deadline
 * leaves it, so that setting and clearing change nothing that an index has to be told.
 */

export interface Due {
  ref: string;
  kind: DeadlineKind;
  seq: number;
  atMs: number;
}

/** Those that others than their scope move, see `store/queries/approval-clocks.ts` and `wake-held.ts`. */
const inRows: ReadonlySet<DeadlineKind> = new Set(['expiry', 'escalation', 'reminder', 'recheck']);

export function isInRow(kind: DeadlineKind): boolean {
  return inRows.has(kind);
}

/** Setting one that is set moves it. */
export function withDue(due: readonly Due[], set: Due): Due[] {
  return [...due.filter((each) => !isSame(each, set)), set];
}

function isSame(one: Due, other: Due): boolean {
  return one.ref === other.ref && one.kind === other.kind && one.seq === other.seq;
}

/** @returns `rows`: kinds of which the step may have rows */
export function withoutDue(
  due: readonly Due[],
  ref: string,
  kinds: readonly DeadlineKind[],
): { rest: Due[]; rows: DeadlineKind[] } {
  const rest = due.filter((each) => each.ref !== ref || !kinds.includes(each.kind));
  const hasRows = due.some((each) => each.ref === ref && isInRow(each.kind) && kinds.includes(each.kind));
  return { rest, rows: hasRows ? kinds.filter(isInRow) : [] };
}

/** What has passed, the earliest first. */
export function passedBy(due: readonly Due[], nowMs: number): { passed: Due[]; rest: Due[] } {
  const isOver = (each: Due): boolean => !isInRow(each.kind) && each.atMs <= nowMs;
  return {
    passed: due.filter(isOver).sort((one, other) => one.atMs - other.atMs),
    rest: due.filter((each) => !isOver(each)),
  };
}

/** @param before when the scope would be looked at as its row stands; null: never */
export function alarmAfter(before: number | null, due: readonly Due[], nowMs: number): number | null {
  const times = due.filter((each) => !isInRow(each.kind)).map((each) => each.atMs);
  const first = times.length === 0 ? null : Math.min(...times);
  if (before === null || before <= nowMs) return first;
  return first !== null && first < before ? first : before;
}
