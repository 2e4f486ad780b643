/**
 * Whether there may be a copy of a key: it counts its signatures, and this one says no higher number than the last.
 * Keys that are synced do not count, and always say 0.
 */
export function counterWentBack(before: number, now: number): boolean {
  return (before > 0 || now > 0) && now <= before;
}
