import { setImmediate } from 'node:timers/promises';
import type { Code } from '../../schemas/codes.ts';
import { alertEvent } from '../core/intake/alert-event.ts';
import { explainEvent, type TriggerExplanation } from '../core/match/explain-event.ts';
import { byRoute } from '../core/match/routing.ts';
import type { EngineParts } from './engine-parts.ts';
import { storedAlert } from './plan-on-alert.ts';
import { routingInForce } from './routing-in-force.ts';
import { findCandidates } from './store/queries/find-candidates.ts';
import { databaseNowMs } from './store/queries/lock-scopes.ts';
import type { Sql } from './store/sql.ts';

/* What an alert would start if it came now: of each playbook that the index names, why it would and why not. */

export type AlertExplanation =
  | { ok: true; triggers: TriggerExplanation[]; more: number }
  | { ok: false; code: Code; detail: string };

/** In the order in which they would look at it. */
const playbooksMost = 50;

export async function explainAlert(parts: EngineParts, sql: Sql, alertId: string): Promise<AlertExplanation> {
  const alert = await storedAlert(sql, parts, alertId);
  if (alert === null) return { ok: false, code: 'request/not-found', detail: 'there is no such alert' };
  const event = alertEvent(alertId, alert);
  const [routing, nowMs, [candidates = []]] = await Promise.all([
    routingInForce(sql, parts),
    databaseNowMs(sql),
    findCandidates(sql, parts.tenant, [event]),
  ]);
  const inOrder = byRoute(candidates, routing);
  const triggers: TriggerExplanation[] = [];
  for (const { digest, enabled } of inOrder.slice(0, playbooksMost)) {
    const { plan } = await parts.loadPlan(digest);
    const listening = explainEvent([{ plan, enabled }], routing, event, nowMs).filter(
      ({ outcome }) => outcome !== 'not-listening',
    );
    triggers.push(...listening);
    await setImmediate();
  }
  return { ok: true, triggers, more: Math.max(0, inOrder.length - playbooksMost) };
}
