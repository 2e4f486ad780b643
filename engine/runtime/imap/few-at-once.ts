/** Runs `work` when fewer than `most` of the same name are under way. */
export type FewAtOnce = <T>(name: string, signal: AbortSignal, work: () => Promise<T>) => Promise<T>;

/** Whoever waits goes in the order in which they came; one that is called off goes without its turn. */
export function fewAtOnce(most: number): FewAtOnce {
  const rooms = new Map<string, { inside: number; waiting: (() => void)[] }>();
  return async (name, signal, work) => {
    const room = rooms.get(name) ?? { inside: 0, waiting: [] };
    rooms.set(name, room);
    if (room.inside < most) room.inside += 1;
    else await turnIn(room.waiting, signal);
    try {
      return await work();
    } finally {
      const next = room.waiting.shift();
      // The place goes from hand to hand, so that nobody comes in between.
      if (next !== undefined) next();
      else room.inside -= 1;
      if (room.inside === 0) rooms.delete(name);
    }
  };
}

function turnIn(waiting: (() => void)[], signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const leave = (): void => {
      waiting.splice(waiting.indexOf(enter), 1);
      reject(signal.reason);
    };
    const enter = (): void => {
      signal.removeEventListener('abort', leave);
      resolve();
    };
    if (signal.aborted) return reject(signal.reason);
    signal.addEventListener('abort', leave, { once: true });
    waiting.push(enter);
  });
}
