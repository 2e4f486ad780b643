/*
 * A limit by share (language reference 11.1): how many targets are a part of the known fleet. Rounded down,
 * since a share that is rounded up is exceeded by its own rounding; but never below one, or nobody with fewer
 * than fifty machines could use two per cent, and the first isolation would always ask.
 */

/** The fleet is what some look-up has read within this time: machines that are gone make no share larger. */
export const fleetWindowMs = 30 * 86_400_000;

/** Null while no target of the kind is known: a share of nobody knows what is no number. */
export function targetsOfShare(share: number, known: number): number | null {
  if (known === 0) return null;
  // 0.29 of 100 is 29, whatever binary fractions make of it.
  return Math.max(1, Math.floor(share * known + 1e-9));
}
