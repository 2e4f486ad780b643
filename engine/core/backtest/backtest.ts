import type { InPieces } from '../compile/in-pieces.ts';
import type { Plan } from '../contracts/plan.ts';
import { Comparison } from './compare-versions.ts';
import { type Around, looksMax, type Version, VersionPlay } from './play-version.ts';
import type { Compared, Tested, ToldMatch } from './result.ts';
import type { PastAlert } from './would-match.ts';

/*
 * What a playbook would have done about alerts that arrived: the version in force, a candidate, or both beside each
 * other. Deterministic; takes one alert after the other, the oldest first, and keeps none.
 */

export interface Backtested {
  inForce: Tested | null;
  candidate: Tested | null;
  /** Null without two versions. */
  compared: Compared | null;
  /** The first that the candidate matches; without a candidate, the version in force. */
  matches: ToldMatch[];
}

/** Shown one by one; the rest is counted. */
const matchesShown = 50;

export class Backtest {
  readonly #inForce: VersionPlay | null;
  readonly #candidate: VersionPlay | null;
  readonly #compared = new Comparison();
  readonly #matches: ToldMatch[] = [];

  /** @param looksMost dry runs of each version */
  constructor(
    versions: { inForce: Version | null; candidate: Version | null },
    around: Around,
    looksMost = looksMax,
  ) {
    const { inForce, candidate } = versions;
    this.#inForce = inForce === null ? null : new VersionPlay(inForce, around, looksMost);
    this.#candidate = candidate === null ? null : new VersionPlay(candidate, around, looksMost);
  }

  *take(past: PastAlert): InPieces<void> {
    const before = this.#inForce === null ? null : yield* this.#inForce.take(past);
    const after = this.#candidate === null ? null : yield* this.#candidate.take(past);
    const shown = this.#candidate === null ? before : after;
    if (shown !== null && this.#matches.length < matchesShown) this.#matches.push(shown.told);
    if (this.#inForce !== null && this.#candidate !== null) this.#compared.add(before, after);
  }

  /** Time is up: an alert that was begun is matched to its end, without looking at what its runs would do. */
  stopLooking(): void {
    this.#inForce?.stopLooking();
    this.#candidate?.stopLooking();
  }

  result(): Backtested {
    const both = this.#inForce !== null && this.#candidate !== null;
    return {
      inForce: this.#inForce?.result() ?? null,
      candidate: this.#candidate?.result() ?? null,
      compared: both ? this.#compared.result() : null,
      matches: [...this.#matches],
    };
  }
}

/** What could not be played, in sentences for people. */
export function notModelled(plan: Plan): string[] {
  const others = plan.triggers
    .filter(({ type }) => type !== 'alert.created')
    .map(({ id, type }) => `${id} (${type})`);
  const { dedupe, concurrency } = plan;
  return [
    'What systems would have answered is not known: what depends on it counts at most, with both branches.',
    'Alerts, routing, guardrails and called playbooks are taken as they are now, and the playbook as switched on.',
    'Budgets, stops, pauses, leases and what other runs held at that time are not counted, nor what an undo step takes back.',
    'Alerts are played in the order of their arrival; in a storm the most severe is matched first.',
    ...(others.length === 0
      ? []
      : [`Only new alerts are played, not what else starts it: ${others.join(', ')}.`]),
    ...(dedupe === null
      ? []
      : [
          'Every run counts as one that went well and covers for its whole window; one that failed or was denied would cover nothing.',
          'Runs from before the first alert that was read are not known, so they cover nothing.',
        ]),
    ...(concurrency?.onConflict === 'skip'
      ? ['How long a run keeps its place is not known: where its group may be full, a start depends on it.']
      : []),
  ];
}
