import type { Host, ManagedDevice } from './records.ts';
import type { World } from './world.ts';

type Call = ManagedDevice['orders'][number]['name'];

const effectOf: Record<Call, string> = { remoteLock: 'device-locked', wipe: 'device-wiped' };

/** Every call adds a row, also while one is under way: that is what clients have to look at first. */
export function orderDevice(world: World, host: Host, device: ManagedDevice, name: Call, by: string): void {
  const nowMs = world.clock.nowMs();
  const running = device.orders.some(
    (order) => order.name === name && (order.state === 'pending' || order.state === 'active'),
  );
  const wiped =
    name === 'wipe' && device.orders.some((order) => order.name === 'wipe' && order.state === 'done');
  const index = device.orders.push({ name, state: 'pending', startedMs: nowMs, updatedMs: nowMs, by }) - 1;
  if (name === 'wipe') device.managementState = 'wipePending';
  const target = `host:${device.id}`;
  world.record({ effect: effectOf[name], target, change: 'ordered', by }, nowMs);
  if (running || wiped) world.record({ effect: effectOf[name], target, change: 'duplicate', by }, nowMs);
  // a device that is switched off hears of nothing
  if (host.online) {
    const dueMs = nowMs + world.scenario.deviceOrderMs;
    world.timeline.add(dueMs, { kind: 'device-order', hostId: host.machine.id, index });
  }
}

export function runDeviceOrder(world: World, hostId: string, index: number, atMs: number): void {
  const device = world.hosts.get(hostId)?.managed;
  const order = device?.orders[index];
  if (device === undefined || device === null || order?.state !== 'pending') return;
  order.state = world.scenario.deviceOrders === 'fail' ? 'failed' : 'done';
  order.updatedMs = atMs;
  const failed = order.state === 'failed';
  if (order.name === 'wipe') device.managementState = failed ? 'wipeFailed' : 'wipeIssued';
  const change = failed ? 'failed' : 'applied';
  const effect = effectOf[order.name];
  world.record({ effect, target: `host:${device.id}`, change, by: order.by }, atMs);
}
