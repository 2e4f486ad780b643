import type { Plan } from '../contracts/plan.ts';
import { stepAt } from '../run/list-steps.ts';

/**
 * The step of the plan at a runtime path: without items, and without the rounds of a `repeat`. A step
 * without an id of its own has a number in its path too (`run/undo#4`), so what the plan knows is kept.
 */
export function planPathOf(path: string, plan: Plan): string | null {
  const known: string[] = [];
  for (const part of path.replaceAll(/\[[^\]]*\]/g, '').split('/')) {
    const whole = [...known, part];
    const round = part.replace(/#\d+$/, '');
    known.push(stepAt(plan, whole.join('/')) === undefined ? round : part);
  }
  const found = known.join('/');
  return stepAt(plan, found) === undefined ? null : found;
}
