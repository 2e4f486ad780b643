import { changesTargets } from '../../contracts/action.ts';
import type { ActionStep, ForeachStep, IfStep, PlanStep, UndoStep } from '../../contracts/plan.ts';
import { everyStep, stepAt, walk } from '../../run/list-steps.ts';
import type { CoveragePoint } from '../coverage-points.ts';
import type { Story } from '../story.ts';
import { allOf } from './combine-ways.ts';
import { type Key, nameOf, nothingToDo, noWay, type Ways, type Wish } from './place.ts';
import { parse, type Sight } from './sight.ts';
import { solveText } from './solve.ts';
import { keyWithin, solveSize } from './solve-list.ts';
import {
  approvalOf,
  begun,
  failedBefore,
  guardedBy,
  guards,
  waysToFail,
  waysToGuard,
  waysToOutcome,
} from './ways-to-status.ts';

/** What a case must say to pass a coverage point, given that it comes to the step at all. */
export function waysToPoint(point: CoveragePoint, about: Sight): Ways {
  const { plan } = about;
  if (point.at.startsWith('guards/')) {
    const guard = plan.guards.find(({ id }) => `guards/${id}` === point.at);
    if (guard === undefined) return noWay;
    return guardedBy(guard, plan).flatMap((step) => waysToGuard(guard, step, point.what, { ...about, step }));
  }
  const step = stepAt(plan, point.at);
  if (step === undefined) return noWay;
  const sight = { ...about, step };
  const begins = allOf([failedBefore(step, sight), begun(step, sight)]);
  const [word, second] = point.what.split(' ');
  switch (word) {
    case 'reached':
      return begins;
    case 'if':
      return solveText(step.if ?? 'true', second === 'true', sight);
    case 'on_error':
      return allOf([begins, waysToFail(step, sight)]);
    case 'case':
    case 'default': {
      if (step.kind !== 'switch') return noWay;
      const chosen = word === 'default' ? step.cases.length : Number(second) - 1;
      const earlier = step.cases.slice(0, chosen).map(({ when }) => solveText(when, false, sight));
      const own = step.cases[chosen];
      // Its own last: both often ask the same value.
      return allOf([begins, ...earlier, ...(own === undefined ? [] : [solveText(own.when, true, sight)])]);
    }
    case 'no':
    case 'one':
    case 'many': {
      if (step.kind !== 'foreach') return noWay;
      const list = parse(step.list);
      const inside: Key[] = keyWithin(step.key, step.as);
      const size = word === 'no' ? 0 : word === 'one' ? 1 : 2;
      return list === null ? noWay : allOf([begins, solveSize(list, size, sight, inside)]);
    }
    case 'approval': {
      const outcome = second === 'granted' || second === 'denied' ? second : 'expired';
      const asked = allOf([begins, waysToOutcome(step, outcome, sight)]);
      // Nobody is asked about taking nothing back.
      return step.kind === 'undo' ? [...asked, ...allOf([somethingDone(step, sight), asked])] : asked;
    }
    case 'taken': {
      const granted = waysToOutcome(step, 'granted', sight);
      const agreed = allOf([begins, granted.length === 0 ? nothingToDo : granted]);
      return step.kind === 'undo' ? [...agreed, ...allOf([somethingDone(step, sight), agreed])] : agreed;
    }
    case 'matched':
    case 'timed':
      return step.kind === 'wait'
        ? allOf([begins, [[{ kind: 'hear', step, heard: word === 'matched' }]]])
        : noWay;
    default:
      return noWay;
  }
}

/** What keeps a try from ending before it gets to the point: a guard's no, a `stop` that it ran into. */
export function waysPast(point: CoveragePoint, story: Story, about: Sight): Ways {
  const step = stepAt(about.plan, point.at);
  const mine =
    step?.kind === 'action'
      ? about.plan.guards.filter((guard) => guards(guard, step) && guard.denyIf !== null)
      : [];
  const past = mine.map((guard) =>
    step?.kind === 'action' ? waysToGuard(guard, step, 'allow', about) : noWay,
  );
  return allOf([...past, ...waysPastStops(story, about)]);
}

function waysPastStops(story: Story, about: Sight): Ways[] {
  const branches = everyStep(about.plan).filter((each): each is IfStep => each.kind === 'if');
  return branches.flatMap((branch) => {
    const stopped = (steps: readonly PlanStep[]) =>
      [...walk(steps, false)].some(
        (each) => each.kind === 'stop' && story.steps.get(nameOf(each)) === 'succeeded',
      );
    if (branch.if === null || !(stopped(branch.then) || stopped(branch.else ?? []))) return [];
    return [solveText(branch.if, !stopped(branch.then), { ...about, step: branch })];
  });
}

/** Ways in which there is something that the step can take back. */
function somethingDone(step: UndoStep, sight: Sight): Ways {
  const { plan } = sight;
  const done = everyStep(plan).filter(
    (each): each is ActionStep =>
      each.kind === 'action' &&
      each.rollback.kind !== 'none' &&
      changesTargets(each.action.class) &&
      (step.steps === 'all' ||
        step.steps.some((path) => each.path === path || each.path.startsWith(`${path}/`))),
  );
  return done.flatMap((each) => {
    const loops = everyStep(plan).filter(
      (loop): loop is ForeachStep => loop.kind === 'foreach' && each.path.startsWith(`${loop.path}/`),
    );
    const filled = loops.map((loop) => {
      const list = parse(loop.list);
      return list === null
        ? noWay
        : solveSize(list, 1, { ...sight, step: loop }, keyWithin(loop.key, loop.as));
    });
    const asked = [...loops, each].filter((step) => approvalOf(step) !== null);
    const granted = asked.map((step): Wish => ({ kind: 'decide', step, outcome: 'granted' }));
    return allOf([...filled, [[{ kind: 'change', step: each }, ...granted]]]);
  });
}
