/*
 * What the time says at which somebody proved to the provider who they are, and whether they did so anew when they were
 * asked to. The provider's clock and ours may differ by a little; who has a session that is older than that tolerance
 * has to have proved it again.
 */

const toleranceMs = 30_000;

/** Null for what lies ahead of us: by a clock that is fast an old proof looks like one of just now. */
export function knownProof(provedAtMs: number | null, nowMs: number): number | null {
  return provedAtMs !== null && provedAtMs <= nowMs + toleranceMs ? provedAtMs : null;
}

export function provedAnew(provedAtMs: number | null, askedAtMs: number): boolean {
  return provedAtMs !== null && provedAtMs >= askedAtMs - toleranceMs;
}
