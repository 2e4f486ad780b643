import { randomUUID } from 'node:crypto';
import { isFinal, scheduleStart } from './order-machine-action.ts';
import type { Host, MachineAction, MachineActionEnd } from './records.ts';
import { effectOf } from './run-machine-action.ts';
import type { World } from './world.ts';

export interface OnceOrder {
  host: Host;
  type: 'CollectInvestigationPackage' | 'StopAndQuarantineFile';
  sha1: string | null;
  comment: string;
  by: string;
  ends: MachineActionEnd;
}

/** Null: one of the same kind, about the same file, is under way, and the second is refused. */
export function orderOnce(world: World, order: OnceOrder): MachineAction | null {
  const { host, type, sha1, by, comment } = order;
  const nowMs = world.clock.nowMs();
  const action: MachineAction = {
    seq: world.nextSeq(),
    id: randomUUID(),
    type,
    isolationType: 'none',
    sha1,
    status: 'Pending',
    machineId: host.machine.id,
    computerDnsName: host.machine.computerDnsName,
    requestor: by,
    comment,
    createdMs: nowMs,
    updatedMs: nowMs,
    cancelled: null,
    stuck: false,
    ends: order.ends,
  };
  const running = host.actionIds
    .flatMap((id) => world.machineActions.get(id) ?? [])
    .find((other) => other.type === type && other.sha1 === sha1 && !isFinal(other));
  const note = (change: 'ordered' | 'duplicate' | 'repeat', reference: string) =>
    world.record({ ...effectOf(action), change, by, comment, reference }, nowMs);
  if (running !== undefined) {
    note('repeat', running.id);
    return null;
  }
  world.machineActions.set(action.id, action);
  host.actionIds.push(action.id);
  note('ordered', action.id);
  if (sha1 !== null && host.quarantinedFiles.includes(sha1)) note('duplicate', action.id);
  scheduleStart(world, host, action, nowMs);
  return action;
}
