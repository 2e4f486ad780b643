import type { Mode } from '../contracts/plan.ts';
import { evaluate, type Scope } from '../expression/evaluate.ts';

/*
 * The operator's routing file, compiled (language reference 11.2): which playbook looks at an event,
 * in which order and how boldly. It narrows what triggers let through and never widens it: there is
 * nothing in it that could start a run by itself.
 */

export interface Routing {
  routes: PlaybookRoute[];
}

export interface PlaybookRoute {
  playbook: string;
  /** Lower ones look first; playbooks that are not listed count as `orderDefault`. */
  order: number;
  enabled: boolean;
  /** `YYYY-MM-DD`; from the next day (UTC) on the playbook is started by nothing. */
  expires: string | null;
  match: string | null;
  mode: Mode | null;
}

export const orderDefault = 1_000;

export type RouteVerdict =
  | { ok: true }
  | { ok: false; code: 'match/routed-away' | 'match/expression-failed'; detail: string };

/** Whether the routing file lets an event through to a playbook. An expression that fails lets nothing through. */
export function judgeRoute(route: PlaybookRoute | null, scope: Scope): RouteVerdict {
  if (route === null) return { ok: true };
  if (!route.enabled) return away('the routing file switches the playbook off');
  if (isPast(route.expires, scope.nowMs))
    return away(`its entry in the routing file ended on ${route.expires}`);
  if (route.match === null) return { ok: true };
  const matched = evaluate(route.match, scope);
  if (!matched.ok)
    return { ok: false, code: 'match/expression-failed', detail: `routing: match: ${matched.message}` };
  return matched.value === true ? { ok: true } : away('match in the routing file is false');
}

function away(detail: string): RouteVerdict {
  return { ok: false, code: 'match/routed-away', detail };
}

/** By playbook, made once per routing file: an alert's candidates look, not the whole file. */
const byPlaybook = new WeakMap<Routing, ReadonlyMap<string, PlaybookRoute>>();

export function routeOf(routing: Routing | null, playbookId: string): PlaybookRoute | null {
  if (routing === null) return null;
  let routes = byPlaybook.get(routing);
  if (routes === undefined) {
    routes = new Map(routing.routes.map((route) => [route.playbook, route]));
    byPlaybook.set(routing, routes);
  }
  return routes.get(playbookId) ?? null;
}

/** In the order in which playbooks look at an event; equals by id, so that it is the same everywhere. */
export function byRoute<Item extends { playbookId: string }>(
  items: readonly Item[],
  routing: Routing | null,
): Item[] {
  const order = (item: Item) => routeOf(routing, item.playbookId)?.order ?? orderDefault;
  return [...items].sort((a, b) => order(a) - order(b) || (a.playbookId < b.playbookId ? -1 : 1));
}

const boldness: readonly Mode[] = ['audit', 'ask', 'enforce'];

/** The more careful of two modes: nobody but the playbook's author can make it bolder. */
export function lowerMode(one: Mode, other: Mode | null): Mode {
  if (other === null) return one;
  return boldness.indexOf(other) < boldness.indexOf(one) ? other : one;
}

/** What becomes of a run's mode when it begins under the guardrails' ceiling; what was asked for is kept beside it. */
export function underCeiling(asked: Mode, ceiling: Mode): { mode: Mode; askedMode?: Mode } {
  const mode = lowerMode(asked, ceiling);
  return mode === asked ? { mode } : { mode, askedMode: asked };
}

/** From the day after a date (UTC) on. */
export function isPast(date: string | null, nowMs: number): boolean {
  return date !== null && new Date(nowMs).toISOString().slice(0, 10) > date;
}
