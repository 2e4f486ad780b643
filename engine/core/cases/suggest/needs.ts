import { childrenOf, type Node, pathOf } from '../../expression/syntax.ts';
import { stepAt } from '../../run/list-steps.ts';
import type { CoveragePoint } from '../coverage-points.ts';
import { showPlace } from './place.ts';
import { parse, placeOf, type Sight } from './sight.ts';
import { approvalOf } from './ways-to-status.ts';

/*
 * What a person is told about a point that the search did not reach: the condition that stands in the
 * way, what it must come to, and where in a case the values are written that it reads.
 */
export function tellNeeds(point: CoveragePoint, about: Sight): string[] {
  const wanted = wantedOf(point, about);
  if (wanted === null) return [`no path to "${point.what}" was found`];
  const { expr, comes, sight } = wanted;
  const node = parse(expr);
  const places = node === null ? [] : [...new Set(placesIn(node, sight))];
  const where =
    places.length === 0
      ? 'nothing that a case writes down is read there; look at the steps before it'
      : `choose ${places.join(', ')}`;
  return [`needs ${comes}: ${expr.replaceAll(/\s+/g, ' ')}`, where];
}

function wantedOf(point: CoveragePoint, about: Sight): { expr: string; comes: string; sight: Sight } | null {
  const { plan } = about;
  const guard = plan.guards.find(({ id }) => `guards/${id}` === point.at);
  if (guard !== undefined) {
    return guard.denyIf === null
      ? null
      : { expr: guard.denyIf, comes: point.what === 'deny' ? 'true' : 'false', sight: about };
  }
  const step = stepAt(plan, point.at);
  if (step === undefined) return null;
  const sight = { ...about, step };
  const [word, second] = point.what.split(' ');
  switch (word) {
    case 'if':
      return step.if === null ? null : { expr: step.if, comes: second === 'true' ? 'true' : 'false', sight };
    case 'reached':
      return step.if === null ? null : { expr: step.if, comes: 'true', sight };
    case 'case': {
      const when = step.kind === 'switch' ? step.cases[Number(second) - 1]?.when : undefined;
      return when === undefined ? null : { expr: when, comes: 'true', sight };
    }
    case 'no':
    case 'one':
    case 'many':
      return step.kind === 'foreach' ? { expr: step.list, comes: `${point.what}`, sight } : null;
    case 'matched':
      return step.kind === 'wait' && step.wait.for === 'signal' && step.wait.match !== null
        ? { expr: step.wait.match, comes: 'true', sight: { ...sight, waiting: step } }
        : null;
    case 'approval': {
      const when = approvalOf(step)?.when ?? null;
      return when === null ? null : { expr: when, comes: 'true', sight };
    }
    default:
      return null;
  }
}

function placesIn(node: Node, sight: Sight): string[] {
  const place = pathOf(node) === undefined ? null : placeOf(node, sight);
  return place === null ? childrenOf(node).flatMap((each) => placesIn(each, sight)) : [showPlace(place)];
}
