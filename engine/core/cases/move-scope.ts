import type { Json } from '../../../schemas/json.ts';
import type { Decided, RunEvent } from '../contracts/command.ts';
import type { Snapshot } from '../run/context.ts';
import { decide, initialSnapshot } from '../run/decide.ts';
import type { LoadedPlan } from './loaded-plan.ts';
import type { OfflineScope } from './offline-run.ts';

/** One event of one scope, decided by what decides at run time; snapshots pass through JSON as they do there. */
export function moveScope(
  loaded: LoadedPlan,
  scope: OfflineScope,
  event: RunEvent,
  nowMs: number,
  connections: { [system: string]: string[] },
): Decided<Json> {
  const before = (scope.snapshot ?? initialSnapshot(loaded.machine)) as unknown as Snapshot;
  const deciding = { plan: loaded.plan, machine: loaded.machine, given: scope.run.given, nowMs, connections };
  const { snapshot, commands, entries } = decide(deciding, before, event);
  return { snapshot: snapshot as unknown as Json, commands, entries };
}
