/*
 * When those who are asked hear of it again: at half of the time, and before the end. Not more often, because
 * whoever is told six times reads none of them; the people for whom it is too much are added by escalation.
 */

/** Below this there is no time in which a reminder would find anybody. */
const shortestMs = 5 * 60_000;
/** The last one comes with a tenth of the time left, of a long question with an hour: enough to get to a desk. */
const lastCallMsMax = 60 * 60_000;

export function remindAt(askedAtMs: number, expiresAtMs: number): number[] {
  const timeMs = expiresAtMs - askedAtMs;
  if (timeMs < shortestMs) return [];
  return [askedAtMs + Math.round(timeMs / 2), expiresAtMs - Math.min(Math.round(timeMs / 10), lastCallMsMax)];
}

/** After more time was given the last call is made once more, however short it was before. */
export function remindAfterExtension(expiresAtMs: number): number {
  return expiresAtMs - shortestMs;
}

/** Which reminder of which asking; both numbers are in `deadlines` and never change their meaning. */
export function reminderSeq(askNumber: number, index: number): number {
  return askNumber * 100 + index;
}

export const lastCall = 1;
