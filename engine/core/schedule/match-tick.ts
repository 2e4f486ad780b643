import type { Code } from '../../../schemas/codes.ts';
import type { Plan, PlanTrigger } from '../contracts/plan.ts';
import { fillInputs } from '../match/fill-inputs.ts';
import type { Matched } from '../match/match-event.ts';
import { isPast, judgeRoute, lowerMode, type PlaybookRoute } from '../match/routing.ts';
import { crowdKeys, runKey } from '../match/run-keys.ts';

/** What one tick of a schedule starts, or why nothing. There is no alert, so the routing file's `match` says nothing about it. */
export function matchTick(
  plan: Plan,
  trigger: PlanTrigger,
  dueMs: number,
  nowMs: number,
  route: PlaybookRoute | null,
): { ok: true; matched: Matched } | { ok: false; outcome: 'skipped' | 'error'; code: Code; detail: string } {
  if (!trigger.enabled)
    return { ok: false, outcome: 'skipped', code: 'match/disabled', detail: 'the trigger is switched off' };
  if (isPast(trigger.expires, nowMs)) {
    const detail = `the trigger ended on ${trigger.expires}`;
    return { ok: false, outcome: 'skipped', code: 'match/expired', detail };
  }
  const routed = judgeRoute(route === null ? null : { ...route, match: null }, { names: {}, nowMs });
  if (!routed.ok) return { ok: false, outcome: 'skipped', code: routed.code, detail: routed.detail };
  const filled = fillInputs(plan, trigger.id, { names: {}, nowMs }, {});
  if (!filled.ok) return { ok: false, outcome: 'error', code: 'match/invalid-input', detail: filled.message };
  const keys = crowdKeys(plan, { names: { inputs: filled.inputs }, nowMs });
  if (!keys.ok) return { ok: false, outcome: 'error', code: 'match/expression-failed', detail: keys.message };
  return {
    ok: true,
    matched: {
      triggerId: trigger.id,
      elementKey: '',
      inputs: filled.inputs,
      mode: lowerMode(plan.mode, route?.mode ?? null),
      runKey: runKey(plan.playbook.id, trigger.id, 'schedule', String(dueMs)),
      dedupeKey: keys.dedupe,
      concurrencyGroup: keys.group,
    },
  };
}
