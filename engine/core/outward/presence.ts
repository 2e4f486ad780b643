/** Somebody who has a question open, or had it lately. */
export interface Present {
  approvalId: string;
  personId: string;
  name: string;
  /** When they opened it. */
  since: string;
  /** When that was last said. */
  seen: string;
  open: boolean;
}

/*
 * An open page says so every 50 seconds. Whoever has said nothing for a hundred is not taken to be there: one that was
 * missed is no reason, and a page that ended without a word is not shown for long.
 */
export const presencePolicy = {
  /** What comes sooner than that after the last one need not be written. */
  apartMs: 40_000,
  openMs: 100_000,
  /** For as long as this it is said that somebody had it open. */
  latelyMs: 15 * 60_000,
} as const;

/** Who is told to somebody: never themselves; those who have it open, then those who had, the latest first. */
export function othersOf(present: readonly Present[], me: string | null): Present[] {
  const others = present.filter(({ personId }) => personId !== me);
  return [...others.filter(({ open }) => open), ...others.filter(({ open }) => !open)];
}

export function openAt(present: readonly Present[], approvalId: string): Present[] {
  return present.filter((each) => each.open && each.approvalId === approvalId);
}

/** Another text as soon as somebody else opens or leaves it. */
export function whoIsThere(present: readonly Present[], approvalId: string, me: string): string {
  return othersOf(openAt(present, approvalId), me)
    .map(({ personId }) => personId)
    .sort()
    .join(' ');
}
