import type { Plan, PlanStep } from '../contracts/plan.ts';
import { walk } from '../run/list-steps.ts';
import { Chart, ending, move, type Node, type Ways } from './chart.ts';
import type { Facts } from './facts.ts';
import type { Knowledge } from './knowledge.ts';
import { chartSequence } from './step-moves.ts';

const calledOff = 'the run is cancelled while it waits for its place again';

/** A run whose time is over in a wait has given its place back; `on_failure` begins when it has it again (9.15, item 6). */
function regains({ concurrency, onFailure, steps }: Plan): boolean {
  return concurrency !== null && onFailure.length > 0 && [...walk(steps, false)].some(isWait);
}

function isWait({ kind }: PlanStep): boolean {
  return kind === 'wait';
}

/** The chart of a whole run: main part, then `on_failure` for the failed, then `finally` (9.3, 9.8). */
export function chartPlan(plan: Plan, knowledge: Knowledge): { chart: Chart; start: Node } {
  const chart = new Chart(plan, knowledge);
  const over = chart.node(null, { kind: 'over' }, () => []);
  const unhalted = (facts: Facts) => facts.without((name) => name === 'halted');
  // A failure, a stop or a no inside the closing blocks only cuts that block short, and so does a cancel
  // or the end of the run's time: how the run ends is settled by then.
  const closing = (next: Node): Ways => {
    const on = chart.pass(null, () => next, unhalted);
    return { next: on, fail: on, denied: on, halted: on, cuttable: false, endable: true };
  };
  const last = chartSequence(chart, plan.finally, closing(over));
  const onFailure = chartSequence(chart, plan.onFailure, closing(last));
  const settled = chart.node(null, { kind: 'passage' }, (facts) => {
    const outcome = facts.get('ending');
    const failed = outcome === 'failed' || outcome === 'timed-out';
    const moves = [move(failed ? onFailure : last, unhalted(facts))];
    if (outcome === 'timed-out' && regains(plan)) moves.push(move(last, unhalted(facts), calledOff));
    return moves;
  });
  const settle = (outcome: string) =>
    chart.pass(
      null,
      () => settled,
      (facts) => ending(facts, outcome),
    );
  const main = chartSequence(chart, plan.steps, {
    next: settle('succeeded'),
    fail: settle('failed'),
    denied: settle('denied'),
    halted: settle('cancelled'),
    cuttable: false,
    endable: true,
  });
  const start = chart.node(null, { kind: 'passage' }, (facts) => [
    move(main, facts),
    // A run that never began has nothing to close.
    move(over, ending(facts, 'cancelled'), 'a person cancels the run before it begins'),
    // A variable that cannot be evaluated ends the run before its first step.
    ...(plan.vars.length > 0
      ? [move(settled, ending(facts, 'failed'), 'a variable cannot be evaluated')]
      : []),
  ]);
  return { chart, start };
}
