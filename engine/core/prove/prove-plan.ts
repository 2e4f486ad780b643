import type { Plan } from '../contracts/plan.ts';
import { chartPlan } from './chart-plan.ts';
import { type Explored, explore, statesMax } from './explore.ts';
import { Knowledge } from './knowledge.ts';
import { placesOf } from './places.ts';
import { doubledEffect } from './properties/doubled-effect.ts';
import { effectAfterStop } from './properties/effect-after-stop.ts';
import { unboundedWait } from './properties/unbounded-wait.ts';
import { ungatedTarget } from './properties/ungated-target.ts';
import { ungatedUndo } from './properties/ungated-undo.ts';
import { unreachableStep } from './properties/unreachable-step.ts';
import { unreleasedContainment } from './properties/unreleased-containment.ts';
import { untoldUnknown } from './properties/untold-unknown.ts';
import type { Explorable, Property, Violation } from './property.ts';
import { sensitiveInterests } from './sensitive-targets.ts';
import { interestsOf } from './sites.ts';

/*
 * Proofs over every path a run of a plan can take. Sound in one direction: the chart allows whatever
 * the machine may do, so a property that holds here holds there; a path shown may need an answer of the
 * world that never comes. Refuses to know files and texts: a plan goes in, findings come out.
 */

// Visible on purpose: a property that is not listed here is not claimed.
const properties: readonly Property[] = [
  ungatedTarget,
  ungatedUndo,
  unboundedWait,
  unreleasedContainment,
  unreachableStep,
  doubledEffect,
  effectAfterStop,
  untoldUnknown,
];

export interface Proof {
  violations: Violation[];
  /** Some paths were not followed: what was not found is not proven. */
  bounded: boolean;
  /** States looked at. */
  states: number;
}

export function provePlan(plan: Plan, bound = statesMax): Proof {
  return judgeExplored({ plan, ...explorePlan(plan, { bound, everyStatus: false }) });
}

/** Every property over what was explored. */
export function judgeExplored(explorable: Explorable): Proof {
  const { explored } = explorable;
  const violations = properties.flatMap((property) => property(explorable));
  return { violations, bounded: explored.bounded, states: explored.states.length };
}

/** @param options.everyStatus keep how each step ended, so that states compare with those of a real run. */
export function explorePlan(
  plan: Plan,
  options: { bound: number; everyStatus: boolean },
): { knowledge: Knowledge; explored: Explored } {
  const places = placesOf(plan);
  const sensitive = sensitiveInterests(plan, places);
  const knowledge = new Knowledge(
    places,
    interestsOf(plan, places, { everyStatus: options.everyStatus, sensitive }),
  );
  return { knowledge, explored: explore(chartPlan(plan, knowledge).start, options.bound) };
}
