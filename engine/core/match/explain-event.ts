import type { Code } from '../../../schemas/codes.ts';
import type { JsonObject } from '../../../schemas/json.ts';
import type { Mode, Plan, PlanTrigger } from '../contracts/plan.ts';
import type { IncomingEvent } from '../intake/incoming-event.ts';
import { type ConditionPart, explainCondition } from './explain-condition.ts';
import { filedUnder, unmetNeed } from './index-needs.ts';
import { listensTo, type MatchResult, matchEvent } from './match-event.ts';
import { byRoute, type Routing, routeOf } from './routing.ts';

/*
 * Says for every trigger of every playbook why an event would or would not start a run. The verdict
 * is `matchEvent`'s own; this file only adds what stands behind it. Knows no runs: whether `dedupe`
 * or a full group would hold one back is in the trace of an event that was really matched.
 */

export interface TriggerExplanation {
  playbookId: string;
  triggerId: string;
  outcome: 'starts' | 'not-listening' | MatchResult['trace'][number]['outcome'];
  /** Null when it starts or listens to something else. */
  code: Code | null;
  /** One sentence. */
  detail: string;
  /** `match` taken apart; null without one, or when it was not looked at. */
  condition: ConditionPart | null;
  /** `match` of the routing file. */
  routing: ConditionPart | null;
  /** Why the index would not even have tried it: the need that is not met. */
  ruledOut: { path: string; wants: string[]; value: string } | null;
  runs: { element: string; inputs: JsonObject; mode: Mode; dedupeKey: string | null; group: string | null }[];
  /** Elements that start nothing, e.g. because their inputs are not valid. */
  problems: { element: string; code: Code; detail: string }[];
}

export interface ExplainablePlaybook {
  plan: Plan;
  /** Switched on in the installation; a file that is not installed counts as switched on. */
  enabled: boolean;
}

export function explainEvent(
  playbooks: readonly ExplainablePlaybook[],
  routing: Routing | null,
  event: IncomingEvent,
  nowMs: number,
): TriggerExplanation[] {
  const known = playbooks.map((playbook) => ({ ...playbook, playbookId: playbook.plan.playbook.id }));
  return byRoute(known, routing).flatMap(({ plan, enabled }) =>
    plan.triggers.map((trigger) => explainTrigger(plan, trigger, enabled, routing, event, nowMs)),
  );
}

function explainTrigger(
  plan: Plan,
  trigger: PlanTrigger,
  enabled: boolean,
  routing: Routing | null,
  event: IncomingEvent,
  nowMs: number,
): TriggerExplanation {
  const route = routeOf(routing, plan.playbook.id);
  const explanation: TriggerExplanation = {
    playbookId: plan.playbook.id,
    triggerId: trigger.id,
    outcome: 'not-listening',
    code: null,
    detail: `it listens to ${trigger.type}, this is ${event.type}`,
    condition: null,
    routing: null,
    ruledOut: null,
    runs: [],
    problems: [],
  };
  if (!listensTo(plan, trigger, event)) return explanation;
  const scope = { names: { alert: event.alert }, nowMs };
  if (trigger.match !== null) explanation.condition = explainCondition(trigger.match, scope);
  if (route !== null && route.match !== null) explanation.routing = explainCondition(route.match, scope);
  const filed = filedUnder(trigger);
  const unmet = filed === null ? null : unmetNeed({ needs: [filed] }, event);
  if (unmet !== null) {
    const value = JSON.stringify(unmet.value ?? null);
    explanation.ruledOut = { path: unmet.need.path, wants: unmet.need.values, value };
  }
  if (!enabled) {
    const detail = 'the playbook is switched off';
    return { ...explanation, outcome: 'disabled', code: 'match/disabled', detail };
  }
  const { matched, trace } = matchEvent(plan, event, { nowMs, route, only: new Set([trigger.id]) });
  const [first] = trace;
  explanation.problems = trace
    .filter((line) => line.elementKey !== '')
    .map(({ elementKey, code, detail }) => ({ element: elementKey, code, detail }));
  if (matched.length > 0) {
    const runs = matched.map((each) => ({
      element: each.elementKey,
      inputs: each.inputs,
      mode: each.mode,
      dedupeKey: each.dedupeKey,
      group: each.concurrencyGroup,
    }));
    const detail = runs.length === 1 ? 'it starts a run' : `it starts ${runs.length} runs`;
    return { ...explanation, outcome: 'starts', detail, runs };
  }
  if (first === undefined) return { ...explanation, detail: 'it has nothing to run for' };
  return { ...explanation, outcome: first.outcome, code: first.code, detail: first.detail };
}
