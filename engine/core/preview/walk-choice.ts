import type { IfStep, ParallelStep, PlanStep, SwitchStep } from '../contracts/plan.ts';
import { failInside, failSurely, livesWithLess, maybe, mayFail, terminal } from './fail-step.ts';
import type { PreviewBlock, PreviewCondition, PreviewStep, Reached } from './preview.ts';
import { conditionOf } from './preview-value.ts';
import {
  blur,
  blurBlock,
  blurInside,
  fork,
  openFacts,
  type Room,
  settle,
  sightOf,
  tellsFacts,
} from './room.ts';
import { cutOff, walkBeside } from './walk-beside.ts';
import type { Flow, Walked, Walker } from './walker.ts';

/* Blocks of which the run takes some: a known condition chooses, an open one leaves every way open. */

export function walkIf(walker: Walker, room: Room, step: IfStep, node: PreviewStep): Walked {
  const condition = conditionOf(step.if ?? 'true', sightOf(room, step.path));
  node.about = condition.text;
  const otherwise = step.else ?? [];
  const add = (role: 'then' | 'else', reached: Reached, flow: Flow) =>
    node.blocks.push({ role, label: role === 'then' ? 'yes' : 'no', condition, reached, steps: flow.steps });
  switch (condition.outcome) {
    case 'error':
      return failSurely(
        walker,
        room,
        step,
        node,
        terminal('run/expression-failed', `if: ${condition.message}`),
      );
    case 'open': {
      const ways = [
        wayOf('then', step.then, condition),
        ...(step.else === null ? [] : [wayOf('else', otherwise, condition)]),
      ];
      return openWays(walker, room, step, node, ways);
    }
    case 'true':
    case 'false': {
      const yes = condition.outcome === 'true';
      if (!yes && step.else === null) {
        add('then', 'no', notReached(walker, room, step.then));
        settle(room, step, { status: 'skipped' });
        return { node, end: null, maybe: false };
      }
      const taken = walker.sequence(room, yes ? step.then : otherwise, node.reached);
      add('then', yes ? node.reached : 'no', yes ? taken : notReached(walker, room, step.then));
      if (step.else !== null)
        add('else', yes ? 'no' : node.reached, yes ? notReached(walker, room, otherwise) : taken);
      return endBlock(walker, room, step, node, taken);
    }
  }
}

function wayOf(role: Way['role'], steps: readonly PlanStep[], condition: PreviewCondition): Way {
  return { role, label: role === 'then' ? 'yes' : 'no', condition, steps };
}

export function walkSwitch(walker: Walker, room: Room, step: SwitchStep, node: PreviewStep): Walked {
  node.about = `${step.cases.length} cases`;
  const ways: Way[] = [];
  let open = false;
  for (const [index, each] of step.cases.entries()) {
    const condition = conditionOf(each.when, sightOf(room, step.path));
    const way: Way = { role: 'case', label: condition.text, condition, steps: each.steps };
    if (condition.outcome === 'error' && !open) {
      const message = `when: ${condition.message}`;
      return failSurely(walker, room, step, node, terminal('run/expression-failed', message));
    }
    if (condition.outcome === 'false') {
      node.blocks.push({ ...way, reached: 'no', steps: notReached(walker, room, each.steps).steps });
      continue;
    }
    if (condition.outcome === 'true' && !open) {
      settle(room, step, { outputs: { case: index } });
      const taken = walker.sequence(room, each.steps, node.reached);
      node.blocks.push({ ...way, reached: node.reached, steps: taken.steps });
      for (const rest of step.cases.slice(index + 1)) {
        node.blocks.push({
          role: 'case',
          label: rest.when.trim(),
          condition: null,
          reached: 'no',
          steps: notReached(walker, room, rest.steps).steps,
        });
      }
      if (step.default !== null) node.blocks.push(defaultBlock('no', notReached(walker, room, step.default)));
      return endBlock(walker, room, step, node, taken);
    }
    open = true;
    ways.push(way);
    // What is certainly true ends the list of what may be taken.
    if (condition.outcome === 'true') return openWays(walker, room, step, node, ways);
  }
  const last = step.default ?? [];
  if (open) {
    const otherwise: Way = { role: 'default', label: 'otherwise', condition: null, steps: last };
    return openWays(walker, room, step, node, step.default === null ? ways : [...ways, otherwise]);
  }
  settle(room, step, { outputs: { case: step.default === null ? null : 'default' } });
  const taken = walker.sequence(room, last, node.reached);
  if (step.default !== null) node.blocks.push(defaultBlock(node.reached, taken));
  return endBlock(walker, room, step, node, taken);
}

export function walkParallel(walker: Walker, room: Room, step: ParallelStep, node: PreviewStep): Walked {
  node.about = `join ${step.join}`;
  const { factsRace } = room;
  const branches = step.branches.map(({ name, steps }) => {
    const beside = step.branches.filter((each) => each.name !== name).flatMap((each) => each.steps);
    room.factsRace = factsRace || tellsFacts(beside);
    if (room.factsRace) openFacts(room, null);
    const block = { role: 'branch' as const, label: name, condition: null, reached: node.reached };
    return walkBeside(walker, room, block, steps);
  });
  room.factsRace = factsRace;
  node.blocks.push(...branches.map(({ block }) => block));
  for (const branch of branches)
    if (branches.some((other) => other !== branch && endsOthers(step, other.flow))) cutOff(walker, branch);
  const ends = branches.flatMap(({ flow }) => flow.end ?? []);
  const mayEnd = branches.some(({ flow }) => flow.maybe);
  const failed = ends.find((end) => end.by === 'failed');
  room.holes.push(['steps', step.id, 'branches']);
  if (step.join === 'any') {
    // The first that succeeds ends the others; which one that is shows only then.
    for (const branch of step.branches) blurBlock(room, branch.steps);
    if (failed !== undefined && ends.length === branches.length && ends.every((end) => end.by === 'failed'))
      return failInside(walker, room, step, node, failed.failure, mayEnd);
    const failure = mayFail(walker, room, step, node);
    blur(room, step);
    return { node, end: null, maybe: mayEnd || ends.length > 0 || failure.maybe };
  }
  const end = ends.find(({ by }) => by !== 'failed') ?? failed ?? null;
  const stops = branches.some(({ flow }) => flow.stops);
  return endBlock(walker, room, step, node, { steps: [], end, maybe: mayEnd, stops });
}

/** A stop and a no end the run; what a failure ends depends on the join. */
function endsOthers(step: ParallelStep, { end, stops }: Flow): boolean {
  return stops || (end !== null && (end.by !== 'failed' || step.join === 'all'));
}

interface Way {
  role: PreviewBlock['role'];
  label: string;
  condition: PreviewCondition | null;
  steps: readonly PlanStep[];
}

/** Each way from the same place; afterwards nothing that one of them did is certain. */
function openWays(
  walker: Walker,
  room: Room,
  step: PlanStep,
  node: PreviewStep,
  ways: readonly Way[],
): Walked {
  let mayEnd = false;
  for (const way of ways) {
    const aside = fork(room);
    const flow = walker.sequence(aside, way.steps, maybe(node.reached));
    node.blocks.push({ ...way, reached: maybe(node.reached), steps: flow.steps });
    mayEnd ||= flow.maybe || flow.end !== null;
  }
  for (const way of ways) blurBlock(room, way.steps);
  const failure = mayFail(walker, room, step, node);
  blur(room, step);
  return { node, end: null, maybe: mayEnd || failure.maybe };
}

/** The block's end is the step's end (9.8). */
export function endBlock(walker: Walker, room: Room, step: PlanStep, node: PreviewStep, flow: Flow): Walked {
  const { end, stops } = flow;
  if (end?.by === 'failed') return failInside(walker, room, step, node, end.failure, flow.maybe);
  const mayEnd = mayFail(walker, room, step, node).maybe || flow.maybe;
  if (!livesWithLess(step)) {
    if (end === null) settle(room, step, { status: 'succeeded' });
    return { node, end, maybe: mayEnd, stops };
  }
  blur(room, step);
  blurInside(room, step);
  // What fails before a stop is lived with, and the stop never comes.
  return { node, end: null, maybe: mayEnd || end !== null, stops };
}

function notReached(walker: Walker, room: Room, steps: readonly PlanStep[]): Flow {
  return walker.sequence(fork(room), steps, 'no');
}

function defaultBlock(reached: Reached, flow: Flow): PreviewBlock {
  return { role: 'default', label: 'otherwise', condition: null, reached, steps: flow.steps };
}
