import type { Plan, PlanStep } from '../contracts/plan.ts';
import { blocksOf, stepsWithin } from './plan-blocks.ts';

/*
 * Where each step stands: in which body its names live (rule S1), which loops are around it, and its
 * number in document order. Only loops lead back to a smaller number; that is what lets a proof forget.
 */

export interface Body {
  /** Plan path of the loop whose body it is; `run` for the run's own. */
  path: string;
  outer: Body | null;
  /** Loop variable. */
  as: string | null;
  /** Plan paths by authored id. */
  ids: Map<string, string>;
}

export type Top = 'main' | 'on_failure' | 'finally';

export interface Place {
  step: PlanStep;
  index: number;
  /** Number of the last step inside it. */
  last: number;
  /** From which number on the path may come again: that of its outermost loop, or its own. */
  from: number;
  body: Body;
  top: Top;
  /** The `foreach` steps around it, innermost first. */
  lists: PlanStep[];
  /** A `repeat` stands around it. */
  repeated: boolean;
}

export interface Places {
  of(path: string): Place;
  all: readonly Place[];
  runBody: Body;
}

export function placesOf(plan: Plan): Places {
  const byPath = new Map<string, Place>();
  const all: Place[] = [];
  const runBody: Body = { path: 'run', outer: null, as: null, ids: new Map() };
  const visit = (
    steps: readonly PlanStep[],
    around: Omit<Place, 'step' | 'index' | 'last'> | null,
    top: Top,
  ) => {
    for (const step of steps) {
      const index = all.length;
      const outer = around ?? { from: -1, body: runBody, top, lists: [], repeated: false };
      const place: Place = { ...outer, step, index, last: index, from: outer.from < 0 ? index : outer.from };
      all.push(place);
      byPath.set(step.path, place);
      if (!step.id.includes('#')) outer.body.ids.set(step.id, step.path);
      for (const block of blocksOf(step)) {
        const loops = block.role === 'item' || block.role === 'round';
        const inner: Omit<Place, 'step' | 'index' | 'last'> = loops
          ? {
              from: place.from,
              body: { path: step.path, outer: outer.body, as: block.name || null, ids: new Map() },
              top,
              lists: block.role === 'item' ? [step, ...outer.lists] : outer.lists,
              repeated: outer.repeated || block.role === 'round',
            }
          : outer;
        visit(block.steps, inner, top);
      }
      place.last = all.length - 1;
    }
  };
  visit(plan.steps, null, 'main');
  visit(plan.onFailure, null, 'on_failure');
  visit(plan.finally, null, 'finally');
  return {
    all,
    runBody,
    of: (path) => {
      const place = byPath.get(path);
      if (place === undefined) throw new Error(`no step at ${path}`);
      return place;
    },
  };
}

/** The step that an id means at a place: in its own body or one around it (rule S2). */
export function resolveId(body: Body, id: string): string | undefined {
  for (let at: Body | null = body; at !== null; at = at.outer) {
    const path = at.ids.get(id);
    if (path !== undefined) return path;
  }
  return undefined;
}

/** The bodies of the loops around a place, innermost first; the run's own is not one. */
export function bodiesAround(body: Body): Body[] {
  return body.outer === null ? [] : [body, ...bodiesAround(body.outer)];
}

export function isInside(body: Body, path: string): boolean {
  for (let at: Body | null = body; at !== null; at = at.outer) if (at.path === path) return true;
  return false;
}

/** Whether taking back `chosen` takes back the step at `path`: its own path, or a block around it. */
export function covers(chosen: 'all' | readonly string[], path: string, plan: Plan): boolean {
  if (chosen === 'all') return true;
  return chosen.some((each) => {
    if (each === path) return true;
    const block = [...stepsWithin([...plan.steps, ...plan.onFailure, ...plan.finally])].find(
      (step) => step.path === each,
    );
    return block !== undefined && [...stepsWithin([block])].some((step) => step.path === path);
  });
}
