import type { Plan, PlanStep } from '../contracts/plan.ts';
import { Facts } from './facts.ts';
import type { Knowledge, Word } from './knowledge.ts';

/*
 * The abstract chart: the places a run can be at, and from each the moves it may make. It allows more
 * than the machine does, never less: a condition that cannot be read may come to anything, people and
 * targets may answer anything, a run may be cancelled or run out of time wherever it waits.
 *
 * The branches of a `parallel` are followed one after the other, since none sees another (rule S4); each
 * may be cut short before every step, which is all that a sibling can do to it.
 */

export type Mark =
  /** The step's own condition let it run. */
  | { kind: 'runs' }
  /** An attempt leaves for the target. */
  | { kind: 'acts' }
  /** Over, with these words as its status. */
  | { kind: 'ended'; status: string }
  /** Takes back what earlier steps did. */
  | { kind: 'undoes'; steps: 'all' | readonly string[] }
  | { kind: 'over' }
  | { kind: 'passage' };

export interface Node {
  id: number;
  step: PlanStep | null;
  mark: Mark;
  moves(facts: Facts): Move[];
}

export interface Move {
  to: Node;
  facts: Facts;
  /** What had to happen; null when nothing had to. */
  said: string | null;
}

/** Where a step's ways lead. */
export interface Ways {
  next: Node;
  /** The failure is handed to the enclosing block. */
  fail: Node;
  /** A no that ends the run, or the item it stands in. */
  denied: Node;
  /** The enclosing block ends because the run, or its branch, does. */
  halted: Node;
  /** A sibling may end this block at any time. */
  cuttable: boolean;
  /** The run may be cancelled or run out of time here. */
  endable: boolean;
}

export class Chart {
  readonly plan: Plan;
  readonly knowledge: Knowledge;
  readonly nodes: Node[] = [];

  constructor(plan: Plan, knowledge: Knowledge) {
    this.plan = plan;
    this.knowledge = knowledge;
  }

  node(step: PlanStep | null, mark: Mark, moves: (facts: Facts) => Move[]): Node {
    const node = { id: this.nodes.length, step, mark, moves };
    this.nodes.push(node);
    return node;
  }

  /** A way through that changes facts only. */
  pass(step: PlanStep | null, to: () => Node, change: (facts: Facts) => Facts = (facts) => facts): Node {
    return this.node(step, { kind: 'passage' }, (facts) => [{ to: to(), facts: change(facts), said: null }]);
  }
}

export function move(to: Node, facts: Facts, said: string | null = null): Move {
  return { to, facts, said };
}

export function ending(facts: Facts, outcome: string): Facts {
  const first = facts.get('ending') === undefined ? facts.with('ending', outcome) : facts;
  return first.with('halted', 'true');
}

export const nothingKnown = Facts.none;

/** The node at which a step is over, by the word it is over with. */
export type End = (status: Word) => Node;

export type ChartSequence = (chart: Chart, steps: readonly PlanStep[], ways: Ways) => Node;

const awaitedEnds = ['succeeded', 'failed', 'cancelled'] as const;

/** What is out when the run ends is awaited, and its outcome is what happened. */
export function awaited(facts: Facts, end: End, said: string | null = null): Move[] {
  return awaitedEnds.map((status) => move(end(status), facts, said));
}

/** What may happen from outside wherever a step waits. */
export function interruptions(facts: Facts, ways: Ways, to: Node): Move[] {
  const moves: Move[] = [];
  if (ways.cuttable) moves.push(move(to, facts, 'another branch ends this one here'));
  if (ways.endable) {
    moves.push(move(to, ending(facts, 'cancelled'), 'a person cancels the run'));
    moves.push(move(to, ending(facts, 'timed-out'), 'the run takes longer than its timeout'));
  }
  return moves;
}
