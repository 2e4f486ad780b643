import type { JsonObject } from '../../../schemas/json.ts';
import type { Plan } from '../contracts/plan.ts';
import { alertEvent } from '../intake/alert-event.ts';
import { filedUnder, unmetNeed } from '../match/index-needs.ts';
import { type MatchResult, matchEvent } from '../match/match-event.ts';
import { type Routing, routeOf } from '../match/routing.ts';

/** A stored alert, and when it arrived. */
export interface PastAlert {
  id: string;
  atMs: number;
  title: string;
  /** As expressions see it, with `id` and `raw`. */
  alert: JsonObject;
}

/** As the engine matches it: triggers that the index rules out are not tried, so they cannot fail either. */
export function wouldMatch(plan: Plan, routing: Routing | null, past: PastAlert): MatchResult {
  const event = alertEvent(past.id, past.alert);
  const tried = plan.triggers.filter((trigger) => {
    const need = filedUnder(trigger);
    return need === null || unmetNeed({ needs: [need] }, event) === null;
  });
  const only = new Set(tried.map(({ id }) => id));
  return matchEvent(plan, event, { nowMs: past.atMs, route: routeOf(routing, plan.playbook.id), only });
}
