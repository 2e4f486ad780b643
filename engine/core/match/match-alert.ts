import { createHash } from 'node:crypto';
import type { Json, JsonObject } from '../../../schemas/json.ts';
import { isJsonObject } from '../../../schemas/json.ts';
import type { Plan, PlanTrigger } from '../contracts/plan.ts';
import { evaluate, type Scope } from '../expression/evaluate.ts';
import { renderTemplate } from '../expression/render-template.ts';
import { boundKey } from '../intake/bound-key.ts';
import { fillInputs } from './fill-inputs.ts';

/*
 * Which triggers of one plan an alert starts, and with what (language reference 9.15, items 2 to 6).
 * Every trigger leaves a line, so that "why did nothing happen" has an answer. An expression that
 * fails starts nothing and is visible. Refuses to know which runs exist: dedupe and concurrency are
 * keys here and questions to the database elsewhere.
 */

export interface Matched {
  triggerId: string;
  /** Tells elements of one alert apart; empty for the alert itself. */
  elementKey: string;
  inputs: JsonObject;
  runKey: string;
  dedupeKey: string | null;
  concurrencyGroup: string | null;
}

export interface TraceLine {
  triggerId: string;
  elementKey: string;
  outcome: 'not-matched' | 'disabled' | 'expired' | 'error';
  detail: string;
}

export interface MatchResult {
  matched: Matched[];
  trace: TraceLine[];
}

export interface MatchContext {
  alertId: string;
  /** As expressions see it. */
  alert: JsonObject;
  nowMs: number;
}

export function matchAlert(plan: Plan, context: MatchContext): MatchResult {
  const result: MatchResult = { matched: [], trace: [] };
  for (const trigger of plan.triggers) {
    if (trigger.type === 'alert.created') matchTrigger(plan, trigger, context, result);
  }
  return result;
}

function matchTrigger(plan: Plan, trigger: PlanTrigger, context: MatchContext, result: MatchResult): void {
  const say = (outcome: TraceLine['outcome'], detail: string, elementKey = '') =>
    result.trace.push({ triggerId: trigger.id, elementKey, outcome, detail });
  if (!trigger.enabled) return void say('disabled', 'the trigger is switched off');
  if (isOver(trigger, context.nowMs)) return void say('expired', `the trigger ended on ${trigger.expires}`);
  const scope: Scope = { names: { alert: context.alert }, nowMs: context.nowMs };
  if (trigger.match !== null) {
    const matched = evaluate(trigger.match, scope);
    if (!matched.ok) return void say('error', `match: ${matched.message}`);
    if (matched.value !== true) return void say('not-matched', 'match is false');
  }
  const elements = elementsOf(trigger, scope);
  if (!elements.ok) return void say('error', `each: ${elements.message}`);
  if (elements.list.length === 0) return void say('not-matched', 'each is an empty list');
  for (const element of elements.list) {
    const made = runOf(plan, trigger, element, context);
    if (made.ok) result.matched.push(made.matched);
    else say('error', made.message, element.key);
  }
}

interface Element {
  key: string;
  value: Json;
}

function elementsOf(
  trigger: PlanTrigger,
  scope: Scope,
): { ok: true; list: Element[] } | { ok: false; message: string } {
  if (trigger.each === null) return { ok: true, list: [{ key: '', value: null }] };
  const each = evaluate(trigger.each, scope);
  if (!each.ok) return { ok: false, message: each.message };
  if (!Array.isArray(each.value)) return { ok: false, message: 'the result is not a list' };
  const byKey = new Map(each.value.map((value) => [elementKey(value), value]));
  return { ok: true, list: [...byKey].map(([key, value]) => ({ key, value })) };
}

/** A target's id when it has one: the same host named twice in an alert is one element. */
function elementKey(value: Json): string {
  if (isJsonObject(value) && typeof value.id === 'string') return value.id;
  if (typeof value === 'string') return value;
  return createHash('sha256').update(JSON.stringify(value)).digest('hex');
}

function runOf(
  plan: Plan,
  trigger: PlanTrigger,
  element: Element,
  context: MatchContext,
): { ok: true; matched: Matched } | { ok: false; message: string } {
  const names = { alert: context.alert, [trigger.as]: element.value };
  const filled = fillInputs(plan, trigger.id, { names, nowMs: context.nowMs }, {});
  if (!filled.ok) return filled;
  const keys = crowdKeys(plan, {
    names: { alert: context.alert, inputs: filled.inputs },
    nowMs: context.nowMs,
  });
  if (!keys.ok) return keys;
  return {
    ok: true,
    matched: {
      triggerId: trigger.id,
      elementKey: element.key,
      inputs: filled.inputs,
      runKey: runKey(plan.playbook.id, trigger.id, context.alertId, element.key),
      dedupeKey: keys.dedupe,
      concurrencyGroup: keys.group,
    },
  };
}

/** The rendered `dedupe.key` and `concurrency.group`. */
export function crowdKeys(
  plan: Plan,
  scope: Scope,
): { ok: true; dedupe: string | null; group: string | null } | { ok: false; message: string } {
  const dedupe = plan.dedupe === null ? null : renderTemplate(plan.dedupe.key, scope);
  if (dedupe !== null && !dedupe.ok) return { ok: false, message: `dedupe.key: ${dedupe.message}` };
  const group = plan.concurrency === null ? null : renderTemplate(plan.concurrency.group, scope);
  if (group !== null && !group.ok) return { ok: false, message: `concurrency.group: ${group.message}` };
  return {
    ok: true,
    dedupe: dedupe === null ? null : boundKey(keyText(dedupe.value)),
    group: group === null ? null : boundKey(keyText(group.value)),
  };
}

/** One alert delivered twice starts one run (9.11). Changing the parts starts everything again. */
export function runKey(...parts: string[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex');
}

function isOver(trigger: PlanTrigger, nowMs: number): boolean {
  return trigger.expires !== null && new Date(nowMs).toISOString().slice(0, 10) > trigger.expires;
}

/** Text as it is; anything else as JSON, so that two maps are two keys. */
function keyText(value: Json): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
