import { isSame } from '../diff/change.ts';
import type { Compared, ToldMatch } from './result.ts';

/* Two versions beside each other, alert by alert. */

/** Of each kind. */
const examplesMax = 20;

export class Comparison {
  readonly #counts = { newly: 0, noLonger: 0, changed: 0, same: 0 };
  readonly #examples: Compared['examples'] = [];

  add(inForce: ToldMatch | null, candidate: ToldMatch | null): void {
    if (inForce === null && candidate === null) return;
    const is = inForce === null ? 'newly' : candidate === null ? 'no-longer' : 'changed';
    if (is === 'changed' && isSame(inForce?.runs, candidate?.runs) && inForce?.more === candidate?.more) {
      this.#counts.same += 1;
      return;
    }
    const count = is === 'no-longer' ? 'noLonger' : is;
    this.#counts[count] += 1;
    if (this.#counts[count] <= examplesMax) this.#examples.push({ is, inForce, candidate });
  }

  result(): Compared {
    return { ...this.#counts, examples: [...this.#examples] };
  }
}
