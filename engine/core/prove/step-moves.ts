import type { ActionStep, ApprovalStep, PlanStep, SwitchStep } from '../contracts/plan.ts';
import {
  awaited,
  type Chart,
  type End,
  ending,
  interruptions,
  type Move,
  move,
  type Node,
  type Ways,
} from './chart.ts';
import { actedFact, mustNotRepeat, needsTelling } from './effects.ts';
import type { Facts } from './facts.ts';
import { anyEnd, forgetTexts, type Word } from './knowledge.ts';
import { loopMoves } from './loop-moves.ts';
import { parallelMoves } from './parallel-moves.ts';

/* Plan → abstract chart, one step at a time (language reference 9.4, 9.5, 9.8). */

/** The first node of some steps in a row. */
export function chartSequence(chart: Chart, steps: readonly PlanStep[], ways: Ways): Node {
  return steps.reduceRight((next, step) => chartStep(chart, step, { ...ways, next }), ways.next);
}

function chartStep(chart: Chart, step: PlanStep, ways: Ways): Node {
  const { knowledge } = chart;
  const place = knowledge.places.of(step.path);
  const end = endings(chart, step, ways);
  const inner = chartBody(chart, step, ways, end);
  const runs = chart.node(step, { kind: 'runs' }, (facts) => [move(inner, facts)]);
  return chart.node(step, { kind: 'passage' }, (before) => {
    const facts = knowledge.tidy(before, place);
    const moves: Move[] = [];
    if (ways.cuttable) moves.push(move(ways.halted, facts, 'another branch ends this one here'));
    // A block `if` is a step kind of its own: its condition chooses the branch.
    if (step.if === null || step.kind === 'if') return [...moves, move(runs, facts)];
    const judged = knowledge.judge(step.if, facts, place.body);
    if (judged.true)
      moves.push(
        move(runs, knowledge.assume(step.if, true, facts, place.body), `\`if\` is true: ${step.if}`),
      );
    if (judged.false) {
      const known = knowledge.assume(step.if, false, facts, place.body);
      moves.push(move(end('skipped'), known, `\`if\` is false: ${step.if}`));
    }
    if (judged.error) moves.push(move(end('failed'), facts, `\`if\` cannot be evaluated: ${step.if}`));
    return moves;
  });
}

/** One node per way a step can end: it settles the status and leads on. */
function endings(chart: Chart, step: PlanStep, ways: Ways): End {
  const place = chart.knowledge.places.of(step.path);
  const failed = failureNode(chart, step, ways);
  const made = new Map<Word, Node>();
  const lead = (status: Word): Node => {
    switch (status) {
      case 'succeeded':
      case 'skipped':
        return ways.next;
      case 'denied':
        return step.onDenied === 'continue' ? ways.next : ways.denied;
      case 'failed':
        return failed;
      case 'cancelled':
        return ways.halted;
    }
  };
  return (asked) => {
    // `on_denied: fail` turns the no into a failure.
    const status = asked === 'denied' && step.onDenied === 'fail' ? 'failed' : asked;
    const known = made.get(status);
    if (known) return known;
    const node = chart.node(step, { kind: 'ended', status }, (facts) => {
      const settled = chart.knowledge.end(facts, place, status);
      return [move(facts.get('halted') === undefined ? lead(status) : ways.halted, settled)];
    });
    made.set(status, node);
    return node;
  };
}

function failureNode(chart: Chart, step: PlanStep, ways: Ways): Node {
  const { steps, then } = step.onError;
  const after =
    then === 'continue'
      ? ways.next
      : then === 'undo'
        ? undoing(chart, step, 'all', ways.fail, ways)
        : ways.fail;
  // A failure inside the block is not handled by that block, but what it wanted to undo is.
  return chartSequence(chart, steps, { ...ways, next: after, fail: then === 'continue' ? ways.fail : after });
}

function undoing(
  chart: Chart,
  step: PlanStep,
  steps: 'all' | readonly string[],
  next: Node,
  ways: Ways,
): Node {
  return chart.node(step, { kind: 'undoes', steps }, (facts) => [
    move(next, facts, 'what was done is taken back'),
    ...interruptions(facts, ways, ways.halted),
  ]);
}

function chartBody(chart: Chart, step: PlanStep, ways: Ways, end: End): Node {
  const waits = (moves: (facts: Facts) => Move[]) =>
    chart.node(step, { kind: 'passage' }, (facts) => [
      ...moves(facts),
      ...interruptions(facts, ways, end('cancelled')),
    ]);
  switch (step.kind) {
    case 'action':
      return chartAction(chart, step, ways, end);
    case 'approval':
      return chartGate(chart, step, ways, end);
    case 'set':
      return chart.node(step, { kind: 'passage' }, (facts) => [
        move(
          end('succeeded'),
          forgetTexts(facts, (text) => /\bvars\b/.test(text)),
        ),
        move(end('failed'), facts, 'a value cannot be evaluated'),
      ]);
    case 'stop':
      return chart.node(step, { kind: 'passage' }, (facts) => [
        move(
          end('succeeded'),
          ending(facts, step.outcome).with('stopped', step.path),
          `the run stops: ${step.outcome}`,
        ),
      ]);
    case 'if': {
      const blocks = blockWays(chart, step, ways, end);
      const then = chartSequence(chart, step.then, blocks);
      const otherwise = step.else === null ? end('skipped') : chartSequence(chart, step.else, blocks);
      return chart.node(step, { kind: 'passage' }, (facts) =>
        branchOn(chart, step, step.if ?? 'true', facts, '`if`', then, otherwise, end('failed')),
      );
    }
    case 'switch':
      return chartSwitch(chart, step, ways, end);
    case 'parallel':
      return parallelMoves(chart, step, ways, end, chartSequence);
    case 'foreach':
    case 'repeat':
      return loopMoves(chart, step, ways, end, chartSequence);
    case 'wait':
      return waits((facts) => {
        const { wait } = step;
        if (wait.for === 'duration') return [move(end('succeeded'), facts, 'the time is over')];
        if (wait.for === 'instant')
          return [
            move(end('succeeded'), facts, 'the instant has come'),
            move(end('failed'), facts, 'its instant cannot be evaluated'),
          ];
        return [
          move(end('succeeded'), facts, 'the signal comes'),
          move(
            end(wait.onTimeout === 'fail' ? 'failed' : 'succeeded'),
            facts,
            'no signal comes before the timeout',
          ),
          move(end('failed'), facts, 'its condition cannot be evaluated'),
        ];
      });
    case 'call':
      return chart.node(step, { kind: 'passage' }, (facts) => [
        move(end('succeeded'), facts, `the called playbook ${step.attach ? 'succeeds' : 'is started'}`),
        move(end('failed'), facts, 'the called playbook does not succeed'),
        move(end('denied'), facts, 'a person or silence says no'),
        ...interruptedWork(facts, ways, end),
      ]);
    case 'undo': {
      const done = undoing(chart, step, step.steps, end('succeeded'), ways);
      return chart.node(step, { kind: 'passage' }, (facts) => [
        move(done, facts),
        move(end('failed'), facts, 'something cannot be taken back'),
        move(end('denied'), facts, 'a person or silence says no'),
        ...interruptedWork(facts, ways, end),
      ]);
    }
  }
}

function chartAction(chart: Chart, step: ActionStep, ways: Ways, end: End): Node {
  const { body } = chart.knowledge.places.of(step.path);
  const acts = chart.node(step, { kind: 'acts' }, (facts) => {
    const marked = mustNotRepeat(step) ? facts.with(actedFact(step, body), 'true') : facts;
    const outcomes = [
      move(end('succeeded'), marked, `${step.action.key} succeeds`),
      move(end('failed'), marked, `${step.action.key} fails`),
    ];
    if (needsTelling(step)) {
      const untold = marked.with(`untold ${step.path}`, 'true');
      outcomes.push(move(end('failed'), untold, `${step.action.key} ends with an unknown outcome`));
    }
    return [...outcomes, ...interruptedWork(marked, ways, end)];
  });
  return chart.node(step, { kind: 'passage' }, (before) => {
    // A message that somebody forbids was not the playbook's silence.
    const facts = step.action.class === 'notify' ? told(before) : before;
    return [
      move(acts, facts),
      move(end('denied'), facts, 'a guard, a person or silence says no'),
      move(end('failed'), facts, 'it cannot be rendered or dispatched'),
      ...interruptions(facts, ways, end('cancelled')),
    ];
  });
}

function interruptedWork(facts: Facts, ways: Ways, end: End): Move[] {
  return interruptions(facts, ways, end('cancelled')).flatMap(({ facts: cut, said }) =>
    awaited(cut, end, said),
  );
}

function told(facts: Facts): Facts {
  return facts.without((name) => name.startsWith('untold '));
}

function chartGate(chart: Chart, step: ApprovalStep, ways: Ways, end: End): Node {
  const { body } = chart.knowledge.places.of(step.path);
  const gate = `gate ${step.path}`;
  return chart.node(step, { kind: 'passage' }, (facts) => {
    const asked = step.approval.when === null ? null : chart.knowledge.judge(step.approval.when, facts, body);
    const refused = facts.with(gate, 'refused');
    const moves = [
      move(end('succeeded'), told(facts).with(gate, 'granted'), 'people approve'),
      move(end('denied'), told(refused), 'a person or silence says no'),
      move(end('failed'), refused, 'what it covers cannot be rendered'),
      ...interruptions(refused, ways, end('cancelled')),
    ];
    if (asked?.false && step.approval.when !== null) {
      const known = chart.knowledge.assume(step.approval.when, false, facts, body);
      moves.push(move(end('succeeded'), known, `nobody is asked: \`when\` is false: ${step.approval.when}`));
    }
    return moves;
  });
}

/** The ways of a block inside a step: its end is the step's end. */
function blockWays(chart: Chart, step: PlanStep, ways: Ways, end: End): Ways {
  const place = chart.knowledge.places.of(step.path);
  const over = (to: Node) =>
    chart.pass(
      step,
      () => to,
      (facts) => chart.knowledge.end(facts, place, anyEnd),
    );
  return {
    next: end('succeeded'),
    fail: end('failed'),
    denied: over(ways.denied),
    halted: over(ways.halted),
    cuttable: ways.cuttable,
    endable: ways.endable,
  };
}

function chartSwitch(chart: Chart, step: SwitchStep, ways: Ways, end: End): Node {
  const blocks = blockWays(chart, step, ways, end);
  const fallback = step.default === null ? end('succeeded') : chartSequence(chart, step.default, blocks);
  return step.cases.reduceRight((otherwise, { when, steps }) => {
    const then = chartSequence(chart, steps, blocks);
    return chart.node(step, { kind: 'passage' }, (facts) =>
      branchOn(chart, step, when, facts, '`when`', then, otherwise, end('failed')),
    );
  }, fallback);
}

function branchOn(
  chart: Chart,
  step: PlanStep,
  expr: string,
  facts: Facts,
  word: string,
  then: Node,
  otherwise: Node,
  failed: Node,
): Move[] {
  const { knowledge } = chart;
  const { body } = knowledge.places.of(step.path);
  const judged = knowledge.judge(expr, facts, body);
  const moves: Move[] = [];
  if (judged.true)
    moves.push(move(then, knowledge.assume(expr, true, facts, body), `${word} is true: ${expr}`));
  if (judged.false)
    moves.push(move(otherwise, knowledge.assume(expr, false, facts, body), `${word} is false: ${expr}`));
  if (judged.error) moves.push(move(failed, facts, `${word} cannot be evaluated: ${expr}`));
  return moves;
}
