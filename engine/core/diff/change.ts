/*
 * One difference in meaning between two versions of a playbook. What cannot be compared counts as
 * bolder: a person has to look at it. `kind` is for scripts and stays; `what` is for people and may
 * improve.
 */

export type Risk = 'bolder' | 'careful' | 'neutral';

export interface Change {
  kind: string;
  risk: Risk;
  what: string;
  /** Step path, or JSON pointer into the file. */
  path: string;
  /** Where it stands in each version, by path; null when it is not there. */
  before: string | null;
  after: string | null;
}

/** Collects changes about one thing that both versions have, or only one of them. */
export class Changes {
  readonly list: Change[] = [];

  add(at: { before: string | null; after: string | null }, kind: string, risk: Risk, what: string): void {
    this.list.push({ kind, risk, what, path: at.after ?? at.before ?? '', ...at });
  }
}

export interface At {
  before: string | null;
  after: string | null;
}

/** A number that grew is `more`, one that shrank the opposite. */
export function riskOfNumber(before: number, after: number, more: Risk): Risk {
  if (before === after || more === 'neutral') return 'neutral';
  const less: Risk = more === 'bolder' ? 'careful' : 'bolder';
  return after > before ? more : less;
}

/** A set that gained members is `more`; one that gained and lost counts as bolder. */
export function riskOfSet(before: readonly string[], after: readonly string[], more: Risk): Risk {
  const gained = after.some((each) => !before.includes(each));
  const lost = before.some((each) => !after.includes(each));
  if (gained && lost) return 'bolder';
  if (!gained && !lost) return 'neutral';
  const less: Risk = more === 'bolder' ? 'careful' : 'bolder';
  return gained ? more : less;
}

export function isSame(one: unknown, other: unknown): boolean {
  return JSON.stringify(sorted(one)) === JSON.stringify(sorted(other));
}

/** The order of keys says nothing. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, item]) => [key, sorted(item)]),
  );
}
