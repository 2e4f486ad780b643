import type { ForeachStep, RepeatStep } from '../contracts/plan.ts';
import {
  awaited,
  type Chart,
  type ChartSequence,
  type End,
  interruptions,
  type Move,
  move,
  type Node,
  type Ways,
} from './chart.ts';
import type { Facts } from './facts.ts';

/*
 * Loops as zero, one and many. What a body does depends on nothing that an earlier item left behind, so
 * the second item stands for every further one: the same facts come again, and a path ends there.
 */

export function loopMoves(
  chart: Chart,
  step: ForeachStep | RepeatStep,
  ways: Ways,
  end: End,
  sequence: ChartSequence,
): Node {
  return step.kind === 'foreach'
    ? foreachMoves(chart, step, ways, end, sequence)
    : repeatMoves(chart, step, ways, end, sequence);
}

function foreachMoves(chart: Chart, step: ForeachStep, ways: Ways, end: End, sequence: ChartSequence): Node {
  const seen = `loop ${step.path}`;
  const { knowledge } = chart;
  const { body } = knowledge.places.of(step.path);
  const results = (facts: Facts) => facts.get(seen) ?? '';
  const add = (facts: Facts, word: string) =>
    facts.with(seen, [...new Set([...results(facts), word])].sort().join(''));
  const over = (facts: Facts) => facts.without((name) => name === seen || name === `gate ${step.path}`);
  const ended = (result: 'S' | 'F' | 'D') =>
    chart.pass(
      step,
      () => between,
      (facts) => add(facts, result),
    );
  const halted = chart.node(step, { kind: 'passage' }, (facts) => awaited(over(facts), end));
  const item: Node = sequence(chart, step.steps, {
    next: ended('S'),
    fail: ended('F'),
    denied: ended('D'),
    halted,
    cuttable: ways.cuttable,
    endable: ways.endable,
  });
  const between: Node = chart.node(step, { kind: 'passage' }, (facts) => {
    const so = results(facts);
    const begun = so.includes('1') ? 'another item' : 'the first item';
    const fresh = add(knowledge.begin(facts, step.path), so.includes('1') ? '2' : '1');
    const moves: Move[] = [move(item, so === '' ? facts.with(seen, '1') : fresh, begun)];
    const rest = over(knowledge.begin(facts, step.path));
    const said = so === '' ? 'the list is empty' : 'that was the last item';
    if (so === '' || so.includes('S')) moves.push(move(end('succeeded'), rest, said));
    if (so.includes('D') && !so.includes('F')) moves.push(move(end('succeeded'), rest, said));
    if (so.includes('F') || so.includes('D')) moves.push(move(end('failed'), rest, said));
    moves.push(...interruptions(rest, ways, halted));
    return moves;
  });
  return chart.node(step, { kind: 'passage' }, (facts) => {
    const asked = facts.with(`gate ${step.path}`, 'granted');
    const moves: Move[] = [];
    if (step.approval === null) moves.push(move(between, facts));
    else {
      moves.push(move(between, asked, 'people approve the whole list'));
      const { when } = step.approval;
      if (when !== null && knowledge.judge(when, facts, body).false) {
        const known = knowledge.assume(when, false, facts, body);
        moves.push(move(between, known, `nobody is asked about the list: \`when\` is false: ${when}`));
      }
    }
    moves.push(move(end('denied'), facts, 'a guard, a person or silence says no'));
    moves.push(move(end('failed'), facts, 'the list cannot be evaluated or is too long'));
    return [...moves, ...interruptions(facts, ways, end('cancelled'))];
  });
}

function repeatMoves(chart: Chart, step: RepeatStep, ways: Ways, end: End, sequence: ChartSequence): Node {
  const seen = `loop ${step.path}`;
  const { knowledge } = chart;
  const inner = knowledge.places.all.find(({ body }) => body.path === step.path)?.body;
  const over = (facts: Facts) => knowledge.begin(facts, step.path).without((name) => name === seen);
  const out = (status: Parameters<End>[0]) => chart.pass(step, () => end(status), over);
  // A no in the last round may come while that round is awaited.
  const halted = chart.node(step, { kind: 'passage' }, (facts) => [
    ...awaited(over(facts), end),
    move(end('denied'), over(facts)),
  ]);
  const round: Node = sequence(chart, step.steps, {
    next: chart.pass(step, () => tested),
    fail: out('failed'),
    denied: chart.pass(step, () => deniedRound, over),
    halted,
    cuttable: ways.cuttable,
    endable: ways.endable,
  });
  const deniedRound: Node = chart.node(step, { kind: 'passage' }, (facts) => [
    move(end('denied'), facts),
    move(end('failed'), facts),
  ]);
  const tested: Node = chart.node(step, { kind: 'passage' }, (facts) => {
    const judged = inner
      ? knowledge.judge(step.until, facts, inner)
      : { true: true, false: true, error: true };
    const moves: Move[] = [];
    if (judged.true) moves.push(move(end('succeeded'), over(facts), `\`until\` is true: ${step.until}`));
    if (judged.error)
      moves.push(move(end('failed'), over(facts), `\`until\` cannot be evaluated: ${step.until}`));
    if (judged.false) {
      moves.push(move(end('failed'), over(facts), 'that was the last round'));
      if (step.max > 1) {
        const again = knowledge.begin(facts, step.path).with(seen, '2');
        moves.push(move(round, again, `\`until\` is false: ${step.until}; another round`));
      }
    }
    return [...moves, ...interruptions(over(facts), ways, halted)];
  });
  return chart.node(step, { kind: 'passage' }, (facts) => [
    move(round, facts.with(seen, '1'), 'the first round'),
    ...interruptions(facts, ways, end('cancelled')),
  ]);
}
