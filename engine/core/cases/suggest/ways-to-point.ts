import { stepAt } from '../../run/list-steps.ts';
import type { CoveragePoint } from '../coverage-points.ts';
import { type Key, nothingToDo, noWay, type Ways } from './place.ts';
import { parse, type Sight } from './sight.ts';
import { allOf, solveText } from './solve.ts';
import { keyWithin, solveSize } from './solve-list.ts';
import { begun, guardedBy, waysToFail, waysToGuard, waysToOutcome } from './ways-to-status.ts';

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
  const begins = begun(step, sight);
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
      return allOf([begins, ...(own === undefined ? [] : [solveText(own.when, true, sight)]), ...earlier]);
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
      return allOf([begins, waysToOutcome(step, outcome, sight)]);
    }
    case 'taken': {
      const granted = waysToOutcome(step, 'granted', sight);
      return allOf([begins, granted.length === 0 ? nothingToDo : granted]);
    }
    case 'matched':
    case 'timed':
      return step.kind === 'wait' ? allOf([begins, [[{ kind: 'hear', step, heard: word === 'matched' }]]]) : noWay;
    default:
      return noWay;
  }
}
