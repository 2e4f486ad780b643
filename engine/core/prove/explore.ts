import { type Move, type Node, nothingKnown } from './chart.ts';
import type { Facts } from './facts.ts';

/*
 * Follows every path of a chart, breadth first, each pair of place and facts once: the first path that
 * reaches a state is a shortest one. The number of states is bounded, and whether the bound was hit is
 * part of the answer.
 */

export interface State {
  node: Node;
  facts: Facts;
  /** The state it was first reached from, and what was said on the way; null at the start. */
  from: { state: State; said: string | null } | null;
  /** Every state that leads here. */
  before: State[];
}

export interface Explored {
  /** In the order they were found: shortest paths first. */
  states: readonly State[];
  /** Not every path was followed. */
  bounded: boolean;
}

/** 20,000 states are some two hundred steps with six facts that matter at once; about a second. */
export const statesMax = 20_000;

export function explore(start: Node, bound = statesMax): Explored {
  const first: State = { node: start, facts: nothingKnown, from: null, before: [] };
  const known = new Map<string, State>([[keyOf(first.node, first.facts), first]]);
  const states = [first];
  for (let at = 0; at < states.length; at += 1) {
    const state = states[at] as State;
    for (const next of state.node.moves(state.facts)) {
      const found = known.get(keyOf(next.to, next.facts));
      if (found !== undefined) found.before.push(state);
      else if (states.length >= bound) return { states, bounded: true };
      else states.push(remember(next, state, known));
    }
  }
  return { states, bounded: false };
}

function remember({ to, facts, said }: Move, from: State, known: Map<string, State>): State {
  const state: State = { node: to, facts, from: { state: from, said }, before: [from] };
  known.set(keyOf(to, facts), state);
  return state;
}

function keyOf(node: Node, facts: Facts): string {
  return `${node.id} ${facts.key}`;
}

/** Every state from which one of the given can be reached without passing a closed one, those included. */
export function leadingTo(
  targets: readonly State[],
  isClosed: (state: State) => boolean = () => false,
): ReadonlySet<State> {
  const seen = new Set(targets);
  const open = [...targets];
  for (let state = open.pop(); state !== undefined; state = open.pop()) {
    for (const before of state.before) {
      if (seen.has(before) || isClosed(before)) continue;
      seen.add(before);
      open.push(before);
    }
  }
  return seen;
}
