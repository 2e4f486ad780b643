/*
 * Long work for people who wait for it: one at a time for each of them, and few at once in a process. Whoever comes too
 * early is told so and not kept waiting. Each process counts what comes to it.
 */

export type Turn<Result> = { is: 'done'; result: Result } | { is: 'theirs' } | { is: 'full' };

export class OneAtATime {
  readonly #most: number;
  readonly #busy = new Set<string>();

  constructor(most: number) {
    this.#most = most;
  }

  async run<Result>(who: string, work: () => Promise<Result>): Promise<Turn<Result>> {
    if (this.#busy.has(who)) return { is: 'theirs' };
    if (this.#busy.size >= this.#most) return { is: 'full' };
    this.#busy.add(who);
    try {
      return { is: 'done', result: await work() };
    } finally {
      this.#busy.delete(who);
    }
  }
}
