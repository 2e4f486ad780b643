/** Which yes of whoever decides it would be, as the server said when it was read; a first one says nothing. */
export function roundSeen({ round }: { round?: unknown }): { round?: number } {
  return typeof round === 'number' && round > 0 ? { round } : {};
}
