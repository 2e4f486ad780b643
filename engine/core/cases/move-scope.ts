import type { Decided, RunEvent } from '../contracts/command.ts';
import type { ScopeSnapshot } from '../run/context.ts';
import { decide, firstSnapshot } from '../run/decide.ts';
import type { LoadedPlan } from './loaded-plan.ts';
import type { OfflineScope } from './offline-run.ts';

/** One event of one scope, decided by what decides at run time. */
export function moveScope(
  { plan }: LoadedPlan,
  scope: OfflineScope,
  event: RunEvent,
  nowMs: number,
  connections: { [system: string]: string[] },
): Decided<ScopeSnapshot> {
  const before = scope.snapshot ?? firstSnapshot(plan, scope.given, scope.loop);
  return decide({ plan, given: scope.run.given, scope: scope.given, nowMs, connections }, before, event);
}
