/*
 * What happens next, and when. Simulated milliseconds only; what is due at one instant happens in the
 * order in which it was noted, so that a seed decides everything.
 */

export interface Agenda {
  nowMs(): number;
  in(ms: number, happens: () => void): void;
  /** After everything that is already noted for this instant, as a microtask. */
  soon(happens: () => void): void;
  /** Until nothing is left, or until that instant. */
  run(untilMs?: number): void;
}

interface Noted {
  atMs: number;
  order: number;
  happens: () => void;
}

export function createAgenda(): Agenda {
  const heap: Noted[] = [];
  let nowMs = 0;
  let last = 0;

  const before = (one: Noted, other: Noted): boolean =>
    one.atMs < other.atMs || (one.atMs === other.atMs && one.order < other.order);

  function push(noted: Noted): void {
    let at = heap.length;
    heap.push(noted);
    while (at > 0) {
      const up = (at - 1) >> 1;
      const parent = heap[up] as Noted;
      if (!before(noted, parent)) break;
      heap[at] = parent;
      at = up;
    }
    heap[at] = noted;
  }

  function pop(): Noted {
    const first = heap[0] as Noted;
    const moved = heap.pop() as Noted;
    if (heap.length === 0) return first;
    let at = 0;
    for (;;) {
      let down = 2 * at + 1;
      if (down >= heap.length) break;
      if (down + 1 < heap.length && before(heap[down + 1] as Noted, heap[down] as Noted)) down += 1;
      const child = heap[down] as Noted;
      if (!before(child, moved)) break;
      heap[at] = child;
      at = down;
    }
    heap[at] = moved;
    return first;
  }

  return {
    nowMs: () => nowMs,
    in: (ms, happens) => push({ atMs: nowMs + ms, order: last++, happens }),
    soon: (happens) => push({ atMs: nowMs, order: last++, happens }),
    run(untilMs = Number.POSITIVE_INFINITY) {
      for (let next = heap[0]; next !== undefined && next.atMs <= untilMs; next = heap[0]) {
        const { atMs, happens } = pop();
        nowMs = atMs;
        happens();
      }
      if (Number.isFinite(untilMs)) nowMs = Math.max(nowMs, untilMs);
    },
  };
}
