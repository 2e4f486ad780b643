/*
 * Why something older than the days of retention stays. The words are those of `why_kept` and `let_go` in migration
 * 0047, stored with each round; renaming one hides what was counted under it.
 */
export const keepReasons = {
  'incident-open': 'belong to an incident that is not resolved',
  'under-way': 'are under way',
  'question-open': 'have a question that is open, or somebody who is not told yet',
  'review-open': 'have a broken glass that nobody has reviewed',
  'outcome-unknown': 'have an effect of which nobody knows whether it happened',
  'undo-incomplete': 'are taken back, or could not be taken back whole',
  contained: 'have something contained',
  'could-be-undone': 'have something that a person may still take back',
  dedupe: 'may still cover a duplicate, for 90 days',
  joined: 'joined a run that stays',
  'younger-part': 'have a part that is younger',
  'too-many': 'hang together with more than 20,000 others',
  busy: 'were in use; looked at again in the next round',
} as const;

export type KeepReason = keyof typeof keepReasons;

/** Reports and budgets look back 30 days, so nothing goes before (`let_go` in migration 0047 refuses it too). */
export const daysMin = 31;
export const daysMax = 36_500;

/** How long a name is remembered after what it named went, in days. As in `let_go`. */
export function daysRemembered(days: number): number {
  return Math.max(400, 10 * days);
}
