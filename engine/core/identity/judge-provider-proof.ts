/*
 * Whether somebody who was asked to prove anew who they are has done so. The provider's clock and ours may differ by
 * a little; who has a session that is older than that tolerance has to have proved it again.
 */

const toleranceMs = 30_000;

export function provedAnew(provedAtMs: number | null, askedAtMs: number): boolean {
  return provedAtMs !== null && provedAtMs >= askedAtMs - toleranceMs;
}
