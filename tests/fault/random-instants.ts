/**
 * Numbers from 0 up to but not including 1 that are the same for the same seed (mulberry32): a failed
 * run is tried again with `FAULT_SEED=<the seed it printed>`. The machine's own timing stays random.
 */
export function randomInstants(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x1_0000_0000;
  };
}

export function pickSeed(): number {
  return Number(process.env.FAULT_SEED ?? Math.floor(Math.random() * 0x1_0000_0000));
}
