import type { ProveCode } from '../../../schemas/codes.ts';
import type { Plan, PlanStep } from '../contracts/plan.ts';
import type { Explored, State } from './explore.ts';
import type { Knowledge } from './knowledge.ts';

/** What a property looks at. */
export interface Explorable {
  plan: Plan;
  knowledge: Knowledge;
  explored: Explored;
}

/** A property that does not hold, with the shortest path that shows it. */
export interface Violation {
  code: Exclude<ProveCode, 'prove/bound-reached'>;
  step: PlanStep;
  message: string;
  help: string;
  /** Null when there is none to show: a step that nothing reaches. */
  state: State | null;
  /** What is assumed at the end of the path, beyond what it says itself. */
  assuming: string | null;
}

export type Property = (explorable: Explorable) => Violation[];

/** The first violation of each step: states come shortest path first. */
export function firstPerStep(violations: Iterable<Violation>): Violation[] {
  const first = new Map<string, Violation>();
  for (const violation of violations)
    if (!first.has(violation.step.path)) first.set(violation.step.path, violation);
  return [...first.values()];
}
