import type { EngineParts } from './engine-parts.ts';
import { constraintOf } from './store/sql-state.ts';

/*
 * A containment is decided as if its budgets had room and nobody took its effect back: most of the time it is so, and
 * the write checks it under the locks (`reserve_targets`, `expect_effects_stay` in the schema). When it is not, nothing of the
 * decision is written, the transaction is repeated, and what was taken for granted is asked about first, by every later
 * decision too, until an answer says that there is no doubt any more.
 */
export class Doubts {
  readonly #keys = new Set<string>();

  /** @param key of a budget, or `effectKey` */
  has(key: string): boolean {
    return this.#keys.has(key);
  }

  settle(key: string): void {
    this.#keys.delete(key);
  }

  /** Of a write that was refused. */
  learn(error: unknown): void {
    if (constraintOf(error) !== 'taken_for_granted') return;
    const { detail } = error as { detail: string };
    // Forgetting costs one repetition each.
    if (this.#keys.size >= keysMax) this.#keys.clear();
    for (const key of JSON.parse(detail) as string[]) this.#keys.add(key);
  }
}

const keysMax = 10_000;

/** Hints of one engine, which nothing relies on. */
const kept = new WeakMap<EngineParts, Doubts>();

export function doubtsOf(parts: EngineParts): Doubts {
  const doubts = kept.get(parts) ?? new Doubts();
  kept.set(parts, doubts);
  return doubts;
}
