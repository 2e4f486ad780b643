import type { Compared, ToldMatch } from './result.ts';

/* Two versions beside each other, alert by alert. */

/** What a version says of one alert: shown in part, and compared whole. */
export interface PlayedMatch {
  told: ToldMatch;
  /** Of all its runs, without what they would do. */
  runs: string;
  /** Of what they would do; null when some of them were not looked at. */
  effects: string | null;
}

/** Of each kind. */
const examplesMax = 20;

export class Comparison {
  readonly #counts = { newly: 0, noLonger: 0, changed: 0, same: 0, notLookedAt: 0 };
  readonly #examples: Compared['examples'] = [];

  add(inForce: PlayedMatch | null, candidate: PlayedMatch | null): void {
    if (inForce === null && candidate === null) return;
    const is = inForce === null ? 'newly' : candidate === null ? 'noLonger' : judge(inForce, candidate);
    this.#counts[is] += 1;
    if (is === 'same' || is === 'notLookedAt' || this.#counts[is] > examplesMax) return;
    this.#examples.push({
      is: is === 'noLonger' ? 'no-longer' : is,
      inForce: inForce?.told ?? null,
      candidate: candidate?.told ?? null,
    });
  }

  result(): Compared {
    return { ...this.#counts, examples: [...this.#examples] };
  }
}

function judge(one: PlayedMatch, other: PlayedMatch): 'changed' | 'same' | 'notLookedAt' {
  if (one.runs !== other.runs) return 'changed';
  if (one.effects === null || other.effects === null) return 'notLookedAt';
  return one.effects === other.effects ? 'same' : 'changed';
}
