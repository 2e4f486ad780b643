/**
 * Name of a system's queue. The parts are kept apart by dots, which neither may contain: with dashes,
 * system `b-c` of installation `a` and system `c` of installation `a-b` would share one queue.
 */
export function queueName(namespace: string, system: string): string {
  for (const [what, part] of [
    ['namespace', namespace],
    ['system', system],
  ] as const) {
    if (!/^[a-z0-9][a-z0-9_-]{0,62}$/i.test(part)) {
      throw new RangeError(
        `${what} "${part}": a letter or digit, then up to 62 letters, digits, dashes or underscores`,
      );
    }
  }
  return `riposte.${namespace}.${system}`;
}
