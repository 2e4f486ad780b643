import { createHash } from 'node:crypto';
import { isJsonObject, type Json } from '../../../schemas/json.ts';
import type { PlanTrigger } from '../contracts/plan.ts';
import { evaluate, type Scope } from '../expression/evaluate.ts';

/** What one run is started for. */
export interface Element {
  /** Tells elements of one event apart; empty for the event itself. */
  key: string;
  value: Json;
}

/** As many as an alert may name of one kind. */
export const elementsMax = 1_000;

export type Elements =
  | { ok: true; list: Element[] }
  | { ok: false; code: 'match/expression-failed' | 'match/too-many-elements'; message: string };

/** The elements of `each`, the same one only once; without `each` the event itself. */
export function elementsOf(trigger: PlanTrigger, scope: Scope): Elements {
  if (trigger.each === null) return { ok: true, list: [{ key: '', value: null }] };
  const each = evaluate(trigger.each, scope);
  if (!each.ok) return { ok: false, code: 'match/expression-failed', message: `each: ${each.message}` };
  if (!Array.isArray(each.value))
    return { ok: false, code: 'match/expression-failed', message: 'each: the result is not a list' };
  const byKey = new Map(each.value.map((value) => [elementKey(value), value]));
  if (byKey.size > elementsMax) {
    const message = `each: ${byKey.size} elements; at most ${elementsMax} runs are started at once`;
    return { ok: false, code: 'match/too-many-elements', message };
  }
  return { ok: true, list: [...byKey].map(([key, value]) => ({ key, value })) };
}

/** A target's id when it has one: the same host named twice in an alert is one element. An empty one names nothing. */
function elementKey(value: Json): string {
  const name = isJsonObject(value) ? value.id : value;
  if (typeof name === 'string' && name !== '') return name;
  return createHash('sha256').update(JSON.stringify(value)).digest('hex');
}
