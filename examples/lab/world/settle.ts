import { syncDirectory } from './change-account.ts';
import { runDeviceOrder } from './order-device.ts';
import { moveMail } from './remediate-mail.ts';
import { runMachineAction } from './run-machine-action.ts';
import type { World } from './world.ts';

/**
 * Does everything that has become due, in the order in which it became due and as of that instant.
 * Called before the estate is read or changed; so it needs no timers of its own, and what a reader
 * sees is what timers would have brought about.
 */
export function settle(world: World): void {
  const nowMs = world.clock.nowMs();
  for (let due = world.timeline.takeDue(nowMs); due !== undefined; due = world.timeline.takeDue(nowMs)) {
    const { task, dueMs } = due;
    switch (task.kind) {
      case 'machine-action':
        runMachineAction(world, task.id, dueMs);
        break;
      case 'move-mail':
        moveMail(world, task.mailId, task.bulkId, dueMs);
        break;
      case 'sync-directory':
        syncDirectory(world, task.userId, dueMs);
        break;
      case 'device-order':
        runDeviceOrder(world, task.hostId, task.index, dueMs);
        break;
    }
  }
}
