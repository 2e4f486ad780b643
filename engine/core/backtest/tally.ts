import type { Code } from '../../../schemas/codes.ts';
import type { MatchResult } from '../match/match-event.ts';
import type { DayCount, Effects, Span, Tested, ToldError, ToldRun } from './result.ts';
import type { PastAlert } from './would-match.ts';

type Counted = Omit<Tested, 'version' | 'digest'>;

/** Kinds of errors, actions and rules that are told apart; a playbook has far fewer. */
const kindsMax = 500;

/** Counts what became of alerts. What it keeps does not grow with them. */
export class Tally {
  readonly #days = new Map<string, DayCount>();
  readonly #actions = new Map<string, Counted['actions'][number]>();
  readonly #rules = new Map<string, Counted['rules'][number]>();
  readonly #errors = new Map<Code, ToldError>();
  readonly #questions: Span = { expected: 0, atMost: 0 };
  #lookedAt = 0;
  #notLookedAt = 0;

  add(past: PastAlert, runs: readonly ToldRun[], trace: MatchResult['trace']): void {
    const day = this.#dayOf(past.atMs);
    day.read += 1;
    if (runs.length > 0) day.matched += 1;
    for (const run of runs) this.#addRun(past, day, run);
    for (const { outcome, code, triggerId: trigger, elementKey: element, detail } of trace) {
      if (outcome !== 'error') continue;
      const known = this.#errors.get(code);
      if (known !== undefined) known.count += 1;
      else this.#errors.set(code, { code, count: 1, example: { alert: past.id, trigger, element, detail } });
    }
  }

  result(): Counted {
    const days = [...this.#days.values()];
    const sum = (count: (day: DayCount) => number) => days.reduce((total, day) => total + count(day), 0);
    return {
      matched: sum((day) => day.matched),
      starts: sum((day) => day.starts),
      depends: sum((day) => day.depends),
      covered: sum((day) => day.covered),
      days: days.toSorted((a, b) => (a.day < b.day ? -1 : 1)),
      questions: { ...this.#questions },
      actions: inOrder(this.#actions),
      rules: inOrder(this.#rules),
      errors: inOrder(this.#errors),
      lookedAt: this.#lookedAt,
      notLookedAt: this.#notLookedAt,
    };
  }

  #addRun(past: PastAlert, day: DayCount, { standing, effects }: ToldRun): void {
    if (standing === 'attached' || standing === 'skipped') {
      day.covered += 1;
      return;
    }
    const surely = standing === 'starts';
    if (surely) day.starts += 1;
    else day.depends += 1;
    if (effects === null) {
      this.#notLookedAt += 1;
      return;
    }
    this.#lookedAt += 1;
    this.#questions.atMost += effects.questions.atMost;
    if (surely) this.#questions.expected += effects.questions.expected;
    this.#addActions(effects, surely);
    for (const rule of effects.rules) {
      const known = this.#rules.get(`${rule.rule} ${rule.answer}`);
      if (known !== undefined) known.count += 1;
      else if (this.#rules.size < kindsMax)
        this.#rules.set(`${rule.rule} ${rule.answer}`, { ...rule, count: 1, example: past.id });
    }
  }

  #addActions({ actions }: Effects, surely: boolean): void {
    for (const { action, class: kind, reached, simulated } of actions) {
      let known = this.#actions.get(action);
      if (known === undefined) {
        if (this.#actions.size >= kindsMax) continue;
        known = { action, class: kind, times: { expected: 0, atMost: 0 }, simulated: 0 };
        this.#actions.set(action, known);
      }
      if (simulated) known.simulated += 1;
      else {
        known.times.atMost += 1;
        if (surely && reached === 'yes') known.times.expected += 1;
      }
    }
  }

  #dayOf(atMs: number): DayCount {
    const day = new Date(atMs).toISOString().slice(0, 10);
    const known = this.#days.get(day) ?? { day, read: 0, matched: 0, starts: 0, depends: 0, covered: 0 };
    this.#days.set(day, known);
    return known;
  }
}

/** So that the same alerts always give the same bytes. */
function inOrder<Item>(items: ReadonlyMap<string, Item>): Item[] {
  return [...items].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, item]) => item);
}
