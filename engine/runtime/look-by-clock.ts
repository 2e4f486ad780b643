/** What looks at once when it starts, and then by the clock. Nobody has to be told that something is due. */
export interface Keeper {
  start(): void;
  /** Looks no more, and waits for what it is looking at. */
  stop(): Promise<void>;
}

export interface Look {
  everyMs: number;
  /** How many passes may be under way at a time; a moment that finds so many is left out. */
  passesMax?: number;
  /** One pass. `stopping` becomes true while it runs when nobody waits for more of it. */
  pass(stopping: () => boolean): Promise<unknown>;
  /** A pass that broke off; the next one tries again. */
  failed(error: unknown): void;
}

export function lookByClock({ everyMs, passesMax = 1, pass, failed }: Look): Keeper {
  let timer: NodeJS.Timeout | undefined;
  let stopping = false;
  const passes = new Set<Promise<unknown>>();
  const look = (): void => {
    if (stopping || passes.size >= passesMax) return;
    const looking = pass(() => stopping)
      .catch(failed)
      .finally(() => passes.delete(looking));
    passes.add(looking);
  };
  return {
    start() {
      timer = setInterval(look, everyMs);
      timer.unref();
      look();
    },
    async stop() {
      stopping = true;
      clearInterval(timer);
      await Promise.all(passes);
    },
  };
}
