import type { Code } from '../../../schemas/codes.ts';
import type { Plan } from '../contracts/plan.ts';
import type { Matched } from '../match/match-event.ts';
import type { Standing } from './result.ts';

/*
 * `dedupe` and `concurrency` over the times at which alerts arrived (language reference 9.15, items 5 and 6). Which
 * run covers another is asked of a database at run time; here every run that starts counts as one that goes well, so
 * it covers for its whole window. How long a run keeps its place in a group nobody knows: until its timeout and what
 * closes it, so a group that may be full until then is `depends`.
 */

export interface Stands {
  standing: Standing;
  code: Code | null;
}

export class Crowd {
  readonly #plan: Plan;
  /** By dedupe key: when the last run began that surely did, and the last that may have. */
  readonly #began = new Map<string, { sureMs: number; maybeMs: number }>();
  /** By group: when the last runs began, as many as the group has places. */
  readonly #places = new Map<string, number[]>();

  constructor(plan: Plan) {
    this.#plan = plan;
  }

  /** In the order of time; what starts is remembered. */
  stand(matched: Matched, atMs: number): Stands {
    const stands = this.#judge(matched, atMs);
    if (stands.standing === 'starts' || stands.standing === 'depends')
      this.#remember(matched, atMs, stands.standing === 'starts');
    return stands;
  }

  #judge({ dedupeKey, concurrencyGroup }: Matched, atMs: number): Stands {
    const { dedupe, concurrency, timeoutMs } = this.#plan;
    const earlier = dedupeKey === null ? undefined : this.#began.get(dedupeKey);
    let depends: Code | null = null;
    if (dedupe !== null && earlier !== undefined) {
      const after = atMs - dedupe.windowMs;
      const covered = dedupe.onDuplicate === 'attach' ? 'attached' : 'skipped';
      if (earlier.sureMs > after) return { standing: covered, code: 'match/duplicate' };
      if (earlier.maybeMs > after) depends = 'match/duplicate';
    }
    if (concurrency?.onConflict === 'skip' && concurrencyGroup !== null) {
      const held = (this.#places.get(concurrencyGroup) ?? []).filter((began) => began > atMs - timeoutMs);
      if (held.length >= concurrency.limit) depends ??= 'match/group-full';
    }
    return depends === null ? { standing: 'starts', code: null } : { standing: 'depends', code: depends };
  }

  #remember({ dedupeKey, concurrencyGroup }: Matched, atMs: number, surely: boolean): void {
    const { concurrency } = this.#plan;
    if (dedupeKey !== null) {
      const known = this.#began.get(dedupeKey) ?? { sureMs: -Infinity, maybeMs: -Infinity };
      this.#began.set(dedupeKey, { sureMs: surely ? atMs : known.sureMs, maybeMs: atMs });
    }
    if (concurrency?.onConflict === 'skip' && concurrencyGroup !== null) {
      const places = [...(this.#places.get(concurrencyGroup) ?? []), atMs];
      this.#places.set(concurrencyGroup, places.slice(-concurrency.limit));
    }
  }
}
