/*
 * How long it took from the detection to the effect. A time to respond begins when the source raised the alert and ends
 * when the last contain action was confirmed; of an alert that nothing was contained for it is a time to decide, and ends
 * with the last word of a person. Half and nine tenths, never an average: one night without anybody would hide the rest.
 */

/** From and to, in milliseconds since 1970. */
export type Span = readonly [number, number];

/** What was done about one alert. */
export interface Answered {
  /** When its source raised it. */
  raisedMs: number;
  /** When the first of its runs began. */
  begunMs: number;
  endedMs: number;
  /** While somebody was asked. */
  asked: readonly Span[];
  /** While an order was taken and its effect was not confirmed yet. */
  confirming: readonly Span[];
}

/** In milliseconds; null without a case. */
export interface Quantiles {
  median: number | null;
  ninth: number | null;
}

export interface ResponseTimes extends Quantiles {
  cases: number;
  /** Medians each of its own, so they need not add up. */
  parts: { untilRun: number; waiting: number; doing: number; confirming: number } | null;
}

export function responseTimes(answered: readonly Answered[]): ResponseTimes {
  const split = answered.map(partsOf);
  const median = (part: keyof Parts): number =>
    quantile(split.map((each) => each[part]).sort(ascending), 0.5) ?? 0;
  const whole = split.map(({ whole }) => whole).sort(ascending);
  return {
    cases: answered.length,
    median: quantile(whole, 0.5),
    ninth: quantile(whole, 0.9),
    parts:
      split.length === 0
        ? null
        : {
            untilRun: median('untilRun'),
            waiting: median('waiting'),
            doing: median('doing'),
            confirming: median('confirming'),
          },
  };
}

interface Parts {
  whole: number;
  untilRun: number;
  waiting: number;
  doing: number;
  confirming: number;
}

function partsOf({ raisedMs, begunMs, endedMs, asked, confirming }: Answered): Parts {
  // A source whose clock is ahead raises alerts that have not been yet.
  const raised = Math.min(raisedMs, begunMs, endedMs);
  const begun = Math.min(Math.max(begunMs, raised), endedMs);
  const work: Span = [begun, endedMs];
  const waiting = covered(asked, work);
  // While one effect is confirmed somebody may be asked about the next: that time is the person's.
  const both = covered([...asked, ...confirming], work);
  return {
    whole: endedMs - raised,
    untilRun: begun - raised,
    waiting,
    confirming: both - waiting,
    doing: endedMs - begun - both,
  };
}

/** How much of `within` lies in at least one of the spans. */
function covered(spans: readonly Span[], [from, to]: Span): number {
  const inside = spans
    .map(([start, end]): Span => [Math.max(start, from), Math.min(end, to)])
    .filter(([start, end]) => start < end)
    .sort(([one], [other]) => one - other);
  let [sum, reached] = [0, from];
  for (const [start, end] of inside) {
    sum += Math.max(0, end - Math.max(start, reached));
    reached = Math.max(reached, end);
  }
  return sum;
}

/** The nearest rank: a time that there was. */
function quantile(sorted: readonly number[], share: number): number | null {
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? null;
}

function ascending(one: number, other: number): number {
  return one - other;
}
