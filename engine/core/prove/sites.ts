import type { ActionStep, Plan, PlanStep } from '../contracts/plan.ts';
import { atomsOf } from './judge-condition.ts';
import { type Body, type Places, resolveId } from './places.ts';

/*
 * Which facts are worth remembering, and until where. A proof follows one path per set of facts, so
 * each fact that nobody asks for later would only multiply the paths.
 */

export interface Interests {
  /** The number of the last step that asks how a step ended; -1 when none does. */
  statusUntil(path: string): number;
  /** The number of the last step that asks for an atom; -1 when it is not worth remembering. */
  atomUntil(body: Body, text: string): number;
}

interface Condition {
  expr: string;
  body: Body;
  index: number;
}

export interface InterestOptions {
  /** Remember every status to the end: the states are then comparable with a real run's. */
  everyStatus: boolean;
  /** Asked once more by the property about targets: how these ended and, of lookups, what they told. */
  sensitive: readonly { lookup: boolean; path: string; until: number }[];
}

export function interestsOf(plan: Plan, places: Places, options: InterestOptions): Interests {
  const conditions = conditionsOf(plan, places);
  const statusUntil = new Map<string, number>();
  const atoms = new Map<string, { count: number; until: number }>();
  for (const { expr, body, index } of conditions) {
    for (const [, id] of expr.matchAll(/\bsteps\.([a-z][a-z0-9_]*)/g)) {
      const path = id === undefined ? undefined : resolveId(body, id);
      if (path !== undefined) statusUntil.set(path, Math.max(index, statusUntil.get(path) ?? -1));
    }
    for (const text of atomsOf(expr)) {
      const key = `${body.path} ${text}`;
      const { count, until } = atoms.get(key) ?? { count: 0, until: -1 };
      atoms.set(key, { count: count + 1, until: Math.max(until, index) });
    }
  }
  for (const { path, until } of options.sensitive)
    statusUntil.set(path, Math.max(until, statusUntil.get(path) ?? -1));
  return {
    statusUntil: (path) => (options.everyStatus ? places.all.length : (statusUntil.get(path) ?? -1)),
    atomUntil: (body, text) => {
      const atom = atoms.get(`${body.path} ${text}`);
      const again = atom !== undefined && atom.count > 1 ? atom.until : -1;
      const asked = options.sensitive
        .filter(({ lookup, path }) => lookup && mentionsStep(text, path.slice(path.lastIndexOf('/') + 1)))
        .map(({ until }) => until);
      return Math.max(again, ...asked);
    },
  };
}

export function mentionsStep(text: string, id: string): boolean {
  return new RegExp(`\\bsteps\\.${id}\\b`).test(text);
}

function conditionsOf(plan: Plan, places: Places): Condition[] {
  const found: Condition[] = [];
  for (const { step, body, index, last } of places.all) {
    const add = (expr: string | null | undefined, at = index, within = body) => {
      if (typeof expr === 'string') found.push({ expr, body: within, index: at });
    };
    add(step.if);
    if (step.kind === 'switch') for (const each of step.cases) add(each.when);
    if (step.kind === 'repeat') add(step.until, last, innerBody(step, places) ?? body);
    add(approvalOf(step)?.when);
    if (step.kind === 'action') for (const guard of guardsOf(plan, step)) add(guard);
  }
  return found;
}

function innerBody(step: PlanStep, places: Places): Body | undefined {
  return places.all.find(({ body }) => body.path === step.path)?.body;
}

export function approvalOf(step: PlanStep) {
  return 'approval' in step ? step.approval : null;
}

/** The conditions under which the playbook's guards forbid an action step. */
export function guardsOf(plan: Plan, step: ActionStep): string[] {
  return plan.guards
    .filter((guard) =>
      guard.appliesTo.some((word) => [step.action.class, step.action.key, step.id].includes(word)),
    )
    .flatMap(({ denyIf }) => denyIf ?? []);
}
