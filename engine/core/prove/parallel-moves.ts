import type { ParallelStep } from '../contracts/plan.ts';
import { type Chart, type ChartSequence, type End, type Move, move, type Node, type Ways } from './chart.ts';
import type { Facts } from './facts.ts';
import { stepsWithin } from './plan-blocks.ts';

/**
 * Branches, one after the other, then the join. A run that ends inside one of them, or a no that ends
 * what stands around, may find the others at any step: it is kept aside until the join, and the others
 * are cut where they like.
 */
export function parallelMoves(
  chart: Chart,
  step: ParallelStep,
  ways: Ways,
  end: End,
  sequence: ChartSequence,
): Node {
  const results = `branches ${step.path}`;
  const place = chart.knowledge.places.of(step.path);
  const denied = chart.node(step, { kind: 'ended', status: 'cancelled' }, (facts) => [
    move(ways.denied, chart.knowledge.end(facts, place, 'cancelled')),
  ]);
  const join = chart.node(step, { kind: 'passage' }, (facts) => joinMoves(step, facts, results, end, denied));
  const first = step.branches.reduceRight((next, branch) => {
    const own = new Set([...stepsWithin(branch.steps)].map(({ path }) => path));
    const close = (result: 'S' | 'F' | 'C' | 'D') =>
      chart.pass(
        step,
        () => next,
        (facts) => aside(closed(facts, results, result), own),
      );
    return sequence(chart, branch.steps, {
      next: close('S'),
      fail: close('F'),
      denied: close('D'),
      halted: close('C'),
      cuttable: true,
      endable: ways.endable,
    });
  }, join);
  return chart.pass(
    step,
    () => first,
    (facts) => facts.with(results, ''),
  );
}

/** Adds one branch's result; an end of the run is put aside. */
function closed(facts: Facts, results: string, result: string): Facts {
  const seen = new Set([...(facts.get(results) ?? ''), result]);
  if (facts.get('halted') !== undefined) seen.add('!');
  return facts.without((name) => name === 'halted').with(results, [...seen].sort().join(''));
}

/**
 * What a later branch tells people may have been told before this one had anything to tell: what nobody
 * has heard of here waits for the join.
 */
function aside(facts: Facts, own: ReadonlySet<string>): Facts {
  return renamed(facts, (name) =>
    name.startsWith('untold ') && own.has(name.slice('untold '.length)) ? `aside ${name}` : name,
  );
}

function renamed(facts: Facts, change: (name: string) => string): Facts {
  let next = facts;
  for (const name of facts.names()) {
    const other = change(name);
    if (other !== name) next = next.without((each) => each === name).with(other, facts.get(name) ?? '');
  }
  return next;
}

function joinMoves(step: ParallelStep, before: Facts, results: string, end: End, denied: Node): Move[] {
  const seen = before.get(results) ?? '';
  const facts = renamed(
    before.without((name) => name === results),
    (name) => (name.startsWith('aside ') ? name.slice('aside '.length) : name),
  );
  if (seen.includes('!')) return [move(end('cancelled'), facts.with('halted', 'true'))];
  if (seen.includes('D')) return [move(denied, facts)];
  // A branch was cut although nothing cut it, as one `parallel` inside another may be: nothing but an
  // enclosing branch can have done that.
  const cut = seen.includes('C');
  const moves: Move[] = [];
  if (step.join === 'any') {
    if (seen.includes('S')) moves.push(move(end('succeeded'), facts));
    else if (!cut) moves.push(move(end(step.branches.length === 0 ? 'succeeded' : 'failed'), facts));
  } else if (seen.includes('F')) moves.push(move(end('failed'), facts));
  else if (!cut) moves.push(move(end('succeeded'), facts));
  if (cut) moves.push(move(end('cancelled'), facts));
  return moves;
}
