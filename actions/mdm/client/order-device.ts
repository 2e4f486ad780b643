import type {
  ActionContext,
  ActionOutcome,
  CheckOutcome,
  Failure,
} from '../../../engine/core/contracts/action.ts';
import type { JsonObject } from '../../../schemas/json.ts';
import { ended, failed, terminal } from '../../client/fail.ts';
import { path } from '../../client/path.ts';
import { nonEmptyTextOf } from '../../client/read-field.ts';
import { pollMs } from '../../client/read-setting.ts';
import type { VendorApi } from '../../client/vendor-api.ts';
import {
  deviceIdOf,
  isRunning,
  type ManagedDevice,
  newestOrder,
  readManagedDevice,
} from './managed-device.ts';

export interface RemoteOrder {
  call: 'remoteLock' | 'wipe';
  body: JsonObject | undefined;
  /** Done once is done for good: a second one is never ordered. */
  forGood: boolean;
  state: string;
}

/** 5 s, 15 s, then every minute, in multiples of the connection's base interval. */
const pollFactors = [1, 3, 12];

/** Reads the rows first: a second call adds a second row, so one that runs is adopted. Rows do not say whose they are. */
export async function orderDevice(
  graph: VendorApi,
  context: ActionContext,
  input: JsonObject,
  order: RemoteOrder,
): Promise<ActionOutcome> {
  const reading = await readTarget(graph, context, input);
  if (!reading.ok) return failed(reading.failure);
  const { device } = reading;
  const last = newestOrder(device, order.call);
  if (order.forGood && isDone(device, order)) {
    return { kind: 'succeeded', outputs: orderOutputs(device, order), changed: false };
  }
  if (last !== null && isRunning(last)) return accepted(context, { adopted: true }, 0);

  const writing = await graph.write(
    context,
    'POST',
    path`/deviceManagement/managedDevices/${device.id}/` + order.call,
    order.body,
  );
  if (writing.kind === 'unknown') return writing;
  if (writing.kind === 'refused') return failed(writing.failure);
  return accepted(context, last === null ? {} : { before: last.startedAt }, 0);
}

/** `before`: start of the order that had ended already; only a newer row is what we wait for. `adopted`: we gave none. */
export async function confirmOrder(
  graph: VendorApi,
  context: ActionContext,
  input: JsonObject,
  handle: JsonObject,
  order: RemoteOrder,
): Promise<ActionOutcome> {
  const reading = await readTarget(graph, context, input);
  if (!reading.ok) return failed(reading.failure);
  const { device } = reading;
  const last = newestOrder(device, order.call);
  const before = nonEmptyTextOf(handle, 'before');
  const ours = last !== null && last.startedAt !== before ? last : null;
  if (ours?.state === 'done') {
    const changed = handle.adopted !== true;
    return { kind: 'succeeded', outputs: orderOutputs(device, order), changed };
  }
  if (ours !== null && ['failed', 'canceled', 'notSupported'].includes(ours.state)) {
    return ended(explain(ours.state));
  }
  return accepted(context, handle, (typeof handle.polls === 'number' ? handle.polls : 0) + 1);
}

/** What runs is adopted. What ended cannot be told from an older order, unless it is for good. */
export async function checkOrder(
  graph: VendorApi,
  context: ActionContext,
  input: JsonObject,
  order: RemoteOrder,
): Promise<CheckOutcome> {
  const reading = await readTarget(graph, context, input);
  if (!reading.ok) return { kind: 'unknown', message: reading.failure.message };
  const { device } = reading;
  if (order.forGood && isDone(device, order)) {
    return { kind: 'present', outputs: orderOutputs(device, order) };
  }
  const last = newestOrder(device, order.call);
  if (last === null || !isRunning(last)) return { kind: 'absent' };
  return {
    kind: 'in-transition',
    handle: { adopted: true, polls: 0 },
    pollAfterMs: pollMs(context.connection),
  };
}

async function readTarget(
  graph: VendorApi,
  context: ActionContext,
  input: JsonObject,
): Promise<{ ok: true; device: ManagedDevice } | { ok: false; failure: Failure }> {
  const id = deviceIdOf(input, 'device_id');
  return id.ok ? await readManagedDevice(graph, context, id.id) : id;
}

function isDone(device: ManagedDevice, order: RemoteOrder): boolean {
  return newestOrder(device, order.call)?.state === 'done';
}

function accepted(context: ActionContext, handle: JsonObject, polls: number): ActionOutcome {
  const factor = pollFactors[Math.min(polls, pollFactors.length - 1)] ?? 1;
  return {
    kind: 'accepted',
    handle: { ...handle, polls },
    pollAfterMs: pollMs(context.connection) * factor,
  };
}

function orderOutputs(device: ManagedDevice, order: RemoteOrder): JsonObject {
  return {
    state: order.state,
    device_id: device.id,
    ...(device.managementState === '' ? {} : { management_state: device.managementState }),
  };
}

function explain(state: string): Failure {
  switch (state) {
    case 'notSupported':
      return terminal('unsupported-target', 'The device does not support this order.');
    case 'canceled':
      return terminal('target-cancelled', 'Someone cancelled the order in Intune.');
    default:
      return terminal('target-failed', 'The device could not carry out the order.');
  }
}
