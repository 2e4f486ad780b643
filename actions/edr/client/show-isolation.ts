import type { JsonObject } from '../../../schemas/json.ts';
import type { MachineAction } from './machine-action.ts';

/** The outputs that isolating and releasing share. */
export function isolationOutputs(action: MachineAction): JsonObject {
  return {
    state: action.type === 'Isolate' ? 'isolated' : 'released',
    machine_action_id: action.id,
    ...(action.scope === null ? {} : { scope: action.scope.toLowerCase() }),
    ...hostName(action),
  };
}

/** The order that says so, for a person who has to decide what now. */
export function shownIsolation(action: MachineAction | null | undefined): JsonObject {
  if (action === null || action === undefined) return {};
  return {
    order: action.type,
    order_status: action.status,
    machine_action_id: action.id,
    ...(action.scope === null ? {} : { scope: action.scope.toLowerCase() }),
  };
}

export function hostName(action: MachineAction): JsonObject {
  return action.hostName === null ? {} : { host_name: action.hostName };
}

/** `polls` counts confirmations, to space them; `ours` tells whether our own order made the action. */
export function isolationHandle(action: MachineAction, ours: boolean, polls: number): JsonObject {
  return { machine_action_id: action.id, ours, polls };
}
