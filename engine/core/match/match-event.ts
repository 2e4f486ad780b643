import type { Code } from '../../../schemas/codes.ts';
import type { JsonObject } from '../../../schemas/json.ts';
import type { Mode, Plan, PlanTrigger } from '../contracts/plan.ts';
import { evaluate, type Scope } from '../expression/evaluate.ts';
import type { IncomingEvent } from '../intake/incoming-event.ts';
import { type Element, elementsOf } from './elements-of.ts';
import { fillInputs } from './fill-inputs.ts';
import { isPast, judgeRoute, lowerMode, type PlaybookRoute } from './routing.ts';
import { crowdKeys, runKey } from './run-keys.ts';

/*
 * Which triggers of one plan an event starts, and with what (language reference 9.15, items 2 to 6
 * and 9). Every trigger that is tried leaves a line, so that "why did nothing happen" has an answer.
 * An expression that fails starts nothing and is visible. Refuses to know which runs exist: dedupe
 * and concurrency are keys here and questions to the database elsewhere.
 */

export interface Matched {
  triggerId: string;
  elementKey: string;
  inputs: JsonObject;
  mode: Mode;
  runKey: string;
  dedupeKey: string | null;
  concurrencyGroup: string | null;
}

export interface TraceLine {
  triggerId: string;
  elementKey: string;
  outcome: 'not-matched' | 'disabled' | 'expired' | 'routed-away' | 'own-doing' | 'loop' | 'error';
  code: Code;
  detail: string;
}

export interface MatchResult {
  matched: Matched[];
  trace: TraceLine[];
}

export interface MatchContext {
  nowMs: number;
  /** The playbook's entry in the routing file. */
  route: PlaybookRoute | null;
  /** Only these triggers, because the index ruled out the others; null: all. */
  only: ReadonlySet<string> | null;
}

/** Runs that start each other, the first not counted. */
export const chainMax = 5;

export function matchEvent(plan: Plan, event: IncomingEvent, context: MatchContext): MatchResult {
  const result: MatchResult = { matched: [], trace: [] };
  for (const trigger of plan.triggers) {
    if (context.only !== null && !context.only.has(trigger.id)) continue;
    if (listensTo(plan, trigger, event)) matchTrigger(plan, trigger, event, context, result);
  }
  return result;
}

/** A webhook reaches the one trigger it was sent to; everything else every trigger of its type. */
export function listensTo(plan: Plan, trigger: PlanTrigger, event: IncomingEvent): boolean {
  if (trigger.type !== event.type) return false;
  const { addressee } = event;
  return (
    addressee === null || (addressee.playbookId === plan.playbook.id && addressee.triggerId === trigger.id)
  );
}

function matchTrigger(
  plan: Plan,
  trigger: PlanTrigger,
  event: IncomingEvent,
  context: MatchContext,
  result: MatchResult,
): void {
  const say = (outcome: TraceLine['outcome'], code: Code, detail: string, elementKey = '') =>
    result.trace.push({ triggerId: trigger.id, elementKey, outcome, code, detail });
  if (!trigger.enabled) return void say('disabled', 'match/disabled', 'the trigger is switched off');
  if (isPast(trigger.expires, context.nowMs))
    return void say('expired', 'match/expired', `the trigger ended on ${trigger.expires}`);
  const scope: Scope = { names: { alert: event.alert }, nowMs: context.nowMs };
  const routed = judgeRoute(context.route, scope);
  if (!routed.ok)
    return void say(
      routed.code === 'match/routed-away' ? 'routed-away' : 'error',
      routed.code,
      routed.detail,
    );
  if (trigger.match !== null) {
    const matched = evaluate(trigger.match, scope);
    if (!matched.ok) return void say('error', 'match/expression-failed', `match: ${matched.message}`);
    if (matched.value !== true) return void say('not-matched', 'match/not-true', 'match is false');
  }
  if (event.mark?.split(',').includes(plan.playbook.id))
    return void say('own-doing', 'match/own-doing', 'a run of this playbook caused it');
  if (event.chain > chainMax)
    return void say(
      'loop',
      'match/loop',
      `${event.chain} runs started each other; more than ${chainMax} is a circle`,
    );
  const elements = elementsOf(trigger, scope);
  if (!elements.ok) return void say('error', elements.code, elements.message);
  if (elements.list.length === 0)
    return void say('not-matched', 'match/no-elements', 'each is an empty list');
  for (const element of elements.list) {
    const made = runOf(plan, trigger, element, event, context);
    if (made.ok) result.matched.push(made.matched);
    else say('error', made.code, made.message, element.key);
  }
}

function runOf(
  plan: Plan,
  trigger: PlanTrigger,
  element: Element,
  event: IncomingEvent,
  { nowMs, route }: MatchContext,
): { ok: true; matched: Matched } | { ok: false; code: Code; message: string } {
  const names = { alert: event.alert, [trigger.as]: element.value };
  const filled = fillInputs(plan, trigger.id, { names, nowMs }, {});
  if (!filled.ok) return { ok: false, code: 'match/invalid-input', message: filled.message };
  const keys = crowdKeys(plan, { names: { alert: event.alert, inputs: filled.inputs }, nowMs });
  if (!keys.ok) return { ok: false, code: 'match/expression-failed', message: keys.message };
  return {
    ok: true,
    matched: {
      triggerId: trigger.id,
      elementKey: element.key,
      inputs: filled.inputs,
      mode: lowerMode(plan.mode, route?.mode ?? null),
      runKey: runKey(plan.playbook.id, trigger.id, event.id, element.key),
      dedupeKey: keys.dedupe,
      concurrencyGroup: keys.group,
    },
  };
}
