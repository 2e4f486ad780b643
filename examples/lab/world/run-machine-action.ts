import type { EffectChange } from './effect-ledger.ts';
import { isFinal, scheduleStart } from './order-machine-action.ts';
import type { Host, MachineAction } from './records.ts';
import type { World } from './world.ts';

/** One move of a machine action: Pending → InProgress → its end. Nothing once it is final. */
export function runMachineAction(world: World, id: string, atMs: number): void {
  const action = world.machineActions.get(id);
  const host = action && world.hosts.get(action.machineId);
  if (action === undefined || host === undefined || isFinal(action)) return;
  action.updatedMs = atMs;
  world.changed();
  if (!host.online) {
    action.status = 'TimeOut';
    note(world, action, 'failed', atMs);
  } else if (action.status === 'Pending') {
    action.status = 'InProgress';
    const dueMs = atMs + world.scenario.machineActionDelaysMs.toFinal;
    world.timeline.add(dueMs, { kind: 'machine-action', id });
  } else {
    finish(world, host, action, atMs);
  }
}

/** False once it is final: too late. */
export function cancelMachineAction(
  world: World,
  action: MachineAction,
  by: string,
  comment: string,
): boolean {
  if (isFinal(action)) return false;
  const atMs = world.clock.nowMs();
  action.status = 'Cancelled';
  action.updatedMs = atMs;
  action.cancelled = { requestor: by, comment, atMs };
  note(world, action, 'cancelled', atMs);
  return true;
}

function finish(world: World, host: Host, action: MachineAction, atMs: number): void {
  if (action.ends === 'Failed' || action.ends === 'TimeOut') {
    action.status = action.ends;
    note(world, action, 'failed', atMs);
    return;
  }
  action.status = 'Succeeded';
  if (action.type === 'CollectInvestigationPackage' || action.type === 'StopAndQuarantineFile') {
    if (action.sha1 !== null && !host.quarantinedFiles.includes(action.sha1)) {
      host.quarantinedFiles.push(action.sha1);
    }
    note(world, action, 'applied', atMs);
    return;
  }
  const before = host.isolation;
  host.isolation = action.isolationType;
  if (before !== host.isolation)
    note(world, action, action.type === 'Isolate' ? 'applied' : 'released', atMs);
  if (action.type === 'Unisolate') wakeStuck(world, host, atMs);
}

/** The trap of facts 4.3: now that the host is free, the forgotten duplicate isolates it again. */
function wakeStuck(world: World, host: Host, atMs: number): void {
  for (const id of host.actionIds) {
    const action = world.machineActions.get(id);
    if (action === undefined || !action.stuck || isFinal(action)) continue;
    action.stuck = false;
    scheduleStart(world, host, action, atMs);
  }
}

/** What an action does and to what, in the words of the ledger. */
export function effectOf(action: MachineAction): { effect: string; target: string } {
  const host = `host:${action.machineId}`;
  switch (action.type) {
    case 'CollectInvestigationPackage':
      return { effect: 'package-collected', target: host };
    case 'StopAndQuarantineFile':
      return { effect: 'file-quarantined', target: `${host}#${action.sha1}` };
    default:
      return { effect: 'network-isolated', target: host };
  }
}

function note(world: World, action: MachineAction, change: EffectChange, atMs: number): void {
  world.record(
    {
      ...effectOf(action),
      change,
      by: action.requestor,
      comment: action.comment,
      reference: action.id,
    },
    atMs,
  );
}
