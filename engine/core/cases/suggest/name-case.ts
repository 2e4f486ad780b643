import type { CoveragePoint } from '../coverage-points.ts';
import { nameOf } from '../coverage-report.ts';

/** A sentence for a case that was made to pass a point. */
export function sentenceFor(point: CoveragePoint): string {
  const name = nameOf(point);
  const [word, second] = point.what.split(' ');
  switch (word) {
    case 'reached':
      return `${name} is reached`;
    case 'if':
      return second === 'true' ? `the condition of ${name} is true` : `the condition of ${name} is false`;
    case 'on_error':
      return `${name} fails, and what it says about that happens`;
    case 'case':
      return `${name} takes its case ${second}`;
    case 'default':
      return `${name} takes its default`;
    case 'no':
      return `${name} has nothing to do`;
    case 'one':
      return `${name} has one item`;
    case 'many':
      return `${name} has several items`;
    case 'approval':
      return second === 'expired' ? `nobody answers about ${name}` : `${name} is ${second}`;
    case 'taken':
      return `${name} takes back what was done`;
    case 'matched':
      return `${name} ends with its signal`;
    case 'timed':
      return `${name} ends without a signal`;
    case 'allow':
      return `the ${name} allows it`;
    case 'ask':
      return `the ${name} asks people`;
    default:
      return `the ${name} says no`;
  }
}
