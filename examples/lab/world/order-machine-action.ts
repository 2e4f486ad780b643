import { randomUUID } from 'node:crypto';
import type { Host, Isolation, MachineAction, MachineActionEnd } from './records.ts';
import type { World } from './world.ts';

export interface MachineOrder {
  host: Host;
  type: 'Isolate' | 'Unisolate';
  /** `none` for a release. */
  isolationType: Isolation;
  comment: string;
  by: string;
  ends: MachineActionEnd;
}

export type OrderResult =
  | { kind: 'created' | 'adopted'; action: MachineAction }
  /** 400 "Action is already in progress". */
  | { kind: 'in-progress' };

/** An offline device is tried for three days (facts 4.1). */
const offlineTimeoutMs = 3 * 24 * 60 * 60 * 1000;

/**
 * Takes an isolate or unisolate order. What a second one of the same kind does while the first is
 * pending is the scenario's choice (facts 4.3); a release is never stuck.
 */
export function orderMachineAction(world: World, order: MachineOrder): OrderResult {
  const { host, type } = order;
  const nowMs = world.clock.nowMs();
  const pending = host.actionIds
    .flatMap((id) => world.machineActions.get(id) ?? [])
    .filter((action) => !isFinal(action));
  const [same] = pending.filter((action) => action.type === type).slice(-1);
  const superfluous = same !== undefined || intendedIsolation(host, pending) === order.isolationType;
  const mode = world.scenario.duplicateIsolation;
  const stuck = superfluous && mode === 'stuck' && type === 'Isolate';

  if (same !== undefined && !stuck) {
    note(world, order, 'repeat', nowMs, same.id);
    return mode === 'refuse' ? { kind: 'in-progress' } : { kind: 'adopted', action: same };
  }

  const action: MachineAction = {
    seq: world.nextSeq(),
    id: randomUUID(),
    type,
    isolationType: order.isolationType,
    sha1: null,
    status: 'Pending',
    machineId: host.machine.id,
    computerDnsName: host.machine.computerDnsName,
    requestor: order.by,
    comment: order.comment,
    createdMs: nowMs,
    updatedMs: nowMs,
    cancelled: null,
    stuck,
    ends: order.ends,
  };
  world.machineActions.set(action.id, action);
  host.actionIds.push(action.id);
  note(world, order, type === 'Isolate' ? 'ordered' : 'release-ordered', nowMs, action.id);
  if (superfluous) note(world, order, 'duplicate', nowMs, action.id);
  if (!stuck) scheduleStart(world, host, action, nowMs);
  return { kind: 'created', action };
}

/** Also for a stuck duplicate once the release is through. */
export function scheduleStart(world: World, host: Host, action: MachineAction, nowMs: number): void {
  if (action.ends === 'never') return;
  const waitMs = host.online ? world.scenario.machineActionDelaysMs.toInProgress : offlineTimeoutMs;
  world.timeline.add(nowMs + waitMs, { kind: 'machine-action', id: action.id });
}

export function isFinal(action: MachineAction): boolean {
  return action.status !== 'Pending' && action.status !== 'InProgress';
}

/** What the host will be once everything under way is done; stuck actions wait and do not count. */
function intendedIsolation(host: Host, pending: MachineAction[]): Isolation {
  return pending.filter((action) => !action.stuck).at(-1)?.isolationType ?? host.isolation;
}

function note(
  world: World,
  order: MachineOrder,
  change: 'ordered' | 'release-ordered' | 'duplicate' | 'repeat',
  atMs: number,
  reference: string,
): void {
  const { by, comment } = order;
  const target = `host:${order.host.machine.id}`;
  world.record({ effect: 'network-isolated', target, change, by, comment, reference }, atMs);
}
